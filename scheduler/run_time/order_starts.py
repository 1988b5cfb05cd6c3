"""What an order asks its plan: when its round starts. Instants are aware, answers are in UTC, None means never.

A run time says only when the round starts; whether a step may begin, the job's run time says. `once` and `let_run` mean
nothing here. Clock changes are as in `job_starts`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.run_time.earliest import earliest_start
from scheduler.run_time.periods import PlannedPeriod, planned, repeats, starts, starts_at_fixed_times, utc
from scheduler.run_time.plan import Plan

_MICROSECOND = timedelta(microseconds=1)


def first_start(plan: Plan, now: datetime) -> datetime | None:
    """When an order that is placed `now` starts: `now` itself in an interval with `repeat`, at a single start and at a
    point of an `absolute_repeat`; otherwise the next single start, point, or begin of an interval with `repeat`."""
    return earliest_start(plan, utc(now), starts, _start)


def start_after_round(plan: Plan, ended: datetime, started: datetime | None = None) -> datetime | None:
    """When the next round starts, after one that ended at `ended`.

    `started`, when the round was started, says in which interval it was; without it, the one that `ended` is in
    counts. In an interval with `repeat` that is `ended` and `repeat` seconds; when the interval is over by then and
    the next one adjoins it with the same `repeat`, the rhythm goes on in that, otherwise its begin counts (at once,
    when that has passed). An earlier single start or point of an `absolute_repeat` wins; it must be later than
    `ended`, so that a round that takes no time does not start again.
    """
    ended = utc(ended)
    fixed = earliest_start(plan, ended + _MICROSECOND, starts_at_fixed_times, _start)
    interval = _repeating_at(plan, ended if started is None else utc(started))
    repeated = _next_repeat(plan, interval, ended) if interval else _repeat_from(plan, ended)
    return min((start for start in (fixed, repeated) if start is not None), default=None)


def _next_repeat(plan: Plan, interval: PlannedPeriod, ended: datetime) -> datetime | None:
    start = ended + timedelta(seconds=interval.repeat)
    while start >= interval.end:
        successor = _repeating_at(plan, interval.end)
        if successor is None or successor.repeat != interval.repeat:
            return _repeat_from(plan, max(interval.end, ended))
        interval = successor
    return start


def _repeat_from(plan: Plan, since: datetime) -> datetime | None:
    "At once in an interval with `repeat`, otherwise when the next one begins."
    return earliest_start(plan, since, repeats, _start)


def _repeating_at(plan: Plan, instant: datetime) -> PlannedPeriod | None:
    return next(planned(plan, instant, repeats, before=instant + _MICROSECOND), None)


def _start(period: PlannedPeriod, since: datetime) -> datetime | None:
    if period.single_start:
        return period.begin
    if period.repeat:
        return max(period.begin, since)
    return period.grid_point(since)
