"""What calendars and the daily plan ask a plan: everything between two instants, as far as run times can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import NamedTuple

from scheduler.run_time.black_outs import DarkSpan
from scheduler.run_time.model import Period
from scheduler.run_time.periods import PlannedPeriod, planned, starts, utc
from scheduler.run_time.plan import Plan

#: starts of one black-out that are looked at
LOOKED_AT = 1000


class StartKind(StrEnum):
    SINGLE = "single"    # a single start or an `at`
    GRID = "grid"        # a point of an absolute_repeat
    REPEAT = "repeat"    # of a repeat: the first one is sure, later ones as if runs took no time


class Start(NamedTuple):
    at: datetime
    kind: StartKind
    schedule: str = ""


class HeldBack(NamedTuple):
    "A black-out that takes starts away, or moves them: `starts`, at least one, those that were before it in order."

    span: DarkSpan
    calendar: str
    starts: tuple[datetime, ...]

    @property
    def first(self) -> datetime:
        return self.starts[0]


def periods_between(
    plan: Plan, begin: datetime, end: datetime, limit: int | None = None, *, all_intervals: bool = False
) -> list[PlannedPeriod]:
    """Single starts with `begin` <= t < `end`, and intervals that have a part in that time (whole, not cut).

    In order of their begin, at most `limit`. Intervals that only permit starts are left out unless `all_intervals`.
    """
    wanted = _any if all_intervals else starts
    return list(islice(planned(plan, utc(begin), wanted, before=utc(end)), limit))


def starts_between(plan: Plan, begin: datetime, end: datetime, limit: int = 1000) -> list[Start]:
    """The starts with `begin` <= t < `end` in order of time, each instant once, at most `limit`.

    A `repeat` counts from the end of each run, which nobody knows yet: its starts are told as if runs took no time.
    """
    begin, end = utc(begin), utc(end)
    each = [_starts_in(period, begin, end) for period in planned(plan, begin, starts, before=end)]
    found = each[0] if len(each) == 1 else merge(*each)
    return list(islice(_distinct(found), limit))


def held_back(plan: Plan, begin: datetime, end: datetime) -> list[HeldBack]:
    """The black-outs without which something would start with `begin` <= t < `end`, in order of their begin; of each
    the first LOOKED_AT starts count."""
    begin, end = utc(begin), utc(end)
    written = plan.without_black_outs
    found = []
    for span, calendar in plan.black_outs_between(begin, end):
        since, until = max(begin, span.begin), min(end, span.end)
        kept = {start.at for start in starts_between(plan, since, until, LOOKED_AT)}
        starts = [start.at for start in starts_between(written, since, until, LOOKED_AT) if start.at not in kept]
        if starts:
            found.append(HeldBack(span, calendar, tuple(starts)))
    return found


def _any(period: Period) -> bool:
    return True


def _starts_in(period: PlannedPeriod, begin: datetime, end: datetime) -> Iterator[Start]:
    if period.single_start:
        yield Start(period.begin, StartKind.SINGLE, period.schedule)
        return
    end = min(end, period.end)
    if period.repeat:
        kind, step, start = StartKind.REPEAT, timedelta(seconds=period.repeat), _repeat_point(period, begin)
    else:
        kind, step = StartKind.GRID, timedelta(seconds=period.absolute_repeat)
        point = period.grid_point(begin)
        if point is None:
            return
        start = point
    while start < end:
        yield Start(start, kind, period.schedule)
        start += step


def _repeat_point(period: PlannedPeriod, since: datetime) -> datetime:
    step = timedelta(seconds=period.repeat)
    return period.begin if since <= period.begin else period.begin + step * -((period.begin - since) // step)


def _distinct(starts: Iterable[Start]) -> Iterator[Start]:
    last = None
    for start in starts:
        if start.at != last:
            yield start
            last = start.at
