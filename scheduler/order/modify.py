"""What commands change in an order, in the fixed sequence of the classic engine.

reset, run_time, params, xml_payload, priority, state, end_state, at, setback, suspended, title. Every function takes an
order and gives the order as it is afterwards; only `modified` makes the change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.order.arrive import arrive
from scheduler.order.causes import by_command
from scheduler.order.finish import OVER, finish, run_of
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.order.nested import entrance, inside, outside
from scheduler.order.place import node_of
from scheduler.order.rounds import at_beginning, following, new_round
from scheduler.order.times import first, key_in_plan
from scheduler.params import NONE
from scheduler.records import JobChain, NodeKey, Order, OrderOrigin, OrderState, Record, RunCause
from scheduler.run_time.model import RunTime
from scheduler.times import parse_at
from scheduler.world import World


@dataclass(frozen=True, slots=True)
class Wish:
    "What is to be changed; None: not mentioned."

    reset: bool = False
    #: with its source text
    run_time: tuple[RunTime, str] | None = None
    params: Mapping[str, str] | None = None
    xml_payload: str | None = None
    priority: int | None = None
    state: str | None = None
    end_state: str | None = None
    at: str | None = None
    end_setback: bool = False
    suspended: bool | None = None
    title: str | None = None
    #: who wants it, as far as the client has said it; and which client that is
    author: str = ""
    client: str = ""


def modified(world: World, order: Order, wish: Wish, now: datetime) -> Change:
    """The change that fulfils the wish. Raises ORDER_IN_TASK, UNKNOWN_STATE, BAD_TIME, WRONG_STATE."""
    current = order
    if wish.reset:
        current = reset(world, not_in_task(current), now)
    if wish.run_time is not None:
        current = with_run_time(world, current, *wish.run_time, now)
    if wish.params:
        given = (current.params_given or NONE).merged(wish.params)
        current = replace(current, params=current.params.merged(wish.params), params_given=given)
    if wish.xml_payload is not None:
        current = replace(current, xml_payload=wish.xml_payload)
    if wish.priority is not None:
        current = replace(current, priority=wish.priority)
    if wish.state is not None:
        # who sends it elsewhere has dealt with its error: that does not bring it to an end any more
        current = replace(moved(world, not_in_task(current), wish.state, now), last_error="")
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
    return _change(world, order, _caused(order, current, wish), wish, now)


def _caused(before: Order, order: Order, wish: Wish) -> Order:
    "The order with what its next round will begin by, when the wish is that."
    if order.touched:
        return order
    again = wish.reset and order.run_time is None and order.start_at is not None
    at_once = wish.state is not None and order.start_at != before.start_at
    if wish.at is not None or at_once or again:
        return replace(order, cause=by_command(wish.author), actor=wish.author, client=wish.client)
    return order


def passed_on(world: World, order: Order, state: str, now: datetime) -> Change:
    "The order leaves a skipped node for `state`; one that waits for its start time, or for none, goes on waiting."
    current = arrive(world, order, state, OrderEvent.MOVE, now)
    waits = order.state is not OrderState.SETBACK and (order.start_at is None or order.start_at > now)
    return _change(world, order, current, Wish(), now, waits)


def brought_in(world: World, order: Order) -> Change:
    "An order that could not go into any nested chain can now."
    fresh = at_beginning(world, order)
    return Change(Kind.ORDER_CHANGED, f"{order.chain},{order.id}", put=(fresh,), drop=((Order, order.key),))


def _change(
    world: World, before: Order, order: Order, wish: Wish, now: datetime, keeps_start: bool = False
) -> Change:
    "With `keeps_start` the order goes on waiting for the start that it had, unless its next round begins."
    target = f"{order.chain},{order.id}"
    over = order.state in OVER and before.state not in OVER
    goes_on = following(world, order, now) if order.state in OVER else order
    if keeps_start and goes_on is not None and goes_on.state not in OVER and goes_on.touched is before.touched:
        goes_on = replace(goes_on, start_at=before.start_at)
    puts: list[Record] = []
    shown = order if order.history_id is not None or before.history_id is None else replace(before, node=order.node)
    ends = over or goes_on is None or order.history_id is None
    run = run_of(shown, now, ended=ends)
    if run is not None and (over or goes_on is None or shown is not order or order.title != before.title):
        puts.append(run)
    if goes_on is None:
        dropped = ((Order, before.key),)
        detail = {"node": order.node, "history": before.history_id}
        return Change(Kind.ORDER_ENDED, target, put=tuple(puts), drop=dropped, detail=detail)
    drops = ((Order, before.key),) if goes_on.key != before.key else ()
    kind = _kind(before, order, wish)
    return Change(kind, target, put=(*puts, goes_on), drop=drops, detail={"node": order.node})


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
    """Back to the initial node, untouched, neither suspended nor set back. An order with a run time starts when that
    says so (in an interval with `repeat`: at once); any other permanent order waits for a command, an ad hoc one starts
    again."""
    after(order.state, OrderEvent.RESET, order.id)
    _chain_of(world, order.home)
    if order.run_time is not None:
        start = first(world, order.run_time, now, key_in_plan(order))
    else:
        start = None if order.origin is OrderOrigin.PERMANENT else now
    return replace(at_beginning(world, new_round(world, order)), start_at=start)


def with_run_time(world: World, order: Order, run_time: RunTime, source: str, now: datetime) -> Order:
    "Another run time; when the round has begun it counts from the next one on."
    changed = replace(order, run_time=run_time, has_run_time=True, run_time_source=source)
    if order.touched:
        return changed
    start_at = first(world, run_time, now, key_in_plan(order))
    return replace(changed, start_at=start_at, start_given=False, cause=RunCause.NONE, actor="", client="")


def _chain_of(world: World, path: str) -> JobChain:
    chain = world.chain(path)
    if chain is None:
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind="Job_chain", path=path)
    return chain


def moved(world: World, order: Order, state: str, now: datetime) -> Order:
    "At another node, due at once; an end node ends the round. Of a nested order: also a node of the chain around."
    chain = _chain_of(world, order.chain)
    if order.outer_chain and NodeKey(chain.key, state) not in world.nodes:
        return _moved_outside(world, order, _chain_of(world, order.outer_chain), state, now)
    if chain.definition.is_superordinate:
        return _moved_outside(world, order, chain, state, now)
    node_of(world, chain, state)
    start = order.start_at
    arrived = arrive(world, order, state, OrderEvent.MOVE, now)
    if arrived.state in OVER:
        return arrived
    keeps = start is not None and start > now and order.state is OrderState.WAITING
    return replace(arrived, start_at=start) if keeps else arrived


def _moved_outside(world: World, order: Order, outer: JobChain, state: str, now: datetime) -> Order:
    "Into the nested chain at a node of the superordinate one."
    node_of(world, outer, state)
    where = entrance(world, outer, order.outer_node, state, order.end_node)
    begun = replace(order, state=after(order.state, OrderEvent.MOVE, order.id), start_at=now, setback_count=0)
    if where.chain is not None:
        return inside(begun, outer, where)
    return finish(replace(outside(begun, outer.path, where.outer_node), state=begun.state), now)


def ending_at(world: World, order: Order, state: str) -> Order:
    "Another end node for this round only; empty: none. In a nested chain it is one of the superordinate chain."
    if state:
        chain = world.chain(order.home)
        if chain is not None:
            node_of(world, chain, state)
    original = order.end_node if order.original_end_node is None else order.original_end_node
    return replace(order, end_node=state, original_end_node=original)


def starting_at(world: World, order: Order, at: str, now: datetime) -> Order:
    "The wished start; ends the waiting after a setback and its count."
    start = parse_at(at, now, ZoneInfo(world.identity.time_zone))
    return replace(
        order,
        start_at=start,
        start_given=not order.touched,
        state=after(order.state, OrderEvent.RELEASE, order.id),
        setback_count=0,
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
