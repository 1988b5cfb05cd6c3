"""What follows the end of a task: its record, its order, its job."""

from __future__ import annotations

from datetime import datetime

from scheduler import paths
from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.job.after_task import job_after_task, task_again
from scheduler.order.advance import advance, repeat, step_failed
from scheduler.order.finish import OVER, run_of
from scheduler.order.place import placed
from scheduler.order.rounds import following
from scheduler.records import Order, Record, Step, Task
from scheduler.task.lifecycle import TaskEvent
from scheduler.task.lifecycle import after as task_after
from scheduler.task.outcome import Outcome
from scheduler.world import World


def ended(world: World, task: Task, outcome: Outcome, first_line: str, now: datetime) -> Decision:
    "The task is over: by its process, because it could not start, or because the engine was interrupted."
    finished = replace(
        task,
        state=task_after(task.state, TaskEvent.END, task.id),
        ended_at=now,
        exit_code=outcome.exit_code,
        problem=outcome.problem,
        state_text=first_line,
        params=task.params if task.chain else task.params.merged(outcome.values),
    )
    order = _order_in(world, task)
    if order is None:
        decision = Decision([_without_order(finished)])
    else:
        moved = _after_step(world, order, finished, outcome, now)
        failed = step_failed(world, task, outcome)
        decision = Decision(order_goes_on(world, order, moved, finished, failed, now))
    decision.changes += job_after_task(world, finished, now)
    decision.changes += task_again(world, finished, now)
    return decision


def interrupted(world: World, task: Task, now: datetime) -> Decision:
    """The engine ended while the task ran: its step is closed as interrupted and begins again at the same node.

    The job is not blamed: it neither stops nor counts an error. An order that was to leave after the step leaves now.
    """
    problem = WorkloadError(Code.INTERRUPTED).problem
    finished = replace(task, state=task_after(task.state, TaskEvent.END, task.id), ended_at=now, problem=problem)
    order = _order_in(world, task)
    if order is None and task.order_key in world.orders:  # the store does not know that it was in the task
        finished = replace(finished, chain="", order_id="", node="", history_id=None, step=None)
    if order is None:
        return Decision([_without_order(finished)])
    return Decision(order_goes_on(world, order, repeat(world, order, now), finished, False, now))


def _order_in(world: World, task: Task) -> Order | None:
    order = world.orders.get(task.order_key) if task.order_key else None
    return order if order is not None and order.task_id == task.id else None


def _without_order(task: Task) -> Change:
    step = _step(task)
    return Change(Kind.TASK_ENDED, task.job, put=(task, step) if step else (task,), detail=_detail(task))


def _after_step(world: World, order: Order, task: Task, outcome: Outcome, now: datetime) -> Order:
    current = replace(
        order,
        params=order.params.merged(outcome.values),
        state_text=task.state_text or order.state_text,
        last_error=str(outcome.problem) if step_failed(world, task, outcome) else "",
    )
    job = world.jobs.get(task.job_key)
    return advance(world, current, job.definition, outcome, now) if job is not None else repeat(world, current, now)


def order_goes_on(
    world: World, order: Order, moved: Order, task: Task, failed: bool, now: datetime, lives_on: Task | None = None
) -> list[Change]:
    """The task gives the order back, as `moved`; one that was to leave then leaves, and its successor comes.

    `task` is as its step has ended; `lives_on` is its record when it goes on without the order.
    """
    over = moved.state in OVER
    goes_on = following(world, moved, now, failed) if over else moved
    left = order.removed or goes_on is None
    run = run_of(moved, now, ended=over or left, failed=over and failed)
    puts: list[Record] = [record for record in (lives_on or task, _step(task), run) if record is not None]
    if goes_on is not None and not left:
        puts.append(goes_on)
    inside = goes_on is not None and bool(goes_on.outer_chain) and goes_on.touched
    moves = left or (goes_on is not None and goes_on.key != order.key)
    change = Change(
        Kind.ORDER_ENDED if left or (over and not inside) else Kind.ORDER_STEP_ENDED,
        f"{order.chain},{order.id}",
        put=tuple(puts),
        drop=((Order, order.key),) if moves else (),
        detail=_detail(task) | {"node": order.node, "next": moved.node, "history": order.history_id},
    )
    if order.removed and order.successor is not None:
        return [change, placed(world, order.successor, now, accepted=True)]
    return [change]


def _step(task: Task) -> Step | None:
    if task.history_id is None or task.step is None or task.started_at is None:
        return None
    server = task.server
    if server is None:
        begun, log_begin = task.started_at, 0
    else:
        begun, log_begin = server.step_at or task.started_at, server.step_log
    return Step(
        task.history_id, task.step, task.id, task.node, begun, task.ended_at, task.exit_code, task.problem,
        log_begin=log_begin, log_end=server.log_end if server is not None and task.has_process else None,
    )  # fmt: skip


def _detail(task: Task) -> dict[str, object]:
    detail: dict[str, object] = {"task": task.id, "job": task.job, "exit_code": task.exit_code}
    if task.problem is not None:
        detail["error"] = task.problem.code
        detail["text"] = task.problem.text
    if task.order_id:
        detail["order"] = f"{paths.bare(task.chain)},{task.order_id}"
    return detail
