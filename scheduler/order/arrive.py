"""An order comes to a node: skipped nodes are passed over, a node may suspend or delay, an end node ends the round."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.copying import replace
from scheduler.definitions import NodeDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.frozen import frozen
from scheduler.order.finish import finish
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.records import NodeAction, NodeKey, Order, OrderState
from scheduler.world import World


@frozen
class Destination:
    """Where a move leads. `end`: the round (or the nested job chain) ends there. `state` is the node that the order
    shows from then on."""

    state: str
    end: bool


def destination(world: World, order: Order, state: str) -> Destination:
    """Where an order that is sent to `state` really goes.

    Skipped nodes lead on along `next_state`. When the order's `end_state` is skipped the round ends at the
    node before it. A state without node ends the round. Raises SKIP_CIRCLE.
    """
    end_node = "" if order.outer_chain else order.end_node
    return way_through(world, order.chain, order.node, state, end_node)


def way_through(world: World, chain: str, before: str, state: str, end_node: str = "") -> Destination:
    "As `destination`, from the node `before` of a chain; `end_node` empty: there is none."
    seen: set[str] = set()
    key = chain.lower()
    while True:
        node = world.nodes.get(NodeKey(key, state))
        if node is None or node.definition.is_end:
            return Destination(state, end=True)
        if node.action is not NodeAction.NEXT_STATE:
            return Destination(state, end=False)
        if state == end_node:
            return Destination(before, end=True)
        if state in seen:
            raise WorkloadError(Code.SKIP_CIRCLE, state=state, chain=chain)
        seen.add(state)
        before, state = state, node.definition.next_state


def arrive(world: World, order: Order, state: str, event: OrderEvent, now: datetime) -> Order:
    """The order as it stands after it was sent to `state` by `event` (RETURN after a step, MOVE by command).

    It may have ended there: then its state is ENDED or BLACKLISTED, and `order.rounds.following` says how it goes on.
    """
    goal = destination(world, order, state)
    if goal.end:
        return finish(replace(order, node=goal.state, setback_count=0), now)
    definition = world.nodes[NodeKey(order.chain.lower(), goal.state)].definition
    if definition.suspend and event is OrderEvent.RETURN:
        event = OrderEvent.HOLD
    new_state, start_at = after(order.state, event, order.id), _start_at(definition, now)
    return replace(
        order, node=goal.state, setback_count=0, state=new_state, start_at=start_at, task_id=None, ended_at=None
    )


def brought(order: Order, definition: NodeDefinition, now: datetime) -> Order:
    "An order that is not in a task, as it stands at its node, to which something else than a step has brought it."
    state = OrderState.SUSPENDED if definition.suspend else order.state
    return replace(order, state=state, start_at=_start_at(definition, now), setback_count=0)


def _start_at(definition: NodeDefinition, now: datetime) -> datetime:
    return now + timedelta(seconds=definition.delay) if definition.delay else now
