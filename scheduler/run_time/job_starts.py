"""What a job asks its plan. Instants are aware, answers are in UTC, None means never.

Clock changes: a local time that the change skips starts at the instant of the change, one that it doubles starts once,
the first time. `repeat` and `absolute_repeat` count elapsed time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.frozen import frozen
from scheduler.run_time.earliest import earliest_start
from scheduler.run_time.periods import PlannedPeriod, is_interval, planned, repeats, starts_at_fixed_times, utc
from scheduler.run_time.plan import Plan


@frozen
class Interval:
    """An interval `[begin, end)` in which the job may start.

    `repeat`: seconds from the end of a run to the next start, 0 for none; its starts are told by `first_repeat` and
    `repeat_after_task`, those of `absolute_repeat` by `next_single_start`. `adjoined`: another interval takes over at
    `end` without a gap, so that nothing ends there. `schedule`: the named schedule that it comes from, or empty.
    """

    begin: datetime
    end: datetime
    repeat: float
    absolute_repeat: float
    let_run: bool
    adjoined: bool
    schedule: str


def interval_at(plan: Plan, now: datetime) -> Interval | None:
    "The interval that `now` is in; of several the one that began first. None: the job may not start now."
    now = utc(now)
    found = _containing(plan, now)
    return _interval(plan, found) if found else None


def next_interval(plan: Plan, now: datetime) -> Interval | None:
    "The first interval that begins later than `now`, whether `now` is in one or not."
    now = utc(now)
    found = next((period for period in planned(plan, now, is_interval) if period.begin > now), None)
    return _interval(plan, found) if found else None


def next_single_start(plan: Plan, now: datetime) -> datetime | None:
    """The next single start, `at`, or point of an `absolute_repeat`; `now` itself counts.

    Starts that passed while the job could not start are lost: ask again with the time at which the task ended.
    """
    return earliest_start(plan, utc(now), starts_at_fixed_times, _fixed_start)


def first_repeat(plan: Plan, now: datetime) -> datetime | None:
    """When a job that becomes active `now`, or whose new interval begins now, is started by `repeat`: at once in an
    interval with `repeat`, otherwise when the next one begins. None: no interval has `repeat`."""
    return _repeat_from(plan, utc(now))


def repeat_after_task(plan: Plan, ended: datetime) -> datetime | None:
    """When `repeat` starts the job again after its last task ended at `ended`.

    That is `repeat` seconds later in the same interval, otherwise the begin of the next one, be it adjoined or not:
    unlike the rounds of orders, the rhythm does not go on across a seam.
    """
    ended = utc(ended)
    interval = _containing(plan, ended)
    if interval is None or not interval.repeat:
        return _repeat_from(plan, ended)
    start = ended + timedelta(seconds=interval.repeat)
    return start if start < interval.end else _repeat_from(plan, interval.end)


def _repeat_from(plan: Plan, since: datetime) -> datetime | None:
    "Intervals hold one after the other, each until its end, as in `interval_at`."
    if not any(segment.rule.has(repeats) for segment in plan.segments):
        return None
    for period in planned(plan, since, is_interval):
        if period.end <= since:
            continue
        if period.repeat:
            return max(period.begin, since)
        since = period.end
    return None


def _fixed_start(period: PlannedPeriod, since: datetime) -> datetime | None:
    return period.begin if period.single_start else period.grid_point(since)


def _containing(plan: Plan, now: datetime) -> PlannedPeriod | None:
    found = next(planned(plan, now, is_interval), None)
    return found if found and found.begin <= now else None


def _interval(plan: Plan, found: PlannedPeriod) -> Interval:
    return Interval(
        begin=found.begin,
        end=found.end,
        repeat=found.repeat,
        absolute_repeat=found.absolute_repeat,
        let_run=found.let_run,
        adjoined=_containing(plan, found.end) is not None,
        schedule=found.schedule,
    )
