"""A new order enters its chain."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.changes import Change, Kind
from scheduler.definitions import OrderDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.order.causes import cause_of_new
from scheduler.order.finish import run_of
from scheduler.order.nested import in_space
from scheduler.order.rounds import at_beginning, can_begin
from scheduler.order.times import first
from scheduler.plan.override import plan_key
from scheduler.records import (
    Counter,
    JobChain,
    Node,
    NodeKey,
    Order,
    OrderOrigin,
    OrderState,
    Record,
    Run,
)
from scheduler.times import parse_at
from scheduler.world import World

MAX_ID_LENGTH = 250


def new_order(
    world: World,
    definition: OrderDefinition,
    now: datetime,
    origin: OrderOrigin = OrderOrigin.AD_HOC,
    written_at: datetime | None = None,
    accepted: bool = False,
) -> tuple[Order, list[Record]]:
    """The order as it will stand in its chain, and the numbers that it used up.

    Raises UNKNOWN_OBJECT, CHAIN_NOT_READY, UNKNOWN_STATE, ORDER_AT_END, ID_TOO_LONG, BAD_TIME. `accepted`: the order
    was promised a place, so one whose nodes are all skipped by now waits at its first node instead of being refused.
    """
    chain = world.chain(definition.chain)
    if chain is None:
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind="Job_chain", path=definition.chain)
    if len(definition.id) > MAX_ID_LENGTH:
        raise WorkloadError(Code.ID_TOO_LONG, length=len(definition.id), limit=MAX_ID_LENGTH)
    numbers: list[Record] = []
    order_id = definition.id
    if not order_id:
        number = _free_number(world, chain.key)
        numbers.append(number)
        order_id = str(number.value)
    ordering = world.number(Counter.ORDERING)
    numbers.append(ordering)
    state = _entry_state(world, chain, definition)
    order = Order(
        chain.path, order_id, state, state, now, ordering.value,
        state=OrderState.SUSPENDED if definition.suspended else OrderState.WAITING,
        origin=origin,
        start_at=_start(world, definition, now),
        priority=definition.priority,
        title=definition.title,
        end_node=definition.end_state,
        params=definition.params,
        has_run_time=definition.run_time is not None,
        run_time=definition.run_time,
        run_time_source=definition.run_time_source,
        xml_payload=definition.xml_payload,
        file_written_at=written_at,
        cause=cause_of_new(definition, origin),
        actor=definition.author,
        client=definition.client,
    )  # fmt: skip
    if not accepted and not can_begin(world, order):
        raise WorkloadError(Code.ORDER_AT_END, state=state, chain=chain.path)
    return at_beginning(world, order), numbers


def placed(world: World, definition: OrderDefinition, now: datetime, accepted: bool = False) -> Change:
    "The change that puts a new ad hoc order into its chain; see `new_order`."
    order, numbers = new_order(world, definition, now, accepted=accepted)
    return Change(Kind.ORDER_ADDED, f"{order.chain},{order.id}", put=(*numbers, order), detail={"node": order.node})


def placed_anew(world: World, definition: OrderDefinition, now: datetime) -> Change:
    "As `placed`, for an id that must be free in all connected chains. Raises DUPLICATE_ORDER, too."
    chain = world.chain(definition.chain)
    if chain is not None and definition.id and in_space(world, chain.key, definition.id) is not None:
        raise WorkloadError(Code.DUPLICATE_ORDER, order=definition.id, chain=chain.path)
    return placed(world, definition, now)


def closed_run(order: Order, now: datetime) -> tuple[Run, ...]:
    "The history row of an order that leaves before its end, if its round has begun."
    run = run_of(order, now, ended=True)
    return (run,) if run is not None else ()


def node_of(world: World, chain: JobChain, state: str) -> Node:
    "Raises UNKNOWN_STATE."
    node = world.nodes.get(NodeKey(chain.key, state))
    if node is None:
        raise WorkloadError(Code.UNKNOWN_STATE, state=state, chain=chain.path)
    return node


def _entry_state(world: World, chain: JobChain, definition: OrderDefinition) -> str:
    if definition.end_state:
        node_of(world, chain, definition.end_state)
    if not definition.state:
        return chain.definition.nodes[0].state
    return node_of(world, chain, definition.state).state


def _start(world: World, definition: OrderDefinition, now: datetime) -> datetime | None:
    "The instant from which the order may be taken: `at`, or what its run time says, or now."
    if definition.at:
        return parse_at(definition.at, now, ZoneInfo(world.identity.time_zone))
    if definition.run_time is None:
        return now
    return first(world, definition.run_time, now, plan_key("order", f"{definition.chain},{definition.id}"))


def _free_number(world: World, chain_key: str) -> Counter:
    "The next number that no order of the chain, or of one that is connected with it, has as its id."
    value = world.counters.get(Counter.ORDER, 0) + 1
    while in_space(world, chain_key, str(value)) is not None:
        value += 1
    return Counter(Counter.ORDER, value)
