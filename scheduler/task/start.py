"""A task takes its place: the records that say so, and the launch of its process (after the commit)."""

from __future__ import annotations

import re
from datetime import datetime

from scheduler import paths
from scheduler.actions import Launch
from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.job.lifecycle import JobEvent
from scheduler.job.lifecycle import after as job_after
from scheduler.order.finish import run_of
from scheduler.order.lifecycle import OrderEvent
from scheduler.order.lifecycle import after as order_after
from scheduler.records import Cause, Counter, Job, Order, Step, Task, TaskState
from scheduler.task.environment import environment
from scheduler.task.lifecycle import TaskEvent
from scheduler.task.lifecycle import after as task_after
from scheduler.task.resources import Resources
from scheduler.world import World

_UNSAFE = re.compile(r'[<>:"\\|\x00-\x1f]')


def log_name(job: str, task_id: int) -> str:
    "File name of a task's log: the path with commas for slashes, characters that file systems refuse as `_`."
    return f"task.{_UNSAFE.sub('_', paths.bare(job).replace('/', ','))}.{task_id}.log"


def start_for_order(world: World, job: Job, order: Order, resources: Resources, now: datetime) -> Decision:
    "A new task takes the order: its round begins unless it has begun."
    task_number = world.number(Counter.TASK)
    puts: list[Counter] = [task_number]
    history_id = order.history_id
    if history_id is None:
        history_number = world.number(Counter.HISTORY)
        puts.append(history_number)
        history_id = history_number.value
    taken = replace(
        order,
        state=order_after(order.state, OrderEvent.TAKE, order.id),
        task_id=task_number.value,
        touched=True,
        history_id=history_id,
        steps=order.steps + 1,
        started_at=order.started_at or now,
        last_error=order.last_error if order.touched else "",
    )
    task = Task(
        task_number.value, job.path, TaskState.STARTING, Cause.ORDER,
        params=job.definition.params, started_at=now, chain=order.chain, order_id=order.id, node=order.node,
        history_id=history_id, step=taken.steps, steps=1, log_file=log_name(job.path, task_number.value),
        process_class=resources.process_class, locks=resources.locks,
    )  # fmt: skip
    step = Step(history_id, taken.steps, task.id, order.node, now)
    run = run_of(taken, now)
    assert run is not None  # noqa: S101  (history_id and started_at were just set)
    change = Change(
        Kind.ORDER_TAKEN,
        f"{order.chain},{order.id}",
        put=(*puts, taken, task, run, step),
        keep=(_started(job),),
        detail={"task": task.id, "job": job.path, "node": order.node, "step": taken.steps},
    )
    return Decision([change], [_launch(world, job, task, taken)])


def start_queued(world: World, job: Job, task: Task, resources: Resources, now: datetime) -> Decision:
    "A queued task leaves the queue."
    cause = task.cause
    if cause is Cause.NONE:
        cause = Cause.QUEUE_AT if task.start_at is not None and task.start_at != task.enqueued_at else Cause.QUEUE
    started = replace(
        task,
        state=task_after(task.state, TaskEvent.START, task.id),
        cause=cause,
        params=job.definition.params.merged(task.params),
        started_at=now,
        steps=1,
        log_file=log_name(job.path, task.id),
        process_class=resources.process_class,
        locks=resources.locks,
    )
    change = Change(
        Kind.TASK_STARTED, job.path, put=(started,), keep=(_started(job),),
        detail={"task": task.id, "cause": cause.value},
    )  # fmt: skip
    return Decision([change], [_launch(world, job, started, None)])


def _started(job: Job) -> Job:
    return replace(
        job,
        state=job_after(job.state, JobEvent.TASK_STARTED, job.path),
        all_tasks=job.all_tasks + 1,
        all_steps=job.all_steps + 1,
    )


def _launch(world: World, job: Job, task: Task, order: Order | None) -> Launch:
    return Launch(
        task.id,
        job.path,
        job.definition.script,
        environment(world, job.definition, task, order),
        task.log_file,
        f"{paths.bare(job.path)}:{task.id}",
    )
