"""What rows of the journal mean for the monitor: what went wrong, and what is well again.

Whether a round of an order has failed is not in its row; who reads the journal asks the history for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from scheduler.changes import Kind
from scheduler.monitor.events import Event
from scheduler.monitor.occurrence import Occurrence

#: rows of these kinds mean something here
KINDS = (
    Kind.TASK_ENDED, Kind.TASK_WARNED, Kind.ORDER_STEP_ENDED, Kind.ORDER_ENDED, Kind.ORDER_BLACKLISTED,
    Kind.ORDER_SETBACK, Kind.ORDER_SUSPENDED, Kind.ORDER_RESUMED, Kind.ORDER_RESET, Kind.ORDER_REMOVED,
    Kind.JOB_STOPPED, Kind.JOB_UNSTOPPED, Kind.JOB_REMOVED,
    Kind.FILE_FAULTY, Kind.FILE_CHANGED, Kind.FILE_ADDED, Kind.FILE_REMOVED,
)  # fmt: skip
#: kind -> what has begun, and what is over by it, of the object of the row
_BEGINS = {
    Kind.ORDER_SETBACK: Event.ORDER_SETBACK,
    Kind.ORDER_SUSPENDED: Event.ORDER_SUSPENDED,
    Kind.JOB_STOPPED: Event.JOB_STOPPED,
    Kind.FILE_FAULTY: Event.FILE_FAULTY,
    Kind.TASK_WARNED: Event.JOB_SLOW,
}
_ENDS = {
    Kind.ORDER_ENDED: (Event.ORDER_SETBACK, Event.ORDER_SUSPENDED),
    Kind.ORDER_RESUMED: (Event.ORDER_SUSPENDED,),
    Kind.ORDER_RESET: (Event.ORDER_SETBACK, Event.ORDER_SUSPENDED),
    Kind.ORDER_REMOVED: (Event.ORDER_SETBACK, Event.ORDER_SUSPENDED),
    Kind.JOB_UNSTOPPED: (Event.JOB_STOPPED,),
    Kind.JOB_REMOVED: (Event.JOB_STOPPED,),
    Kind.FILE_CHANGED: (Event.FILE_FAULTY,),
    Kind.FILE_ADDED: (Event.FILE_FAULTY,),
    Kind.FILE_REMOVED: (Event.FILE_FAULTY,),
}


def about(at: datetime, number: int) -> str:
    "Rises with time, and tells rows of one instant apart."
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f} {number:012d}"


def occurrences(
    number: int, at: datetime, kind: str, name: str, detail: Mapping[str, Any], has_failed: Callable[[int], bool | None]
) -> Iterator[Occurrence]:
    "Of one row. `has_failed` tells of a round of an order that has ended, by its number; None: it is not known."
    mark = about(at, number)
    text = _text(detail)
    if kind in _BEGINS:
        yield Occurrence(_BEGINS[Kind(kind)], name, mark, at, text)
    for event in _ENDS.get(Kind(kind), ()) if kind in _ENDS else ():
        yield Occurrence(event, name, mark, at, good=True)
    job = str(detail.get("job") or (name if kind == Kind.TASK_ENDED else ""))
    if kind in (Kind.TASK_ENDED, Kind.ORDER_STEP_ENDED, Kind.ORDER_ENDED) and job:
        yield Occurrence(Event.JOB_FAILED, job, mark, at, _of_task(detail, text), good="error" not in detail)
        yield Occurrence(Event.JOB_SLOW, job, mark, at, good=True)
    if kind == Kind.ORDER_STEP_ENDED and "error" not in detail:
        yield Occurrence(Event.ORDER_SETBACK, name, mark, at, good=True)
    if kind in (Kind.ORDER_ENDED, Kind.ORDER_BLACKLISTED):
        failed = has_failed(int(detail.get("history") or 0))
        if failed is not None:
            yield Occurrence(Event.ORDER_FAILED, name, mark, at, _of_task(detail, text), good=not failed)


def _text(detail: Mapping[str, Any]) -> str:
    parts = [str(detail[name]) for name in ("error", "text", "reason") if detail.get(name)]
    return "  ".join(parts)


def _of_task(detail: Mapping[str, Any], text: str) -> str:
    "With the number of the task, by which its log is found."
    return f"{text}\nTask {detail['task']}" if text and detail.get("task") else text
