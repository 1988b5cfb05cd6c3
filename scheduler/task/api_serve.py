"""What task servers that rest do next: take an order, go on after a delay or with their locks, or end.

Asked by `settle` for each candidate job before a new task is thought of, because this costs no process.
"""

from __future__ import annotations

from datetime import datetime

from scheduler import paths
from scheduler.actions import LogLine
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import HERE
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.directory.sources import next_file
from scheduler.errors import Code, WorkloadError
from scheduler.job.demand import due_task
from scheduler.job.lifecycle import MAY_START
from scheduler.job.requisites import missing
from scheduler.job.times import in_period
from scheduler.order.due import due_order
from scheduler.order.finish import run_of
from scheduler.records import Cause, FileKey, Job, Order, Step, Task
from scheduler.task.api_ahead import FRESH, next_ahead, numbered, taken_ahead
from scheduler.task.api_calls import called, end_call, only_kept, order_in, resting, server_of, step_call, with_server
from scheduler.task.api_fields import Fields, order_fields, takes_orders
from scheduler.task.api_result import give_back, must_end
from scheduler.task.api_state import Phase
from scheduler.task.resources import class_key_of, could_hold
from scheduler.task.start import taken_order
from scheduler.world import World

#: tasks that have such a cause do not end with the period, and neither do those of a period with `let_run`
LET_RUN = frozenset({Cause.QUEUE, Cause.QUEUE_AT, Cause.WAKE, Cause.PERIOD_SINGLE})


def serve(world: World, job: Job, now: datetime) -> Decision | None:
    "The next thing for a resting task server of the job; None: they rest on."
    for task in world.resting_of(job.key):
        decision = _end_of_resting(world, job, task, now)
        if decision is None and not server_of(task).suspended:
            decision = _next(world, job, task, now)
        if decision is not None:
            return decision
    return None


def make_room(world: World, class_key: str, shared: bool, now: datetime) -> Decision | None:
    """A process of the class is wanted by another job or task: an idle task of the class ends, unless one does already;
    at another member only for what is `shared`, and so may run there."""
    for task in world.live_tasks():
        ending = task.server is not None and (task.server.phase is Phase.END or task.server.end_wanted)
        if ending and task.process_class == class_key:
            return None
    for task in world.idle_tasks:
        job = world.jobs.get(task.job_key)
        if job is not None and task.process_class == class_key and (shared or world.crew.is_here(task.member_run)):
            return _ending(world, job, task, now, Code.MAKES_ROOM)
    return None


def period_is_over(job: Job, task: Task, now: datetime) -> bool:
    "Whether the task is to end because the period has ended, and no other one adjoins it."
    if job.times is None or task.cause in LET_RUN:
        return False
    interval = job.times.interval
    if interval is not None and (interval.let_run or interval.begin <= now):
        return False
    return not in_period(job, now)


# -- ends


def _end_of_resting(world: World, job: Job, task: Task, now: datetime) -> Decision | None:
    if must_end(world, job, task) or job.state not in MAY_START or FileKey("job", job.key) in world.pending_files:
        return _ending(world, job, task, now)
    if missing(world, job.definition):
        return _ending(world, job, task, now)
    if period_is_over(job, task, now):
        return _ending(world, job, task, now, Code.PERIOD_OVER)
    return None


def _ending(world: World, job: Job, task: Task, now: datetime, code: Code | None = None) -> Decision:
    "`code` says why, when it is not that somebody has asked for it."
    if order_in(world, task) is not None:
        decision = next(give_back(world, job, task, now))
    else:
        ending, call = end_call(world, job, task, now)
        decision = Decision([only_kept(ending)], [call])
    if code is not None:
        problem = WorkloadError(code).problem
        text = f"Task {paths.bare(task.job)}:{task.id}: {problem}"
        decision.actions.append(LogLine("info", text, {"task": task.id, "job": task.job}))
    return decision


# -- what goes on


def _next(world: World, job: Job, task: Task, now: datetime) -> Decision | None:
    server = server_of(task)
    if server.phase is Phase.LOCKS:
        return _with_locks(world, job, task, now)
    if server.phase is Phase.DELAYED:
        return _after_delay(world, job, task, now) if server.look_at is None or server.look_at <= now else None
    return _take_next(world, job, task, now)


