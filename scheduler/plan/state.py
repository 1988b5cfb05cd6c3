"""What became of an expected start.

    nobody wanted it (skipped, held without end)   -> skipped
    it has ended                                    -> finished or failed
    it runs                                         -> started, or overdue when it takes longer than expected
    its time has not come                           -> planned, or submitted when the engine has it in a queue
    its time has come, not long ago                 -> submitted
    it should have started LATE seconds ago         -> late
    the next start of the object has come, or the plan day is over and nothing keeps the start waiting,
    and it never started                         -> missed

`late` is also a mark of a start that was made too late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: seconds after which a start is late
LATE = 60.0
#: how much longer than expected a run may take before it is overdue, and at least so many seconds
OVERDUE_FACTOR, OVERDUE_LEAST = 1.5, 30.0


class EntryState(StrEnum):
    PLANNED = "planned"
    SUBMITTED = "submitted"
    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    LATE = "late"
    OVERDUE = "overdue"
    SKIPPED = "skipped"
    MISSED = "missed"


#: nothing more will become of it
SETTLED = frozenset({EntryState.FINISHED, EntryState.FAILED, EntryState.SKIPPED, EntryState.MISSED})


@dataclass(frozen=True, slots=True)
class Actual:
    "The run that came of it."

    started_at: datetime
    ended_at: datetime | None = None
    failed: bool = False


def state_of(
    start_at: datetime | None,
    actual: Actual | None,
    expected_seconds: float | None,
    gone_at: datetime | None,
    now: datetime,
    late: float = LATE,
) -> EntryState:
    "`gone_at`: from then on the start cannot come any more (None: it still can); see the table."
    if actual is not None:
        return _running(actual, expected_seconds, now) if actual.ended_at is None else _ended(actual)
    if start_at is None:
        return EntryState.SKIPPED
    if now < start_at:
        return EntryState.PLANNED
    if gone_at is not None and gone_at <= now:
        return EntryState.MISSED
    return EntryState.LATE if now - start_at > timedelta(seconds=late) else EntryState.SUBMITTED


def was_late(start_at: datetime | None, actual: Actual | None, now: datetime, late: float = LATE) -> bool:
    "Whether it was started later than it should have been, or should have been by now."
    if start_at is None:
        return False
    begun = actual.started_at if actual is not None else now
    return begun - start_at > timedelta(seconds=late)


def _ended(actual: Actual) -> EntryState:
    return EntryState.FAILED if actual.failed else EntryState.FINISHED


def _running(actual: Actual, expected_seconds: float | None, now: datetime) -> EntryState:
    if expected_seconds is None:
        return EntryState.STARTED
    allowed = max(expected_seconds * OVERDUE_FACTOR, expected_seconds + OVERDUE_LEAST)
    return EntryState.OVERDUE if now - actual.started_at > timedelta(seconds=allowed) else EntryState.STARTED
