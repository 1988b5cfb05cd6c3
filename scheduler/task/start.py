"""A task takes its place: the records that say so, and the launch of its process (after the commit)."""

from __future__ import annotations

import re
from datetime import datetime

from scheduler import paths
from scheduler.actions import Launch
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import HERE, Mate
from scheduler.cluster.sharing import mate_of
from scheduler.cluster.talk import Talk, assignment_of
from scheduler.cluster.wire import launched
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.directory.reading import file_of
from scheduler.job.lifecycle import JobEvent
from scheduler.job.lifecycle import after as job_after
from scheduler.mail.letters import settings_of
from scheduler.order.causes import with_cause
from scheduler.order.finish import run_of
from scheduler.order.lifecycle import OrderEvent
from scheduler.order.lifecycle import after as order_after
from scheduler.order.times import key_in_plan
from scheduler.origin import CATCH_UP
from scheduler.plan.override import Override, OverrideState, missed_at
from scheduler.plan.starts import started_by
from scheduler.records import Cause, Counter, Job, Order, Record, RunCause, Step, Task, TaskState
from scheduler.task.api_fields import begin_message, is_api, new_server
from scheduler.task.environment import environment
from scheduler.task.lifecycle import TaskEvent
from scheduler.task.lifecycle import after as task_after
from scheduler.task.resources import Resources
from scheduler.world import World

_UNSAFE = re.compile(r'[<>:"\\|\x00-\x1f]')


def log_name(job: str, task_id: int) -> str:
    "File name of a task's log: the path with commas for slashes, characters that file systems refuse as `_`."
    return f"task.{_file_part(job)}.{task_id}.log"


def job_log_name(job: str) -> str:
    "File name of the log that all tasks of a job are appended to."
    return f"job.{_file_part(job)}.log"


def _file_part(job: str) -> str:
    return _UNSAFE.sub("_", paths.bare(job).replace("/", ","))


def start_for_order(world: World, job: Job, order: Order, resources: Resources, now: datetime) -> Decision:
    "A new task takes the order: its round begins unless it has begun."
    task_number = world.number(Counter.TASK)
    taken, puts = taken_order(world, order, task_number.value, now)
    history_id = taken.history_id
    assert history_id is not None  # noqa: S101  (it was just set)
    mate = mate_of(world, resources.member_run)
    task = Task(
        task_number.value, job.path, TaskState.STARTING, Cause.ORDER,
        params=job.definition.params, started_at=now, chain=order.chain, order_id=order.id, node=order.node,
        history_id=history_id, step=taken.steps, steps=1, log_file=log_name(job.path, task_number.value),
        process_class=resources.process_class, locks=resources.locks, trigger_files=file_of(order),
        server=new_server(world, job.definition, now), member_run=resources.member_run,
        member_id=mate.member_id if mate is not None else _member(world),
        host=_host_of(world, mate) if mate is not None else world.identity.host,
    )  # fmt: skip
    step = Step(history_id, taken.steps, task.id, order.node, now)
    run = run_of(taken, now)
    assert run is not None  # noqa: S101  (history_id and started_at were just set)
    assigned, action = launched(_launch(world, job, task, taken), task.member_run)
    if task.server is not None and task.member_run != HERE:
        assigned = (*assigned, assignment_of(task, Talk()))
    change = Change(
        Kind.ORDER_TAKEN,
        f"{order.chain},{order.id}",
        put=(task_number, *puts, taken, task, run, step, *assigned),
        keep=(_started(job),),
        detail={"task": task.id, "job": job.path, "node": order.node, "step": taken.steps},
    )
    return Decision([change], [action])


