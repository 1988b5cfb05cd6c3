"""The periods of a plan, one after the other, as instants (aware, UTC).

What becomes of them in a black-out:

    ignore_holiday                              everything is as if there were none
    single starts, suppress (and every `at`)    they fall away
    single starts, next_/previous_non_holiday   at the same time of the nearest day on which that is dark no more, and
                                                which is no holiday; `FARTHEST_SHIFT` days away at most
    intervals                                   the dark part is cut out; a grid goes on as if it had not been
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush, merge
from zoneinfo import ZoneInfo

from scheduler.run_time.black_outs import BlackOuts
from scheduler.run_time.clock import LAST_INSTANT, day_clock
from scheduler.run_time.model import Period, Wanted, WhenHoliday
from scheduler.run_time.plan import Plan, Segment
from scheduler.run_time.rule import FARTHEST_SHIFT, MOVES, Rule

#: how far ahead anything is looked for
HORIZON = timedelta(days=20 * 366)

_MICROSECOND = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)
_FAR_FUTURE = LAST_INSTANT + _MICROSECOND


@dataclass(frozen=True, slots=True)
class PlannedPeriod:
    """An interval `[begin, end)` or, with `single_start`, the moment `begin`.

    Where a substitute takes over, and at black-outs, intervals are cut; `grid_from` is the begin that the grid of
    `absolute_repeat` counts from all the same. `schedule`: the named schedule that it comes from, or empty.
    """

    begin: datetime
    end: datetime
    period: Period
    grid_from: datetime
    schedule: str = ""

    @property
    def single_start(self) -> bool:
        return self.period.single_start

    @property
    def repeat(self) -> float:
        "Seconds from the end of a run to the next start, 0: none."
        return self.period.repeat

    @property
    def absolute_repeat(self) -> float:
        "Seconds from one start to the next, 0: none."
        return self.period.absolute_repeat

    @property
    def let_run(self) -> bool:
        return self.period.let_run

    @property
    def when_holiday(self) -> WhenHoliday:
        return self.period.when_holiday

    def grid_point(self, since: datetime) -> datetime | None:
        "The first point of the grid that is not before `since`, or None when the period has no more of them."
        step = timedelta(seconds=self.period.absolute_repeat)
        since = max(since, self.begin)
        point = self.grid_from + step * -((self.grid_from - since) // step)
        return point if point < self.end else None


def is_interval(period: Period) -> bool:
    return not period.single_start


def starts(period: Period) -> bool:
    return period.starts_by_itself


def repeats(period: Period) -> bool:
    return period.repeat > 0


def starts_at_fixed_times(period: Period) -> bool:
    "Without those that count from the end of a run. To jobs, `absolute_repeat` is a series of single starts."
    return period.single_start or period.absolute_repeat > 0


def starts_by_itself(plan: Plan) -> bool:
    "Whether the plan could ever start anything, whatever the day; `once` is not considered."
    return any(segment.rule.has(starts) for segment in plan.segments)


def has_intervals(plan: Plan) -> bool:
    "Whether there is any interval, whatever the day."
    return any(segment.rule.has(is_interval) for segment in plan.segments)


def planned(
    plan: Plan, since: datetime, wanted: Wanted, before: datetime = _FAR_FUTURE
) -> Iterator[PlannedPeriod]:
    """The wanted periods that begin before `before`, in order of `begin`; single starts that are not before `since`,
    intervals that end after it. Not more than 20 years ahead, nothing after 2038."""
    before = min(before, _FAR_FUTURE)
    if since >= before:
        return
    before = min(before, since + HORIZON)
    for segment in plan.segments:
        if segment.begin >= before:
            return
        if segment.end > since and segment.rule.has(wanted):
            found = _in_segment(plan, segment, since, wanted, before)
            if segment.black_outs:
                found = _around_black_outs(plan.zone, segment, found, since, wanted, before)
            yield from found


def _in_segment(
    plan: Plan, segment: Segment, since: datetime, wanted: Wanted, before: datetime
) -> Iterator[PlannedPeriod]:
    """No period spans midnight, and a later local time is never an earlier instant: so nothing that begins on an
    earlier local date than that of `since` reaches beyond it. A clock that is set back over midnight may show
    yesterday's date again although today has begun: therefore the day more.
    """
    begins, ends = max(since, segment.begin), min(before, segment.end)
    first = begins.astimezone(plan.zone).date()
    last = ends.astimezone(plan.zone).date() + timedelta(days=1)
    for day, periods in segment.rule.only(wanted).days_from(first, last):
        clock = day_clock(plan.zone, day)
        for period in periods:
            begin = clock.instant(period.begin)
            if begin >= ends:
                return
            if period.single_start:
                if begin >= begins:
                    yield PlannedPeriod(begin, begin, period, begin, segment.schedule)
                continue
            end = min(clock.instant(period.end), segment.end)
            if end > begins and end > begin:
                yield PlannedPeriod(max(begin, segment.begin), end, period, begin, segment.schedule)


def _around_black_outs(
    zone: ZoneInfo, segment: Segment, found: Iterator[PlannedPeriod], since: datetime, wanted: Wanted, before: datetime
) -> Iterator[PlannedPeriod]:
    "What is left of the periods `found`, and the single starts that are moved, in order of `begin`."
    begins, ends = max(since, segment.begin), min(before, segment.end)
    moved = (
        PlannedPeriod(at, at, period, at, segment.schedule)
        for at, period in _moved(segment.rule, segment.black_outs, zone)
        if begins <= at < ends and wanted(period)
    )
    return merge(_cut(segment.black_outs, found, begins, ends), moved, key=_begin)


def _cut(
    dark: BlackOuts, found: Iterator[PlannedPeriod], begins: datetime, ends: datetime
) -> Iterator[PlannedPeriod]:
    """Parts that begin later than the next period wait for their turn. Of those that begin at the same time the one
    whose whole period comes first is first."""
    waiting: list[tuple[datetime, int, PlannedPeriod]] = []
    for number, period in enumerate(found):
        for part in _parts(dark, period):
            if part.begin < ends and (part.end > begins or part.single_start):
                heappush(waiting, (part.begin, number, part))
        while waiting and waiting[0][0] <= period.begin:
            yield heappop(waiting)[2]
    while waiting:
        yield heappop(waiting)[2]


def _parts(dark: BlackOuts, period: PlannedPeriod) -> Iterator[PlannedPeriod]:
    if period.when_holiday is WhenHoliday.IGNORE_HOLIDAY:
        yield period
    elif period.single_start:
        if not dark.cover(period.begin):
            yield period
    else:
        for begin, end in dark.left_of(period.begin, period.end):
            yield PlannedPeriod(begin, end, period.period, period.grid_from, period.schedule)


@lru_cache(maxsize=256)
def _moved(rule: Rule, dark: BlackOuts, zone: ZoneInfo) -> tuple[tuple[datetime, Period], ...]:
    "The single starts that black-outs move, at their new instants, in order of time."
    if not rule.has(_is_moved):
        return ()
    found: set[tuple[datetime, Period]] = set()
    for begin, end in dark.united:
        # yesterday's date may be shown again, see `_in_segment`
        first, last = begin.astimezone(zone).date() - _ONE_DAY, end.astimezone(zone).date() + _ONE_DAY
        for day, periods in rule.days_from(first, last):
            for period in filter(_is_moved, periods):
                if begin <= day_clock(zone, day).instant(period.begin) < end:
                    at = _target(rule, dark, zone, day, period)
                    found |= {(at, period)} if at is not None else set()
    return tuple(sorted(found, key=_instant))


def _target(rule: Rule, dark: BlackOuts, zone: ZoneInfo, day: date, period: Period) -> datetime | None:
    for _ in range(FARTHEST_SHIFT):
        day += MOVES[period.when_holiday]
        at = day_clock(zone, day).instant(period.begin)
        if day not in rule.holidays and not dark.cover(at):
            return at
    return None


def _is_moved(period: Period) -> bool:
    return period.single_start and period.when_holiday in MOVES


def _begin(period: PlannedPeriod) -> datetime:
    return period.begin


def _instant(moved: tuple[datetime, Period]) -> datetime:
    return moved[0]


def utc(instant: datetime) -> datetime:
    "The same instant; raises ValueError when it has no zone."
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone")
    return instant.astimezone(UTC)
