"""Where a reader's log begins and ends: the bytes in which the wanted times lie, and the place at which it opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from models import read
from scheduler.records import Task, TaskState
from web import engine_log, log_text, log_times, log_view, task_log
from web.commands import LogName
from web.log_sieve import UNKNOWN, Sieve, Stamps, stamps_of
from web.log_times import Block, Look
from web.task_log import TaskLog

#: bytes shown before the first error
BEFORE_ERROR = 32 << 10
#: bytes in which the first line is looked for
_HEAD = 400


@dataclass(frozen=True, slots=True)
class Span:
    "The bytes of a log that are wanted; `end` None: to its end, whatever comes. `stamps` reads its times."

    begin: int = 0
    end: int | None = None
    stamps: Stamps = UNKNOWN


@dataclass(frozen=True, slots=True)
class _Source:
    "A log to look into: the `content`, or without it one that the engine has."

    scheduler_id: str
    log: LogName
    content: bytes | None

    def text(self, offset: int, limit: int) -> engine_log.Text | None:
        "Whole lines, from the first one that begins at a byte or after it."
        if self.content is None:
            return engine_log.text_from(self.scheduler_id, self.log, offset, limit)
        begin = 0 if not offset else self.content.find(b"\n", offset - 1) + 1 or len(self.content)
        end = self.content.rfind(b"\n", begin, begin + limit) + 1 or min(begin + limit, len(self.content))
        return engine_log.Text(self.content[begin:end], begin, end, len(self.content))


def of_task(connection: Connection, scheduler_id: str, task: Task, sieve: Sieve, whole: Span | None = None) -> Span:
    "Where the wanted times lie in the log of a task, or in the part of it that is `whole`."
    if not sieve.timed:
        return whole or Span()
    return _within(_source(connection, scheduler_id, task), sieve, whole or Span())


def of_engine(scheduler_id: str, log: LogName, sieve: Sieve) -> Span:
    "The same of a log that never ends: of a job, or the engine's own."
    return _within(_Source(scheduler_id, log, None), sieve, Span()) if sieve.timed else Span()


def stamps(connection: Connection, scheduler_id: str, task: Task, sieve: Sieve) -> Stamps:
    "How the times of the log are read, as far as it matters."
    return _stamps(_source(connection, scheduler_id, task).text(0, _HEAD)) if sieve.timed else Stamps()


def stamps_of_engine(scheduler_id: str, log: LogName, sieve: Sieve) -> Stamps:
    return _stamps(_Source(scheduler_id, log, None).text(0, _HEAD)) if sieve.timed else Stamps()


def _source(connection: Connection, scheduler_id: str, task: Task) -> _Source:
    ended = task.state is TaskState.ENDED
    size = read.task_log_size(connection, scheduler_id, task.id) if ended else None
    kept = size is not None and size < task_log.LONG
    return _Source(scheduler_id, task.id, read.task_log(connection, scheduler_id, task.id) if kept else None)


def _stamps(head: engine_log.Text | None) -> Stamps:
    return Stamps() if head is None else stamps_of(head.data.decode("utf-8", "replace"))


def _within(source: _Source, sieve: Sieve, span: Span) -> Span:
    head = source.text(0, _HEAD)
    if head is None:
        return span
    found = _stamps(head)
    look, size = _look(source, found), head.size if span.end is None else min(head.size, span.end)
    begin = span.begin if sieve.since is None else log_times.begin_of(look, span.begin, size, sieve.since)
    end = None if sieve.until is None else log_times.end_of(look, begin, size, sieve.until)
    return Span(begin, span.end if end is None else end, found)


def _look(source: _Source, stamps: Stamps) -> Look:
    def look(offset: int) -> Block | None:
        text = source.text(offset, log_times.BLOCK)
        return None if text is None else Block(text.begin, text.end, _first_time(text.data, stamps))

    return look


def _first_time(data: bytes, stamps: Stamps) -> datetime | None:
    lines = data.decode("utf-8", "replace").splitlines()
    return next((moment for line in lines if (moment := stamps.of(line)) is not None), None)


def opened(connection: Connection, scheduler_id: str, task: Task, span: Span, at: str) -> TaskLog:
    """The window at which the log of a task opens, or (`at`) its `end` or its `start`.

    That is the end while it runs, the first error when it has failed, else the beginning.
    """
    start = None if at == "end" else span.begin if at == "start" else place(connection, scheduler_id, task, span)
    number = 1 if start == 0 else None
    return task_log.read_log(connection, scheduler_id, task, start, number, span.begin, span.end)


def place(connection: Connection, scheduler_id: str, task: Task, span: Span) -> int | None:
    "The byte at which the log opens; None: the end."
    if task.state is not TaskState.ENDED:
        return None
    if not task.problem:
        return span.begin
    return first_error(connection, scheduler_id, task, span)


def first_error(connection: Connection, scheduler_id: str, task: Task, span: Span) -> int | None:
    "Where a window begins that shows the first error, with some lines before it; None: there is none."
    found = task_log.find(connection, scheduler_id, task, log_view.FIRST_ERROR, 0, 1, span.begin, span.end)
    if not found or not found.hits:
        return None
    return line_before(connection, scheduler_id, task, found.hits[0].offset, span.begin)


def line_before(connection: Connection, scheduler_id: str, task: Task, offset: int, first: int) -> int:
    """Where the lines begin that are shown before the line at a byte; not before byte `first`.

    Of a log that is not long that is its beginning.
    """
    for begin in (first, offset - BEFORE_ERROR):
        if not first <= begin <= offset - 1 or offset - begin > log_text.WINDOW // 2:
            continue
        window = task_log.read_before(connection, scheduler_id, task, offset, begin).window
        if window.lines and len(window.lines) <= log_text.MOST_LINES // 2:
            return begin if begin == first else window.start
    return offset