def taken_order(world: World, order: Order, task_id: int, now: datetime) -> tuple[Order, list[Record]]:
    """The order as the task has it, and what is put with it: its round begins unless it has begun, for which a number
    is used up, and perhaps a change of the plan."""
    puts: list[Record] = []
    history_id = order.history_id
    if history_id is None:
        number = world.number(Counter.HISTORY)
        puts.append(number)
        history_id = number.value
    if not order.touched and world.overrides:
        order, used = _as_planned(world, order)
        puts += used
    if order.history_id is None:
        order = replace(with_cause(order), params_at_start=order.params)
    taken = replace(
        order,
        state=order_after(order.state, OrderEvent.TAKE, order.id),
        task_id=task_id,
        touched=True,
        history_id=history_id,
        steps=order.steps + 1,
        started_at=order.started_at or now,
        last_error=order.last_error if order.touched else "",
    )
    return taken, puts


def _as_planned(world: World, order: Order) -> tuple[Order, list[Override]]:
    "An order whose round begins by a change of the plan, with its parameters of this one round."
    override = started_by(world.overrides, key_in_plan(order), order.start_at)
    if override is None:
        return order, []
    if override.params:
        order = replace(order, params=order.params.merged(override.params), params_before=order.params)
    missed = missed_at(override)
    actor, client = ("", CATCH_UP + missed) if missed else (override.author, "")
    order = replace(order, cause=RunCause.PLAN, actor=actor, client=client)
    return order, [replace(override, state=OverrideState.USED)]


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
        steps=0 if is_api(job.definition) else 1,
        log_file=log_name(job.path, task.id),
        process_class=resources.process_class,
        locks=resources.locks,
        server=new_server(world, job.definition, now),
        member_id=_member(world),
        host=world.identity.host,
    )
    change = Change(
        Kind.TASK_STARTED, job.path, put=(started,), keep=(_started(job),),
        detail={"task": task.id, "cause": cause.value},
    )  # fmt: skip
    return Decision([change], [_launch(world, job, started, None)])


def start_by_itself(
    world: World, job: Job, cause: Cause, resources: Resources, now: datetime, trigger_files: str = "",
    origin: str = "",
) -> Decision:
    """A new task without order, because the job's run time or a directory says so. `trigger_files`: see `Task`;
    `origin`: see `scheduler.origin`."""
    number = world.number(Counter.TASK)
    task = Task(
        number.value, job.path, TaskState.STARTING, cause, params=job.definition.params, started_at=now,
        steps=0 if is_api(job.definition) else 1, log_file=log_name(job.path, number.value),
        trigger_files=trigger_files, process_class=resources.process_class, locks=resources.locks,
        server=new_server(world, job.definition, now), member_id=_member(world), host=world.identity.host,
        client=origin,
    )  # fmt: skip
    change = Change(
        Kind.TASK_STARTED, job.path, put=(number, task), keep=(_started(job, cause),),
        detail={"task": task.id, "cause": cause.value},
    )  # fmt: skip
    return Decision([change], [_launch(world, job, task, None)])


def _member(world: World) -> str:
    return world.cluster.member_id if world.cluster is not None else ""


def _host_of(world: World, mate: Mate) -> str:
    "Empty: the other member is not known any more."
    member = world.cluster.member(mate.member_id) if world.cluster is not None else None
    return member.host if member is not None else ""


def _started(job: Job, cause: Cause = Cause.NONE) -> Job:
    times = job.times
    if times is not None and (times.once or (times.wake and cause is Cause.WAKE)):
        times = replace(times, once=False, wake=times.wake and cause is not Cause.WAKE)
    return replace(
        job,
        state=job_after(job.state, JobEvent.TASK_STARTED, job.path),
        all_tasks=job.all_tasks + 1,
        all_steps=job.all_steps + 1,
        times=times,
    )


def _launch(world: World, job: Job, task: Task, order: Order | None) -> Launch:
    return Launch(
        task.id,
        job.path,
        job.definition.script,
        environment(world, job.definition, task, order),
        task.log_file,
        f"{paths.bare(job.path)}:{task.id}",
        stderr_level=job.definition.stderr_log_level,
        priority=job.definition.priority,
        job_log=job_log_name(job.path) if job.definition.log_append else "",
        log_level=settings_of(world, job.definition).log_level or "info",
        begin=begin_message(world, job.definition, task) if task.server is not None else None,
    )
