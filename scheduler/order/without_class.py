"""The process class that a job chain gives to its jobs is missing: no task can be had for its orders, they fail."""

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.order.arrive import arrive
from scheduler.order.causes import with_cause
from scheduler.order.finish import OVER, finish, run_of
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.order.rounds import following
from scheduler.records import Counter, Job, Order, OrderState, Record
from scheduler.task.resources import class_key_of
from scheduler.world import World


def missing_class(world: World, job: Job, order: Order) -> str:
    "The path of the class that the order's chain names, and that does not exist; empty: nothing is missing."
    if job.definition.process_class:
        return ""
    key = class_key_of(world, job, order)
    return key if key and key not in world.process_classes else ""


def failed_without_class(world: World, order: Order, path: str, now: datetime) -> Decision:
    "The order goes to the error state of its node, and on from there as long as the class is missing there, too."
    problem = WorkloadError(Code.UNKNOWN_OBJECT, kind="Process_class", path=path)
    puts: list[Record] = []
    history_id = order.history_id
    if history_id is None:
        number = world.number(Counter.HISTORY)
        puts.append(number)
        history_id = number.value
        order = replace(with_cause(order), params_at_start=order.params)
    taken = replace(
        order, touched=True, history_id=history_id, started_at=order.started_at or now, last_error=str(problem)
    )
    moved = _to_error_state(world, taken, now)
    over = moved.state in OVER
    goes_on = following(world, moved, now, failed=True) if over else moved
    run = run_of(moved, now, ended=over, failed=over)
    puts += [record for record in (run, goes_on) if record is not None]
    left = goes_on is None or goes_on.key != order.key
    change = Change(
        Kind.ORDER_ENDED if over else Kind.ORDER_CHANGED,
        f"{order.chain},{order.id}",
        put=tuple(puts),
        drop=((Order, order.key),) if left else (),
        detail={
            "node": order.node, "next": moved.node, "error": problem.code.code, "text": problem.text,
            "history": history_id,
        },
    )
    return Decision([change])


def _to_error_state(world: World, order: Order, now: datetime) -> Order:
    "Error states may lead round in a circle; then the round ends with an empty state."
    seen: set[str] = set()
    while True:
        seen.add(order.node)
        taken = replace(order, state=after(order.state, OrderEvent.TAKE, order.id))
        error_state = world.nodes[order.node_key].definition.error_state
        order = arrive(world, taken, error_state, OrderEvent.RETURN, now)
        if order.state is not OrderState.WAITING or order.start_at is None or order.start_at > now:
            return order
        job = world.job(world.nodes[order.node_key].definition.job)
        if job is None or not missing_class(world, job, order):
            return order
        if order.node in seen:
            return finish(replace(order, node=""), now)
