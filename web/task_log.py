"""The log of a task, in windows: from the engine while the task runs, from the database when it has ended.

A log of hundreds of megabytes is never read as a whole: each window, each search and each piece of a download asks for
what it needs. What an engine has kept beyond the stored part is asked from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import current_app
from lxml import etree
from sqlalchemy import Connection

from models import read
from scheduler import log_search
from scheduler.errors import Code
from scheduler.log_search import Found, Hit
from scheduler.records import Task, TaskState
from web import commands, engine_log, engines, log_channels, log_text, scope
from web.log_channels import Unmarked
from web.log_secrets import NONE, Secrets
from web.log_sieve import Sieve, Stamps
from web.log_text import Window
from web.log_view import Search
from web.words import N_, gettext, translated


@dataclass(frozen=True, slots=True)
class TaskLog:
    "`open`: more may come. `problem`: why it cannot be shown, a sentence. `begin`: the first byte that is wanted."

    window: Window
    open: bool
    problem: str = ""
    begin: int = 0

    @property
    def earlier(self) -> bool:
        "Whether there is more before this window."
        return self.window.start > self.begin

    @property
    def behind(self) -> bool:
        "Whether more is there already than this window shows. Of an open log the length is not always known."
        if self.open and self.window.size <= self.window.end:
            return self.window.end - self.window.start > log_text.WINDOW // 2
        return self.window.end < self.window.size

    def sifted(self, sieve: Sieve, of_unmarked: Unmarked, stamps: Stamps, secrets: Secrets) -> TaskLog:
        "The same with the lines that are wanted, and without secrets."
        return replace(self, window=secrets.window(sieve.chosen(self.window, of_unmarked, stamps)))

    def in_time(self, sieve: Sieve, stamps: Stamps) -> TaskLog:
        "The same, which goes on in no direction in which the wanted times are over."
        if not sieve.timed:
            return self
        times = [time for line in self.window.lines if (time := stamps.of(line.text)) is not None]
        log = self
        if times and sieve.since is not None and times[0] < sieve.since:
            log = replace(log, begin=log.window.start)
        if times and sieve.until is not None and times[-1] >= sieve.until:
            log = replace(log, open=False, window=replace(log.window, size=log.window.end))
        return log

    def with_whole(self, place: int | None) -> TaskLog:
        "The same with the line at this place of the window (from 1) in full; None: with none."
        return self if place is None else replace(self, window=log_text.with_whole(self.window, place))


EMPTY = Window([], 0, 0, 0, 1)
#: codes of an engine that does not know the attributes log_offset and log_limit
NO_WINDOWS = frozenset({"SCHEDULER-232", "Z-JAVA-105"})
#: a stored log of this many bytes may be a part of a longer one, which the engine has
LONG = 15 << 20
#: how far the clocks of two members may be apart
_CLOCKS = timedelta(seconds=5)
NOT_KEPT = N_("The log of this task is not kept.")
WITH_MEMBER = N_("The log lies with the dead member that ran the task; it comes here when that one is back.")


def read_log(
    connection: Connection,
    scheduler_id: str,
    task: Task,
    start: int | None,
    number: int | None,
    begin: int = 0,
    until: int | None = None,
) -> TaskLog:
    """The log from byte `start` on, at most one window (in bytes and in lines); without `start` the last window.

    `number` is the number of the line at `start`, when known. Only the part from byte `begin` to byte `until` (None:
    its end) is of interest: a task that has served several orders has parts of each.
    """
    return replace(_read(connection, scheduler_id, task, start, number, begin, until), begin=begin)


def _read(
    connection: Connection,
    scheduler_id: str,
    task: Task,
    start: int | None,
    number: int | None,
    begin: int,
    until: int | None,
) -> TaskLog:
    if task.state is not TaskState.ENDED:
        return _of_running(scheduler_id, task.id, start, number, begin, until)
    size = read.task_log_size(connection, scheduler_id, task.id)
    if size is None:
        return TaskLog(EMPTY, False, translated(_where(connection, scheduler_id, task)))
    if size >= LONG and (part := _long(scheduler_id, task.id, start, begin, until)) is not None:
        return TaskLog(part, False)
    end = size if until is None else min(size, until)
    first = max(begin, end - log_text.WINDOW) if start is None else min(start, end)
    if start is None:
        return TaskLog(_stored_end(connection, scheduler_id, task.id, first, end, first > begin), False)
    return TaskLog(_stored(connection, scheduler_id, task.id, first, end, number), False)


def _where(connection: Connection, scheduler_id: str, task: Task) -> str:
    "Why no log is stored of a task that has ended."
    ran = [each for each in read.members(connection, scheduler_id) if each.member_id == task.member_id]
    if task.problem is None or task.problem.code != Code.INTERRUPTED.code or not ran or task.ended_at is None:
        return NOT_KEPT
    # one that has been back since has stored what it had
    return WITH_MEMBER if ran[0].dead and ran[0].beat_at <= task.ended_at + _CLOCKS else NOT_KEPT


def _long(scheduler_id: str, task_id: int, start: int | None, begin: int, until: int | None) -> Window | None:
    "A window of a log of which the engine has more than the database; None when it does not give it."
    if until is None:
        return engine_log.part(scheduler_id, task_id, start, log_text.WINDOW)
    first = max(begin, until - log_text.WINDOW) if start is None else start
    limit = max(1, min(log_text.WINDOW, until - first))
    part = engine_log.part(scheduler_id, task_id, first, limit, last=start is None)
    return None if part is None else replace(part, size=min(part.size, until))


def _of_running(
    scheduler_id: str, task_id: int, start: int | None, number: int | None, begin: int, until: int | None
) -> TaskLog:
    if start is None and until is None:
        last = engine_log.part(scheduler_id, task_id, None, log_text.WINDOW)
        if last is not None and last.start >= begin:
            return TaskLog(last, True)
    first = begin if start is None else start
    if until is not None and first >= until:
        return TaskLog(Window([], first, first, until, number), False)
    known = number if start else 1 if not first else None
    limit = log_text.WINDOW if until is None else min(log_text.WINDOW, until - first)
    log = _from_engine(scheduler_id, task_id, first, known, limit)
    if until is not None and log.window.end >= until:
        return TaskLog(replace(log.window, size=until), False)
    return log


def unmarked(connection: Connection, scheduler_id: str, task: Task) -> Unmarked:
    "What lines are that the task has written itself; see `log_channels`."
    size = read.task_log_size(connection, scheduler_id, task.id) if task.state is TaskState.ENDED else None
    if not size:
        return Unmarked.BOTH
    tail = read.task_log(connection, scheduler_id, task.id, max(0, size - log_channels.TAIL))
    return log_channels.unmarked(tail or b"")


def read_before(connection: Connection, scheduler_id: str, task: Task, end: int, first: int = 0) -> TaskLog:
    "The window that ends at byte `end`, where a line begins. What lies before byte `first` is of no interest."
    return replace(_before(connection, scheduler_id, task, end, min(first, end)), begin=first)


def _before(connection: Connection, scheduler_id: str, task: Task, end: int, first: int) -> TaskLog:
    begin = max(first, end - log_text.WINDOW)
    open_ = task.state is not TaskState.ENDED
    size = None if open_ else read.task_log_size(connection, scheduler_id, task.id)
    if not open_ and size is None:
        return TaskLog(EMPTY, False, translated(NOT_KEPT))
    if size is None or size >= LONG:
        part = engine_log.part(scheduler_id, task.id, begin, max(end - begin, 1), last=True)
        if part is not None:
            return TaskLog(part, open_)
        if size is None:
            return TaskLog(
                replace(EMPTY, start=end, end=end), True, gettext("The engine does not give this part of the log.")
            )
    content = read.task_log(connection, scheduler_id, task.id) or b""
    data = content[begin:end]
    if content[begin - 1 : begin] != b"\n":
        data, begin = log_text.cut_front(data, begin)
    begin, data = _last_lines(begin, data)
    line = 1 + content.count(b"\n", 0, begin)
    return TaskLog(log_text.window(data, begin, len(content), line, True), False)


def find(
    connection: Connection,
    scheduler_id: str,
    task: Task,
    search: Search,
    after: int,
    most: int,
    begin: int = 0,
    end: int | None = None,
    secrets: Secrets = NONE,
) -> Found | None:
    """The lines that hold what is looked for, and not in `secrets` only. None when the log cannot be searched now.

    Only from byte `begin` to byte `end` (None: its end), where lines begin.
    """
    size = read.task_log_size(connection, scheduler_id, task.id) if task.state is TaskState.ENDED else None
    if size is None or size >= LONG:
        found = engine_log.search(scheduler_id, task.id, search, max(after, begin), most, secrets)
        if found is not None or size is None:
            return found if found is None or (not begin and end is None) else within(found, begin, end)
    content = read.task_log(connection, scheduler_id, task.id)
    if content is None:
        return None
    part = search.through(log_search.blocks_of(content[begin:end]), most, after - begin, secrets)
    before = content.count(b"\n", 0, begin)
    hits = tuple(Hit(hit.offset + begin, hit.line + before, hit.text) for hit in part.hits)
    return replace(part, hits=hits)


def within(found: Found, begin: int, end: int | None) -> Found:
    "What an engine found in the log of a task that has served several orders, of one of them: it tells no more counts."
    hits = tuple(hit for hit in found.hits if hit.offset >= begin and (end is None or hit.offset < end))
    size = max(0, (found.size if end is None else end) - begin)
    return Found(hits, len(hits), 0, size)


def pieces(connection: Connection, scheduler_id: str, task: Task) -> Iterator[bytes] | None:
    "The whole log for a download, as far as it is written; None when there is none."
    size = read.task_log_size(connection, scheduler_id, task.id) if task.state is TaskState.ENDED else None
    if size is None or size >= LONG:
        found = engine_log.pieces(scheduler_id, task.id)
        if found is not None:
            return found
    content = read.task_log(connection, scheduler_id, task.id)
    return None if content is None else iter([content])


def _stored(
    connection: Connection, scheduler_id: str, task_id: int, begin: int, size: int, number: int | None
) -> Window:
    content = read.task_log(connection, scheduler_id, task_id) or b""
    data = log_text.first_lines(content[begin : min(begin + log_text.WINDOW, size)])
    known = number if number is not None and begin else 1 + content.count(b"\n", 0, begin)
    return log_text.window(data, begin, size, known, begin + len(data) >= size)


def _stored_end(
    connection: Connection, scheduler_id: str, task_id: int, begin: int, size: int, cut: bool
) -> Window:
    "The last lines from byte `begin` on; `cut`: the first one is torn there."
    content = read.task_log(connection, scheduler_id, task_id) or b""
    data = content[begin:size]
    if cut:
        data, begin = log_text.cut_front(data, begin)
    begin, data = _last_lines(begin, data)
    return log_text.window(data, begin, size, 1 + content.count(b"\n", 0, begin), True)


def _last_lines(begin: int, data: bytes) -> tuple[int, bytes]:
    shown = log_text.last_lines(data)
    return begin + len(data) - len(shown), shown


# ---- asking the engine ----


def _from_engine(scheduler_id: str, task: int, start: int, number: int | None, limit: int) -> TaskLog:
    address = scope.reachable(scheduler_id)
    nothing = Window([], start, start, start, number)
    if address is None:
        return TaskLog(nothing, True, gettext("The engine is not reachable; the log comes when it is back."))
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    outcome = engines.send(address, commands.task_log(task, start, limit), timeout)
    whole = outcome.code in NO_WINDOWS
    if whole:
        outcome = engines.send(address, commands.task_log(task), timeout)
    if outcome.answer is None:
        return TaskLog(
            nothing, True, gettext("The engine does not give the log: %(text)s", text=outcome.text or outcome.result)
        )
    window = _window(outcome.answer, start, number, whole)
    shown = 0 if whole else len(log_text.first_lines(_text_of(outcome.answer)))
    if not 0 < shown < len(_text_of(outcome.answer)):
        return TaskLog(window, True)
    outcome = engines.send(address, commands.task_log(task, start, shown), timeout)
    if outcome.answer is None:
        return TaskLog(window, True)
    part = _window(outcome.answer, start, number, whole)
    return TaskLog(replace(part, size=max(part.size, window.end)), True)


def _text_of(answer: etree._Element) -> bytes:
    return (answer.findtext("log") or "").encode()


def _window(answer: etree._Element, start: int, number: int | None, whole: bool) -> Window:
    """The lines of `<log>`.

    With windows the engine answers whole lines (or a piece of one that is longer than the window) and says where
    they end in the file (`next_offset`): the text may differ in length, because XML cannot hold every character. An
    engine that gives only whole logs is counted by its text.
    """
    log = answer.find("log")
    data = _text_of(answer)
    end = log.get("next_offset", "") if log is not None else ""
    if end.isdecimal() and int(end) >= start:
        window = log_text.window(data, start, int(end), number, final=True)
        return replace(window, end=int(end))
    known = start + len(data)
    if whole:
        data = data[start : start + log_text.WINDOW]
        # where whole lines end that are there already
        known = start + data.rfind(b"\n") + 1
        data = log_text.first_lines(data)
    window = log_text.window(data, start, known, number, final=False)
    return replace(window, size=max(known, window.end))
