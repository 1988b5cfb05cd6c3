"""The log of a run of an order: the logs of its steps one after the other, each with a heading and a closing line.

A reader's place is a step and a byte offset in the log of that step's task. So the text before it never changes,
whatever happens to the run, and a running step is read in windows as the log of any running task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from models import read
from models.read.orders import StepRow
from scheduler.records import Task
from web import log_text, task_log
from web.log_channels import Unmarked
from web.log_span import Span
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
    """What is shown of one step. `heading`: its log begins here; `closed`: it ends here, and the closing line says how.

    `continued`: there are lines of the step before, which are not shown.
    """

    row: StepRow
    log: TaskLog
    heading: bool
    closed: bool
    continued: bool = False

    @property
    def before(self) -> dict[str, int]:
        "Arguments of the address of what lies before it."
        place = {"before_step": self.row.step.step}
        return place if self.heading else {**place, "before": self.log.window.start}


@dataclass(frozen=True, slots=True)
class OrderLog:
    """`open`: the run goes on, more may come. `behind`: more is there already; `earlier`: before it, too.

    `problem` is a sentence when a part cannot be shown.
    """

    parts: list[Part]
    next: Place
    open: bool
    behind: bool
    earlier: bool = False

    @property
    def running(self) -> bool:
        "Whether a step runs, so that new lines are to be expected soon."
        return bool(self.parts) and not self.parts[-1].closed

    @property
    def problem(self) -> str:
        return self.parts[-1].log.problem if self.running else ""

    def each(self, change: Callable[[Part], TaskLog]) -> OrderLog:
        "The same with the logs of its parts changed."
        return replace(self, parts=[replace(part, log=change(part)) for part in self.parts])

    def with_whole(self, place: int | None) -> OrderLog:
        "The same with the line at this place of its first part (from 1) in full; None: with none."
        if place is None or not self.parts:
            return self
        first = replace(self.parts[0], log=self.parts[0].log.with_whole(place))
        return replace(self, parts=[first, *self.parts[1:]])


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a run of which something is wanted, and which part of their logs. `open`: the run goes on.

    The run must have been read before its steps: when it has ended, all of them are there.
    """

    connection: Connection
    scheduler_id: str
    rows: Sequence[StepRow]
    open: bool
    #: of each step the part of its task's log
    span: Callable[[StepRow, Task], Span]
    #: where a page begins that does not begin with a step
    top: Place | None = None

    def at_end(self) -> OrderLog:
        "What ends with the log, about one window of it."
        late = [row.step.step for row in self.rows if row.step.step >= _late_enough(self.rows)] or [1]
        found = self._read(Place(late[0]), to_end=True)
        while found.behind and len(late) > 1:  # lines so short that fewer steps fit
            late = late[(len(late) + 1) // 2 :]
            found = self._read(Place(late[0]), to_end=True)
        return found

    def read_from(self, place: Place) -> OrderLog:
        "About one window of the log from a place on."
        return self._read(place)

    def read_before(self, step: int, offset: int | None) -> OrderLog:
        "About one window that ends at a byte of the log of a step's task, or (None) before that step."
        if offset is not None:
            row = self.row(step)
            part = None if row is None else self._part_before(row, offset)
            if part is not None:
                return OrderLog([part], Place(step), False, False, self._earlier(part))
        rows = [row for row in self.rows if row.step.step < step]
        if not rows:
            return OrderLog([], Place(step), False, False)
        before = replace(self, rows=rows, open=False)
        found = before.at_end()
        return replace(found, behind=False)

    def row(self, step: int) -> StepRow | None:
        return next((row for row in self.rows if row.step.step == step), None)

    def _read(self, begin: Place, to_end: bool = False) -> OrderLog:
        "`to_end`: of a last step that is longer than a window, what it ends with."
        at, length, lines = begin, 0, 0
        parts: list[Part] = []
        for row in self.rows:
            if row.step.step < at.step:
                continue
            if length >= log_text.WINDOW or lines >= log_text.MOST_LINES:
                return self._found(parts, at, True)
            if row.step.step > at.step:
                at = Place(row.step.step)
            from_end = to_end and row is self.rows[-1] and not parts
            part, at = self._part(row, at, from_end)
            parts.append(part)
            length += part.log.window.end - part.log.window.start
            lines += len(part.log.window.lines)
            if not part.closed:
                return self._found(parts, at, part.log.behind)
        return self._found(parts, at, False)

    def _found(self, parts: list[Part], at: Place, behind: bool) -> OrderLog:
        return OrderLog(parts, at, self.open, behind, bool(parts) and self._earlier(parts[0]))

    def _earlier(self, first: Part) -> bool:
        return not first.heading or any(row.step.step < first.row.step.step for row in self.rows)

    def _part(self, row: StepRow, place: Place, from_end: bool) -> tuple[Part, Place]:
        "What is shown of a step from `place` on, and the place after it. `from_end`: the last window of a long log."
        step, task = row.step, read.task(self.connection, self.scheduler_id, row.step.task_id)
        if task is None:
            log = TaskLog(task_log.EMPTY, False, gettext("The task of this step is not known any more."))
            begin = 0
        else:
            span = self.span(row, task)
            begin = span.begin
            start = None if from_end else begin if place.offset is None else place.offset
            line = place.line if place.offset or not begin else None
            log = task_log.read_log(self.connection, self.scheduler_id, task, start, line, begin, span.end)
        # a step that seems to run while its task has ended was read just before its end; the next look closes it
        ended = step.ended_at is not None or not self.open
        closed = ended and not log.open and log.window.end >= log.window.size
        after = Place(step.step + 1) if closed else Place(step.step, log.window.end, log.window.next_number)
        whole = place.offset is None and log.window.start <= begin
        return Part(row, log, whole, closed, not whole and (place.offset is None or place == self.top)), after

    def _part_before(self, row: StepRow, offset: int) -> Part | None:
        task = read.task(self.connection, self.scheduler_id, row.step.task_id)
        if task is None:
            return None
        begin = self.span(row, task).begin
        if offset <= begin:
            return None
        log = task_log.read_before(self.connection, self.scheduler_id, task, offset, begin)
        whole = log.window.start <= begin
        return Part(row, replace(log, open=False), whole, False, not whole)


def unmarked(connection: Connection, scheduler_id: str, task_id: int) -> Unmarked:
    task = read.task(connection, scheduler_id, task_id)
    return Unmarked.BOTH if task is None else task_log.unmarked(connection, scheduler_id, task)


def pieces(connection: Connection, scheduler_id: str, row: StepRow) -> Iterator[bytes] | None:
    "What a step has in the log of its task; None when there is none."
    step, task = row.step, read.task(connection, scheduler_id, row.step.task_id)
    content = None if task is None else task_log.pieces(connection, scheduler_id, task)
    if content is None or (not step.log_begin and step.log_end is None):
        return content
    return iter([b"".join(content)[step.log_begin : step.log_end]])


def _late_enough(rows: Sequence[StepRow]) -> int:
    "The first step from which on everything fits into one window; at least the last step."
    room = log_text.WINDOW
    chosen = rows[-1].step.step if rows else 1
    for row in reversed(rows):
        room -= length(row)
        if room < 0:
            break
        chosen = row.step.step
    return chosen


def length(row: StepRow) -> int:
    "Bytes that a step has in the log of its task, as far as they are known."
    end = row.step.log_end if row.step.log_end is not None else row.log_size
    return max(0, (end or 0) - row.step.log_begin)
