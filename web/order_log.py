"""The log of a run of an order: the logs of its steps one after the other, each with a heading and a closing line.

A reader's place is a step and a byte offset in the log of that step's task. So the text before it never changes,
whatever happens to the run, and a running step is read in windows as the log of any running task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from sqlalchemy import Connection

from models import read
from models.read.orders import StepRow
from scheduler.records import Run
from web import log_channels, log_text, task_log
from web.log_channels import Channel, Unmarked
from web.task_log import TaskLog
from web.words import gettext


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where a reader has read. `offset` None: of this step nothing was shown, not even its heading.

    `line` is the number of the line at `offset`; None when it is not known.
    """

    step: int
    offset: int | None = None
    line: int | None = 1

    @property
    def arguments(self) -> dict[str, int | None]:
        "The place as arguments of an address; None is left out there."
        return {"step": self.step, "from": self.offset, "line": self.line}


@dataclass(frozen=True, slots=True)
class Part:
    "What is shown of one step. `closed`: its log ends here, and the closing line says how the step ended."

    row: StepRow
    log: TaskLog
    heading: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class OrderLog:
    """`open`: the run goes on, more may come. `behind`: more is there already.

    `complete` means that it begins at the first step; `problem` is a sentence when a part cannot be shown.
    """

    parts: list[Part]
    next: Place
    open: bool
    behind: bool
    complete: bool

    @property
    def running(self) -> bool:
        "Whether a step runs, so that new lines are to be expected soon."
        return bool(self.parts) and not self.parts[-1].closed

    @property
    def problem(self) -> str:
        return self.parts[-1].log.problem if self.running else ""

    def of_channel(self, channel: Channel | None, unmarked: Callable[[int], Unmarked]) -> OrderLog:
        "The same with the lines of a channel, None: with all; `unmarked` tells it of a task, by its number."
        if channel is None:
            return self
        parts = [
            replace(part, log=part.log.of_channel(channel, unmarked(part.row.step.task_id))) for part in self.parts
        ]
        return replace(self, parts=parts)

    def with_whole(self, place: int | None) -> OrderLog:
        "The same with the line at this place of its first part (from 1) in full; None: with none."
        if place is None or not self.parts:
            return self
        first = replace(self.parts[0], log=self.parts[0].log.with_whole(place))
        return replace(self, parts=[first, *self.parts[1:]])


def read_log(connection: Connection, scheduler_id: str, run: Run, place: Place | None) -> OrderLog:
    """About one window of the log from `place` on; without `place` what ends with the log.

    `run` must have been read before: when it has ended, all of its steps are there.
    """
    rows, open_ = read.order_steps(connection, scheduler_id, run.history_id), run.ended_at is None
    if place is not None:
        return _read_from(connection, scheduler_id, rows, place, open_)
    late = [row.step.step for row in rows if row.step.step >= _late_enough(rows).step] or [1]
    found = _read_from(connection, scheduler_id, rows, Place(late[0]), open_, to_end=True)
    while found.behind and len(late) > 1:  # lines so short that fewer steps fit
        late = late[(len(late) + 1) // 2 :]
        found = _read_from(connection, scheduler_id, rows, Place(late[0]), open_, to_end=True)
    return found


def _read_from(
    connection: Connection, scheduler_id: str, rows: Sequence[StepRow], begin: Place, open_: bool, to_end: bool = False
) -> OrderLog:
    "About one window of the log from a place on; `to_end`: of a last step that is longer, what it ends with."
    at, length, lines = begin, 0, 0
    parts: list[Part] = []
    for row in rows:
        if row.step.step < at.step:
            continue
        if length >= log_text.WINDOW or lines >= log_text.MOST_LINES:
            return OrderLog(parts, at, open_, True, False)
        if row.step.step > at.step:
            at = Place(row.step.step)
        from_end = to_end and row is rows[-1] and not parts
        part, at = _part(connection, scheduler_id, row, at, open_, from_end)
        parts.append(part)
        length += part.log.window.end - part.log.window.start
        lines += len(part.log.window.lines)
        if not part.closed:
            return OrderLog(parts, at, open_, part.log.behind, _complete(begin, parts))
    return OrderLog(parts, at, open_, False, _complete(begin, parts))


def unmarked(connection: Connection, scheduler_id: str, task_id: int) -> Unmarked:
    task = read.task(connection, scheduler_id, task_id)
    return Unmarked.BOTH if task is None else task_log.unmarked(connection, scheduler_id, task)


def channel_pieces(connection: Connection, scheduler_id: str, run: Run, channel: Channel) -> Iterator[bytes]:
    "The lines of a channel in all steps of a run, for a download. The database is not asked any more later."
    parts = [
        log_channels.pieces(content, channel, unmarked(connection, scheduler_id, row.step.task_id))
        for row in read.order_steps(connection, scheduler_id, run.history_id)
        if (content := _whole(connection, scheduler_id, row)) is not None
    ]
    return chain.from_iterable(parts)


def _whole(connection: Connection, scheduler_id: str, row: StepRow) -> Iterator[bytes] | None:
    "What a step has in the log of its task; None when there is none."
    step, task = row.step, read.task(connection, scheduler_id, row.step.task_id)
    content = None if task is None else task_log.pieces(connection, scheduler_id, task)
    if content is None or (not step.log_begin and step.log_end is None):
        return content
    return iter([b"".join(content)[step.log_begin : step.log_end]])


def _late_enough(rows: Sequence[StepRow]) -> Place:
    "The first step from which on everything fits into one window; at least the last step."
    room = log_text.WINDOW
    chosen = rows[-1].step.step if rows else 1
    for row in reversed(rows):
        room -= length(row)
        if room < 0:
            break
        chosen = row.step.step
    return Place(chosen)


def length(row: StepRow) -> int:
    "Bytes that a step has in the log of its task, as far as they are known."
    end = row.step.log_end if row.step.log_end is not None else row.log_size
    return max(0, (end or 0) - row.step.log_begin)


def _part(
    connection: Connection, scheduler_id: str, row: StepRow, place: Place, open_: bool, from_end: bool
) -> tuple[Part, Place]:
    "What is shown of a step from `place` on, and the place after it. `from_end`: the last window of a long log."
    step = row.step
    task = read.task(connection, scheduler_id, step.task_id)
    if task is None:
        log = TaskLog(task_log.EMPTY, False, gettext("The task of this step is not known any more."))
    else:
        begin, end = step.log_begin, step.log_end
        start = None if from_end else begin if place.offset is None else place.offset
        line = place.line if place.offset or not begin else None
        log = task_log.read_log(connection, scheduler_id, task, start, line, begin, end)
    # a step that seems to run while its task has ended was read just before its end; the next look closes it
    ended = step.ended_at is not None or not open_
    closed = ended and not log.open and log.window.end >= log.window.size
    after = Place(step.step + 1) if closed else Place(step.step, log.window.end, log.window.next_number)
    return Part(row, log, place.offset is None, closed), after


def _complete(begin: Place, parts: Sequence[Part]) -> bool:
    return begin.step <= 1 and not (parts and parts[0].log.window.start > parts[0].row.step.log_begin)
