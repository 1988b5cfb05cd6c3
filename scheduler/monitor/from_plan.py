"What the plan means for the monitor: starts that are late, missed or overdue, and when they are well again."

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from scheduler.monitor.events import OF_PLAN, Event
from scheduler.monitor.from_journal import about
from scheduler.monitor.notice import Notice
from scheduler.monitor.occurrence import Occurrence
from scheduler.plan.state import EntryState

_LATE = (Event.JOB_LATE, Event.ORDER_LATE)
_MISSED = (Event.JOB_MISSED, Event.ORDER_MISSED)
EVENTS = frozenset(OF_PLAN.values())
_BEGUN = (EntryState.STARTED, EntryState.FINISHED, EntryState.FAILED, EntryState.OVERDUE)


def trouble(kind: str, name: str, planned_at: datetime, state: EntryState, start_at: datetime | None) -> Occurrence:
    at = start_at or planned_at
    text = f"It was to start at {at:%Y-%m-%d %H:%M:%S} UTC."
    return Occurrence(OF_PLAN[kind, state.value], name, about(planned_at, 0), at, text)


def kind_of(event: Event) -> str:
    return event.value.partition("_")[0]


def recoveries(notice: Notice, starts: Iterable[tuple[datetime, EntryState]], now: datetime) -> Iterator[Occurrence]:
    """At most one. `starts` are those of the object. A late start is well when it was made, a missed one when a later
    one was made, and one that takes too long when it is over."""
    for planned_at, state in starts:
        mark = about(planned_at, 0)
        if notice.event in _LATE:
            well = mark >= notice.about and (state in _BEGUN or state is EntryState.SKIPPED)
        elif notice.event in _MISSED:
            well = mark > notice.about and state in _BEGUN
        else:
            well = mark == notice.about and state in (EntryState.FINISHED, EntryState.FAILED)
        if well:
            yield Occurrence(notice.event, notice.object, mark, now, good=True)
            return
