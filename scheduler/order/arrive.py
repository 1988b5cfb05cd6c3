"""An order comes to a node: skipped nodes are passed over, a node may suspend or delay, an end node ends the round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.order.finish import finish, next_round
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.records import NodeAction, NodeKey, Order
from scheduler.world import World


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a move leads. `end`: the round ends there. `state` is the node that the order shows from then on."""

    state: str
    end: bool


def destination(world: World, order: Order, state: str) -> Destination:
    """Where an order that is sent to `state` really goes.

    Skipped nodes lead on along `next_state`. When the order's `end_state` is skipped the round ends at the
    node before it. A state without node ends the round. Raises SKIP_CIRCLE.
    """
    seen: set[str] = set()
    before = order.node
    while True:
        node = world.nodes.get(NodeKey(order.chain.lower(), state))
        if node is None or node.definition.is_end:
            return Destination(state, end=True)
        if node.action is not NodeAction.NEXT_STATE:
            return Destination(state, end=False)
        if state == order.end_node:
            return Destination(before, end=True)
        if state in seen:
            raise WorkloadError(Code.SKIP_CIRCLE, state=state, chain=order.chain)
        seen.add(state)
        before, state = state, node.definition.next_state


def arrive(world: World, order: Order, state: str, event: OrderEvent, now: datetime) -> Order:
    """The order as it stands after it was sent to `state` by `event` (RETURN after a step, MOVE by command).

    It may have ended there: then its state is ENDED or BLACKLISTED, or it rests at its initial node.
    """
    goal = destination(world, order, state)
    moved = replace(order, node=goal.state, setback_count=0)
    if goal.end:
        return finish(moved)
    definition = world.nodes[moved.node_key].definition
    if definition.suspend and event is OrderEvent.RETURN:
        event = OrderEvent.HOLD
    new_state = after(order.state, event, order.id)
    start_at = now + timedelta(seconds=definition.delay) if definition.delay else now
    return replace(moved, state=new_state, start_at=start_at, task_id=None)


def at_beginning(world: World, order: Order) -> Order:
    """An order whose round has not begun, where the round will begin: skipped nodes are passed over.

    When they lead to an end it waits at its initial node until a node works again (`chain.skip.stranded`).
    """
    goal = destination(world, replace(order, node=""), order.initial_node)
    return replace(order, node=order.initial_node if goal.end else goal.state)


def begin_again(world: World, order: Order) -> Order | None:
    "As `next_round`, at the node where the round will really begin."
    fresh = next_round(order)
    return None if fresh is None else at_beginning(world, fresh)
