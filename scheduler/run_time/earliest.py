"""The earliest of all starts that periods give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from scheduler.run_time.model import Wanted
from scheduler.run_time.periods import PlannedPeriod, planned
from scheduler.run_time.plan import Plan

#: the first start in a period that is not before an instant, or None
StartIn = Callable[[PlannedPeriod, datetime], datetime | None]


def earliest_start(plan: Plan, since: datetime, wanted: Wanted, start_in: StartIn) -> datetime | None:
    """The earliest start at or after `since`, or None.

    A grid may run on into later periods, so that the first period need not have the earliest start: those that begin
    before what was found are asked too.
    """
    for first in planned(plan, since, wanted):
        found = start_in(first, since)
        if found is None:
            continue
        for period in planned(plan, since, wanted, before=found):
            earlier = start_in(period, since)
            if earlier is not None and earlier < found:
                found = earlier
        return found
    return None