def _with_locks(world: World, job: Job, task: Task, now: datetime) -> Decision | None:
    "The same call once more, when all locks that it asked for could be had."
    server = server_of(task)
    if not all(could_hold(world, task, lock, alone) for lock, alone in server.wanted):
        return None
    if server.again in (Phase.PROCESS, Phase.BEFORE):
        return step_call(world, job, task, server.again, now)
    begun, call = called(world, job, task, server.again, now)
    return Decision([only_kept(begun)], [call])


def _after_delay(world: World, job: Job, task: Task, now: datetime) -> Decision:
    if takes_orders(world, job.definition):
        return Decision([only_kept(resting(world, job, task, 0, now))])
    stepping = replace(with_server(task, worked=True), steps=task.steps + 1)
    return step_call(world, job, stepping, Phase.PROCESS, now)


def _take_next(world: World, job: Job, task: Task, now: datetime) -> Decision | None:
    elsewhere = not world.crew.is_here(task.member_run)
    full = world.crew.tasks_at(HERE if not elsewhere else task.member_run, job.key) >= job.definition.tasks
    order, added = _next_order(world, job, elsewhere, now)
    if order is not None:
        if class_key_of(world, job, order) == task.process_class:
            taken = _take(world, job, task, order, now)
            taken.changes[:0] = added
            return taken
        return _ending(world, job, task, now, Code.MAKES_ROOM) if full else None
    full = full and not elsewhere  # queued tasks are run by this member
    if full and due_task(world, job, now, in_period(job, now)) is not None:
        return _ending(world, job, task, now, Code.MAKES_ROOM)
    look_at = server_of(task).look_at
    if look_at is None or look_at > now:
        return None
    if job.definition.force_idle_timeout or world.running_count(job.key) > job.definition.min_tasks:
        return _ending(world, job, task, now)
    return Decision([only_kept(resting(world, job, task, 0, now))])


def _next_order(world: World, job: Job, shared: bool, now: datetime) -> tuple[Order | None, list[Change]]:
    "The order for an idle task, and for a file the change that makes it one. `shared`: of distributed chains."
    if not in_period(job, now):
        return None, []
    order = due_order(world, job, shared)
    if order is not None:
        return order, []
    file = next_file(world, job, now, shared)
    return (file[0], [file[1]]) if file is not None else (None, [])


def _take(world: World, job: Job, task: Task, order: Order, now: datetime) -> Decision:
    "The idle task takes the order, and perhaps others that follow it: steps without a new process."
    orders = next_ahead(world, job, task, order)
    taken, puts = taken_order(world, order, task.id, now)
    assert taken.history_id is not None  # noqa: S101  (it was just set)
    server = server_of(task)
    begun = {"worked": True, "step_at": now, "step_log": server.log_end, **numbered(server, orders, now)}
    of_order = {
        "chain": order.chain, "order_id": order.id, "node": order.node, "history_id": taken.history_id,
        "step": taken.steps, "steps": task.steps + 1,
    }  # fmt: skip
    fields: Fields = {"order": order_fields(world, taken)}
    others, ahead = taken_ahead(world, job, task, taken, orders, now)
    if others:
        ahead_fields = [order_fields(world, each) for each in others]
        fields |= {"ahead": ahead_fields, "number": begun["number"], "within": FRESH}
    stepping, call = called(world, job, task, Phase.PROCESS, now, fields, begun, of_order)
    step = Step(taken.history_id, taken.steps, task.id, order.node, now, log_begin=server.log_end)
    run = run_of(taken, now) if puts else None  # else the end of the last step has left it as it is now
    change = Change(
        Kind.ORDER_TAKEN,
        f"{order.chain},{order.id}",
        put=(*puts, taken, stepping, *((run,) if run is not None else ()), step),
        keep=(replace(job, all_steps=job.all_steps + 1 + len(ahead)),),
        detail={"task": task.id, "job": job.path, "node": order.node, "step": taken.steps},
    )
    return Decision([change, *ahead], [call])
