"""The times of jobs as the World stands: made when a job begins to work, and anew when something that they follow from
has changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.index.job_looks import PlanOf
from scheduler.job.requisites import missing
from scheduler.job.times import activated, after_interval, begun_again, continued
from scheduler.plan.override import PlanKey
from scheduler.plan.starts import without_replaced
from scheduler.records import Cause, Job, JobTimes
from scheduler.run_time.model import RunTime
from scheduler.run_time.plan import Plan, resolve
from scheduler.world import World


def times_renewed(world: World, now: datetime) -> Change | None:
    """The jobs whose times are others now; stored are those that start at another instant.

    Looks only at the jobs that the World has noted for it.
    """
    changed = tuple(_renewed(world, now))
    world.job_looks.untimed.clear()
    if not changed:
        return None
    put = tuple(job for job in changed if starts_at_other(world.jobs[job.key], job))
    keep = changed if not put else tuple(job for job in changed if not starts_at_other(world.jobs[job.key], job))
    return Change(Kind.JOB_CHANGED, changed[0].path if len(changed) == 1 else "/", put=put, keep=keep)


def starts_at_other(before: Job, job: Job) -> bool:
    "Whether the next start that is stored has changed."
    return before.times is not job.times and before.next_start_at != job.next_start_at


def _renewed(world: World, now: datetime) -> Iterator[Job]:
    for key in world.job_looks.untimed:
        job = world.jobs.get(key)
        times = _times(world, job, now) if job is not None else None
        if job is not None and times is not job.times:
            yield replace(job, times=times, last_task_ended_at=None if times is not None else job.last_task_ended_at)


def _times(world: World, job: Job, now: datetime) -> JobTimes | None:
    "The times that hold from now on; None: something is missing that the job cannot do without."
    if missing(world, job.definition):
        return None
    times = _by_run_time(world, job, now)
    return without_replaced(world.overrides, PlanKey("job", job.key), times) if world.overrides else times


def _by_run_time(world: World, job: Job, now: datetime) -> JobTimes:
    times, plan = job.times, plan_of(world, job)
    if times is None:
        first = activated(plan, now)
        if job.last_task_ended_at is not None:
            first = continued(first, plan, job.last_task_ended_at, now)
        return _with_retry(world, job, first)
    if times.plan is not plan:
        return _with_retry(world, job, begun_again(times, plan, now))
    if times.interval is not None and times.interval.end <= now:
        return after_interval(job, times, now)
    return times


def _with_retry(world: World, job: Job, times: JobTimes) -> JobTimes:
    "The start that a delay after an error has put off is not forgotten."
    if job.delay_until is None or not retries(world, job):
        return times
    return replace(times, next_repeat=job.delay_until)


def retries(world: World, job: Job) -> bool:
    "Whether the job starts again after an error without order: nobody else does it, neither an order nor its queue."
    if job.definition.order or world.nodes_served_by(job.key):
        return False
    return all(task.cause is not Cause.DELAY_AFTER_ERROR for task in world.queued_of(job.key))


def plan_of(world: World, job: Job) -> Plan:
    "The plan of a job whose schedule is there: the same one as long as nothing that it is made of changes."
    run_time = job.definition.run_time
    known = world.job_looks.plans.get(job.key)
    if known is None or known.run_time is not run_time or not _holds(world, known):
        known = _plan_for(world, run_time)._replace(run_time=run_time)
        world.job_looks.plans[job.key] = known
    return known.plan


def _plan_for(world: World, run_time: RunTime) -> PlanOf:
    "Jobs with equal run times share a plan."
    known = world.job_looks.shared.get(run_time)
    if known is None or not _holds(world, known):
        identity = world.identity
        plan = resolve(run_time, world.schedules, ZoneInfo(identity.time_zone), identity.holidays)
        if known is not None and known.plan.is_same(plan):
            plan = known.plan
        known = PlanOf(run_time, world.schedules, plan)
        world.job_looks.share(known)
    return known


def _holds(world: World, known: PlanOf) -> bool:
    return known.schedules is world.schedules or not (known.run_time.schedule or known.run_time.calendar)
