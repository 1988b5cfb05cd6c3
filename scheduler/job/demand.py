"""What a job would start a task for, now: a queued task, a trigger of its own, or an order.

Whether it may is asked first; whether it gets a process and its locks, `task.resources` says afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.job.lifecycle import MAY_START
from scheduler.job.requisites import missing
from scheduler.order.due import due_order
from scheduler.records import Cause, FileKey, Job, Order, Task
from scheduler.world import World


@dataclass(frozen=True, slots=True)
class Demand:
    "Exactly one of the three: a task in the queue, an order, or a trigger of the job itself."

    task: Task | None = None
    order: Order | None = None
    cause: Cause | None = None


def next_demand(world: World, job: Job, now: datetime) -> Demand | None:
    "None: nothing asks for a start, or the job may not start."
    if not job_may_start(world, job, now):
        return None
    task = due_task(world, job, now)
    if task is not None:
        return Demand(task=task)
    order = due_order(world, job)
    return Demand(order=order) if order is not None else None


def job_may_start(world: World, job: Job, now: datetime) -> bool:
    "Whether the job itself allows one more task."
    if job.state not in MAY_START or world.running_count(job.key) >= job.definition.tasks:
        return False
    if job.delay_until is not None and job.delay_until > now:
        return False
    return FileKey("job", job.key) not in world.pending_files and not missing(world, job.definition)


def due_task(world: World, job: Job, now: datetime) -> Task | None:
    task = world.next_queued(job.key)
    if task is None or task.start_at is None or task.start_at > now:
        return None
    return task
