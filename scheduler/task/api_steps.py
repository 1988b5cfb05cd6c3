"""Results of task servers, as many as have come together.

Most say no more than that the step was successful, and perhaps what it has set in the parameters of its order. Those
are decided together, with one record of the task; what says more is decided by itself (`api_result`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from scheduler import paths
from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.order.advance import advance
from scheduler.order.finish import OVER, run_of
from scheduler.order.rounds import following
from scheduler.records import Job, Order, OrderKey, Record, Step, Task, TaskState
from scheduler.task.api_ahead import next_step, stored, window_after
from scheduler.task.api_calls import NO_ORDER, changed, order_in, resting, server_of
from scheduler.task.api_fields import call_limit
from scheduler.task.api_order import Result, with_changes
from scheduler.task.api_result import call_returned, must_end
from scheduler.task.api_state import Phase
from scheduler.task.limits import has_limits
from scheduler.task.outcome import Outcome
from scheduler.world import World

#: what a result may say that is decided together with others, and what it may set in its order
_PLAIN = frozenset({"type", "call", "ok", "returned", "log_end", "seconds", "order"})
_PLAIN_CHANGES = frozenset({"params", "title", "state_text"})
_GOOD = Outcome(0, None)


def steps_returned(world: World, task_id: int, results: Sequence[Result], now: datetime) -> Iterator[Decision]:
    "What follows the results, in their order; each decision must be applied before the next is asked for."
    at = 0
    while at < len(results):
        task = world.tasks.get(task_id)
        if task is None or not task.has_process:
            return
        count = _together(world, task, results, at)
        if count:
            yield _good_steps(world, task, results[at : at + count], now)
        else:
            yield from call_returned(world, task, results[at], now)
        at += max(1, count)


# -- what is decided together


def _together(world: World, task: Task, results: Sequence[Result], at: int) -> int:
    "So many of the results from that one on."
    server, job = task.server, world.jobs.get(task.job_key)
    if server is None or job is None or server.phase is not Phase.PROCESS or order_in(world, task) is None:
        return 0
    if task.state is not TaskState.RUNNING or must_end(world, job, task) or server.held or has_limits(job.definition):
        return 0
    keys = _keys(task)
    count = 0
    while count < len(keys) and at + count < len(results) and _is_good(results[at + count]):
        if not _goes_straight(world, world.orders[keys[count]]):
            break
        count += 1
    return count


def _keys(task: Task) -> tuple[OrderKey, ...]:
    "The orders whose results are expected, in their sequence."
    first = task.order_key
    return (first, *server_of(task).ahead) if first is not None else ()


def _is_good(result: Result) -> bool:
    if result.get("call") != "process" or result.get("returned") is not True or not result.keys() <= _PLAIN:
        return False
    changes = result.get("order")
    return not changes or changes.keys() <= _PLAIN_CHANGES


def _goes_straight(world: World, order: Order) -> bool:
    "Whether a successful step does nothing but bring the order on, so that what becomes of others is another matter."
    if order.removed or order.outer_chain:
        return False
    node = world.nodes.get(order.node_key)
    return node is not None and not node.definition.return_codes


# -- the decision


def _good_steps(world: World, task: Task, results: Sequence[Result], now: datetime) -> Decision:
    server, job = server_of(task), world.jobs[task.job_key]
    changes: list[Change] = []
    begun, log, params = server.step_at or now, server.step_log, server.last_params
    for key, result, ended in zip(_keys(task), results, _ends(results, now), strict=False):
        order, changed_by_script = world.orders[key], result.get("order")
        ended, log_end = max(begun, ended), result.get("log_end") or log
        assert order.history_id is not None  # noqa: S101  (its round has begun)
        step = Step(
            order.history_id, order.steps, task.id, order.node, begun, ended, 0, log_begin=log, log_end=log_end
        )  # fmt: skip
        if changed_by_script:
            order = with_changes(world, order, changed_by_script)
        if order.last_error:
            order = replace(order, last_error="")
        moved = advance(world, order, job.definition, _GOOD, now)
        changes.append(_goes_on(world, task, order, moved, step, ended, now))
        begun, log, params = ended, log_end, moved.params
    spent = server.spent + sum([result.get("seconds", 0.0) for result in results])
    noted = {"log_end": log, "last_params": params, "done": server.done + len(results), "spent": spent}
    after = _task_after(world, job, changed(task, noted, {}), len(results), begun, now)
    changes[-1] = replace(changes[-1], put=(*changes[-1].put, stored(after)), keep=(after,))
    return Decision(changes)


def _ends(results: Sequence[Result], now: datetime) -> list[datetime]:
    "The last has ended just now, and each before it when the next began."
    ends = [now]
    for result in reversed(results[1:]):
        ends.append(ends[-1] - timedelta(seconds=result.get("seconds", 0.0)))
    return ends[::-1]


def _goes_on(
    world: World, task: Task, order: Order, moved: Order, step: Step, ended: datetime, now: datetime
) -> Change:
    "As `task.ended.order_goes_on` for a step of this kind. `order` is as the script has left it."
    over = moved.state in OVER
    goes_on = following(world, moved, now) if over else moved
    run = run_of(moved, ended, ended=over)
    puts: list[Record] = [record for record in (step, run, goes_on) if record is not None]
    return Change(
        Kind.ORDER_ENDED if over else Kind.ORDER_STEP_ENDED,
        f"{order.chain},{order.id}",
        put=tuple(puts),
        drop=((Order, order.key),) if goes_on is None or goes_on.key != order.key else (),
        detail={
            "task": task.id, "job": task.job, "exit_code": 0, "order": f"{paths.bare(order.chain)},{order.id}",
            "node": order.node, "next": moved.node, "history": order.history_id,
        },
    )  # fmt: skip


def _task_after(world: World, job: Job, task: Task, count: int, ended: datetime, now: datetime) -> Task:
    "After so many steps: at the next one, or idle."
    server = server_of(task)
    if count <= len(server.ahead):
        following, of_order = next_step(world, task, now, count)
        at_work = {**following, "step_at": ended, "look_at": call_limit(job.definition, now, now)}
        return changed(task, at_work, of_order)
    left = {"number": server.number + count - 1, "ahead": (), "step_at": None, "patience_until": None}
    left["window"] = window_after(server)
    return resting(world, job, task, 0, now, left, {**NO_ORDER, "steps": task.steps + count - 1})
