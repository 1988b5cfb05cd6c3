"""What commands change in an order, in the fixed sequence of the classic engine.

reset, params, priority, state, end_state, at, setback, suspended, title. Every function takes an order and gives the
order as it is afterwards; only `modified` makes the change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.order.arrive import arrive, at_beginning, begin_again
from scheduler.order.finish import OVER, new_round, next_round, run_of
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.order.place import node_of
from scheduler.records import Order, OrderOrigin, OrderState, Record
from scheduler.times import parse_at
from scheduler.world import World


@dataclass(frozen=True, slots=True)
class Wish:
    "What is to be changed; None: not mentioned."

    reset: bool = False
    params: Mapping[str, str] | None = None
    priority: int | None = None
    state: str | None = None
    end_state: str | None = None
    at: str | None = None
    end_setback: bool = False
    suspended: bool | None = None
    title: str | None = None


def modified(world: World, order: Order, wish: Wish, now: datetime) -> Change:
    """The change that fulfils the wish. Raises ORDER_IN_TASK, UNKNOWN_STATE, BAD_TIME, WRONG_STATE."""
    current = order
    if wish.reset:
        current = reset(world, not_in_task(current), now)
    if wish.params:
        current = replace(current, params=current.params.merged(wish.params))
    if wish.priority is not None:
        current = replace(current, priority=wish.priority)
    if wish.state is not None:
        current = moved(world, not_in_task(current), wish.state, now)
    if wish.end_state is not None:
        current = ending_at(world, current, wish.end_state)
    if wish.at is not None:
        current = starting_at(world, not_in_task(current), wish.at, now)
    if wish.end_setback:
        current = released(not_in_task(current), now)
    if wish.suspended is not None:
        current = suspended(current) if wish.suspended else resumed(current)
    if wish.title is not None:
        current = replace(current, title=wish.title)
    return _change(world, order, current, wish, now)


def passed_on(world: World, order: Order, state: str, now: datetime) -> Change:
    "The order leaves a skipped node for `state`; one that waits for its start time, or for none, goes on waiting."
    current = arrive(world, order, state, OrderEvent.MOVE, now)
    waits = order.state is not OrderState.SETBACK and (order.start_at is None or order.start_at > now)
    if waits and current.state not in OVER:
        current = replace(current, start_at=order.start_at)
    return _change(world, order, current, Wish(), now)


def _change(world: World, before: Order, order: Order, wish: Wish, now: datetime) -> Change:
    target = f"{order.chain},{order.id}"
    over = order.state in OVER and before.state not in OVER
    left = order.state is OrderState.ENDED and next_round(order) is None
    puts: list[Record] = []
    shown = order if order.history_id is not None or before.history_id is None else replace(before, node=order.node)
    run = run_of(shown, now, ended=over or left or order.history_id is None)
    if run is not None and (over or left or shown is not order or order.title != before.title):
        puts.append(run)
    if left:
        dropped = ((Order, order.key),)
        return Change(Kind.ORDER_ENDED, target, put=tuple(puts), drop=dropped, detail={"node": order.node})
    puts.append((begin_again(world, order) or order) if order.state in OVER else order)
    return Change(_kind(before, order, wish), target, put=tuple(puts), detail={"node": order.node})


def _kind(before: Order, order: Order, wish: Wish) -> Kind:
    if order.state is OrderState.BLACKLISTED:
        return Kind.ORDER_BLACKLISTED
    if wish.reset:
        return Kind.ORDER_RESET
    if before.state is not order.state and wish.suspended is not None:
        return Kind.ORDER_SUSPENDED if wish.suspended else Kind.ORDER_RESUMED
    return Kind.ORDER_CHANGED


def not_in_task(order: Order) -> Order:
    "Raises ORDER_IN_TASK."
    if order.task_id is not None:
        raise WorkloadError(Code.ORDER_IN_TASK, order=order.id, task=order.task_id)
    return order


def reset(world: World, order: Order, now: datetime) -> Order:
    """Back to the initial node, untouched, neither suspended nor set back. An order that would wait for its run time
    waits; any other ad hoc order starts again at once, a permanent one waits for its next start."""
    after(order.state, OrderEvent.RESET, order.id)
    waits = order.origin is OrderOrigin.PERMANENT or order.has_run_time
    return replace(at_beginning(world, new_round(order)), start_at=None if waits else now)


def moved(world: World, order: Order, state: str, now: datetime) -> Order:
    "At another node, due at once; an end node ends the round."
    chain = world.chain(order.chain)
    if chain is None:
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind="Job_chain", path=order.chain)
    node_of(world, chain, state)
    start = order.start_at
    arrived = arrive(world, order, state, OrderEvent.MOVE, now)
    if arrived.state in OVER:
        return arrived
    keeps = start is not None and start > now and order.state is OrderState.WAITING
    return replace(arrived, start_at=start) if keeps else arrived


def ending_at(world: World, order: Order, state: str) -> Order:
    "Another end node for this round only; empty: none."
    if state:
        chain = world.chain(order.chain)
        if chain is not None:
            node_of(world, chain, state)
    original = order.end_node if order.original_end_node is None else order.original_end_node
    return replace(order, end_node=state, original_end_node=original)


def starting_at(world: World, order: Order, at: str, now: datetime) -> Order:
    "The wished start; ends the waiting after a setback and its count."
    start = parse_at(at, now, ZoneInfo(world.identity.time_zone))
    return replace(
        order, start_at=start, state=after(order.state, OrderEvent.RELEASE, order.id), setback_count=0
    )


def released(order: Order, now: datetime) -> Order:
    "A set-back order need not wait any longer; it keeps its count."
    state = after(order.state, OrderEvent.RELEASE, order.id)
    return replace(order, state=state, start_at=now if order.state is OrderState.SETBACK else order.start_at)


def suspended(order: Order) -> Order:
    return replace(order, state=after(order.state, OrderEvent.SUSPEND, order.id))


def resumed(order: Order) -> Order:
    """Resuming does not alter the start time; an order on the blacklist has its end now."""
    return replace(order, state=after(order.state, OrderEvent.RESUME, order.id))


def removed(order: Order, now: datetime) -> Change:
    "The order leaves its chain: at once, or when its running step has ended."
    target = f"{order.chain},{order.id}"
    if order.task_id is not None:
        return Change(Kind.ORDER_CHANGED, target, put=(replace(order, removed=True, successor=None),))
    run = run_of(order, now, ended=True)
    puts = (run,) if run is not None and order.state not in OVER else ()
    return Change(Kind.ORDER_REMOVED, target, put=puts, drop=((Order, order.key),), detail={"node": order.node})
