"""When a job may start and starts by itself: from its plan to `JobTimes`, at every event that changes them.

All functions are pure. Instants are aware UTC. The rules: single starts and points of a grid that pass while a task
runs, or while the job is stopped, are lost; `repeat` counts from the end of the last task; what is due in an interval
and cannot start in it is not made up for later. Jobs with equal run times share their plan, so what is asked of it for
all of them at once is worked out once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from scheduler.copying import replace
from scheduler.records import Job, JobState, JobTimes
from scheduler.run_time.clock import LAST_INSTANT
from scheduler.run_time.job_starts import (
    Interval,
    first_repeat,
    interval_at,
    next_interval,
    next_single_start,
    repeat_after_task,
)
from scheduler.run_time.plan import Plan

_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=256)
def activated(plan: Plan, now: datetime) -> JobTimes:
    "Of a job that begins to work `now`: it was loaded, or what it lacked has appeared."
    return JobTimes(
        plan,
        interval=_interval(plan, now),
        next_single=next_single_start(plan, now),
        next_repeat=first_repeat(plan, now),
        once=plan.once,
    )


def continued(times: JobTimes, plan: Plan, ended_at: datetime, now: datetime) -> JobTimes:
    "Of a job whose last task ended before the engine began: `repeat` counts from there, as if it had never been away."
    if times.next_repeat is None:
        return times
    repeat = repeat_after_task(plan, min(ended_at, now))
    return replace(times, next_repeat=max(repeat, times.next_repeat)) if repeat is not None else times


def begun_again(times: JobTimes, plan: Plan, now: datetime) -> JobTimes:
    "After an un-stop, or with another plan: as activated, but what was started once is not started once more."
    return replace(activated(plan, now), once=times.once and plan.once)


def after_interval(job: Job, times: JobTimes, now: datetime) -> JobTimes:
    """When the interval is over: the next one counts, or the one that adjoins it.

    A start by `repeat` that was due and not possible in it is lost; a delayed start after an error is not. A wish to
    start while in a period outlives the interval only where another one takes over without a gap.
    """
    interval = _interval(times.plan, now)
    repeat = times.next_repeat
    if repeat is not None and repeat < now and repeat != job.delay_until:
        repeat = first_repeat(times.plan, now)
    goes_on = times.interval is not None and times.interval.adjoined and interval is not None and interval.begin <= now
    return replace(times, interval=interval, next_repeat=repeat, wake=times.wake and goes_on)


def after_last_task(times: JobTimes, started_at: datetime, now: datetime) -> JobTimes:
    "When no task of the job runs any more. Costs nothing for a job that nothing starts by itself."
    single, repeat = times.next_single, times.next_repeat
    if single is not None and single <= now:
        single = next_single_start(times.plan, max(now, started_at + _MICROSECOND))
    if repeat is not None:
        repeat = repeat_after_task(times.plan, now)
    if single == times.next_single and repeat == times.next_repeat:
        return times
    return replace(times, next_single=single, next_repeat=repeat)


def in_period(job: Job, now: datetime) -> bool:
    "Whether orders, unforced tasks and starts by intervals are possible now; a delay after an error closes the period."
    times = job.times
    if times is None or times.interval is None or (job.delay_until is not None and job.delay_until > now):
        return False
    interval = times.interval
    if now >= interval.end:  # nobody has looked yet
        return interval_at(times.plan, now) is not None
    return interval.begin <= now


def opens(plan: Plan, since: datetime) -> bool:
    "Whether there is an interval at `since` or later."
    return interval_at(plan, since) is not None or next_interval(plan, since) is not None


def next_look(job: Job, now: datetime) -> datetime | None:
    "The next instant at which the job's times or its delay mean something else."
    times = job.times
    if times is None and job.delay_until is None:
        return None
    instants = [job.delay_until]
    if times is not None:
        instants += [times.next_single, times.next_repeat]
        if times.interval is not None:
            instants += [times.interval.begin, times.interval.end]
    return min((each for each in instants if each is not None and now < each < LAST_INSTANT), default=None)


def next_start(job: Job, now: datetime) -> datetime | None:
    "When the job starts by itself next, as far as is known; in the past: it is due. None: never."
    times = job.times
    if times is None or job.state not in (JobState.PENDING, JobState.RUNNING):
        return None
    single = times.next_single
    if job.state is JobState.RUNNING:  # what has passed is lost, and `repeat` counts from the end
        return single if single is not None and single > now else None
    starts = [single, _not_before_interval(times, times.next_repeat, now)]
    if times.once or times.wake:
        starts.append(_not_before_interval(times, now, now))
    return min((each for each in starts if each is not None), default=None)


def _not_before_interval(times: JobTimes, start: datetime | None, now: datetime) -> datetime | None:
    if start is None or times.interval is None:
        return None
    return max(start, times.interval.begin) if start < times.interval.end or start > now else None


@lru_cache(maxsize=256)
def _interval(plan: Plan, now: datetime) -> Interval | None:
    "The interval that the job is in, or the next one. Where it is always in one, that has no end to wait for."
    found = interval_at(plan, now)
    if found is None:
        return next_interval(plan, now)
    return replace(found, end=LAST_INSTANT, adjoined=False) if plan.always_open else found
