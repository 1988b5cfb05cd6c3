"""What a job would start a task for, now: a queued task, a trigger of its own, or an order.

Whether it may is asked first; whether it gets a process and its locks, `task.resources` says afterwards.
"""

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change
from scheduler.cluster.assignment import HERE
from scheduler.directory.sources import next_file
from scheduler.directory.watches import changed_readings
from scheduler.frozen import frozen
from scheduler.job.lifecycle import MAY_START
from scheduler.job.requisites import missing
from scheduler.job.times import in_period
from scheduler.order.due import due_order
from scheduler.records import Cause, FileKey, Job, JobState, Order, Task
from scheduler.run_time.periods import has_intervals
from scheduler.task.api_state import Phase
from scheduler.world import World


@frozen
class Demand:
    "Exactly one of the first three: a task in the queue, an order, or a trigger of the job itself."

    task: Task | None = None
    order: Order | None = None
    cause: Cause | None = None
    #: the order is not in its chain yet: this change, to be made before it is taken, puts it there
    added: Change | None = None


def next_demand(world: World, job: Job, now: datetime) -> Demand | None:
    """None: nothing asks for a start, or the job may not start.

    Forced tasks and single starts need no period, everything else does.
    """
    if not _is_able(world, job):
        return None
    is_open = in_period(job, now)
    if not has_place_here(world, job):
        return demand_elsewhere(world, job, now) if is_open else None
    task = due_task(world, job, now, is_open)
    if task is not None:
        return Demand(task=task)
    cause = due_start(job, now, is_open)
    if cause is not None:
        return Demand(cause=cause)
    if not is_open:
        return None
    if too_few_tasks(world, job):
        return Demand(cause=Cause.MIN_TASKS)
    if job.state is JobState.PENDING and changed_readings(world, job):
        return Demand(cause=Cause.DIRECTORY)
    order = due_order(world, job)
    if order is not None:
        return Demand(order=order)
    file = next_file(world, job, now)
    return Demand(order=file[0], added=file[1]) if file is not None else None


def demand_elsewhere(world: World, job: Job, now: datetime) -> Demand | None:
    "What another member could run when this one has no place for the job or no process. The job is able to start."
    if not has_place_elsewhere(world, job):
        return None
    order = due_order(world, job, shared=True)
    if order is not None:
        return Demand(order=order)
    file = next_file(world, job, now, shared=True)
    return Demand(order=file[0], added=file[1]) if file is not None else None


def others_take_orders(world: World, job: Job, now: datetime) -> bool:
    "Whether another member would take an order of a distributed chain for the job, if one were due."
    if not in_period(job, now):
        return False
    return (has_place_elsewhere(world, job) and _is_able(world, job)) or _has_idle(world, job, here=False)


def takes_orders(world: World, job: Job, now: datetime) -> bool:
    "Whether the job would take an order, if one were due."
    if not in_period(job, now):
        return False
    return job_may_start(world, job, now) or _has_idle(world, job, here=True)


def _has_idle(world: World, job: Job, here: bool) -> bool:
    "Whether a task of this member, or of another one, waits for an order."
    return any(
        task.server is not None and task.server.phase is Phase.IDLE and world.crew.is_here(task.member_run) is here
        for task in world.resting_of(job.key)
    )


def job_may_start(world: World, job: Job, now: datetime) -> bool:
    "Whether the job itself allows one more task of this member, if it is for something that needs no period."
    return has_place_here(world, job) and _is_able(world, job)


def has_place_here(world: World, job: Job) -> bool:
    "Tasks that other members run do not count, because the limit is one for each member."
    return world.crew.tasks_at(HERE, job.key) < job.definition.tasks


def has_place_elsewhere(world: World, job: Job) -> bool:
    "Whether another member of an active cluster may run one more task of the job."
    crew = world.crew
    return bool(crew.mates) and crew.has_place(job.key, job.definition.tasks)


def _is_able(world: World, job: Job) -> bool:
    if job.state not in MAY_START or (world.pending_files and FileKey("job", job.key) in world.pending_files):
        return False
    return not missing(world, job.definition)


def too_few_tasks(world: World, job: Job) -> bool:
    "Whether the job keeps more tasks than it has. A task that ended at once is not replaced in the same period."
    if world.running_count(job.key) >= job.definition.min_tasks:
        return False
    interval = job.times.interval if job.times is not None else None
    return job.unfilled_at is None or (interval is not None and interval.begin > job.unfilled_at)


def due_task(world: World, job: Job, now: datetime, is_open: bool) -> Task | None:
    "The queued task that is due first; outside of the periods only one that was forced."
    task = world.next_queued(job.key, forced_only=not is_open)
    if task is None or task.start_at is None or task.start_at > now:
        return None
    return task


def due_start(job: Job, now: datetime, is_open: bool) -> Cause | None:
    "What the job's times ask for. Starts by the run time need a job without running task, so that none are doubled."
    times = job.times
    if times is None:
        return None
    rests = job.state is JobState.PENDING
    if rests and times.next_single is not None and times.next_single <= now:
        return Cause.PERIOD_SINGLE
    if times.once and (is_open or not has_intervals(times.plan)):  # of `<at at="now"/>` alone nothing else is said
        return Cause.PERIOD_ONCE
    if not is_open:
        return None
    if rests and times.next_repeat is not None and times.next_repeat <= now:
        return Cause.DELAY_AFTER_ERROR if times.next_repeat == job.delay_until else Cause.PERIOD_REPEAT
    return Cause.WAKE if times.wake else None
