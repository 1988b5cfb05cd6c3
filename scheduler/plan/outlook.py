"How many starts a plan gives on each day of a long span, without making them: the projection."

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from scheduler.plan.day import PlanDays
from scheduler.run_time.calendar import periods_between
from scheduler.run_time.periods import PlannedPeriod
from scheduler.run_time.plan import Plan

#: days that a projection may have
MOST_DAYS = 732


def borders(days: PlanDays, first: date, count: int) -> list[datetime]:
    "When `count` plan days from `first` on begin, and the end of the last one."
    return [days.begin_of(first + timedelta(days=offset)) for offset in range(count + 1)]


def starts_by_day(plan: Plan, between: Sequence[datetime]) -> list[int]:
    "Starts from each of these instants up to the next one. Those of a `repeat` are counted as if runs took no time."
    counts = [0] * (len(between) - 1)
    for period in periods_between(plan, between[0], between[-1]):
        if period.single_start:
            counts[bisect_right(between, period.begin) - 1] += 1
            continue
        day = max(0, bisect_right(between, period.begin) - 1)
        while day < len(counts) and between[day] < period.end:
            counts[day] += _inside(period, between[day], between[day + 1])
            day += 1
    return counts


def _inside(period: PlannedPeriod, begin: datetime, end: datetime) -> int:
    "Starts of an interval with `begin` <= t < `end`."
    end = min(end, period.end)
    step = timedelta(seconds=period.repeat or period.absolute_repeat)
    if period.repeat:
        begin = max(begin, period.begin)
        start = period.begin + step * -((period.begin - begin) // step)
    else:
        point = period.grid_point(begin)
        if point is None:
            return 0
        start = point
    return max(0, -((start - end) // step))
