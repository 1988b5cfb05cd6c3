"""A node that is skipped: orders pass on along its `next_state`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from scheduler.changes import Change
from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.order.arrive import destination
from scheduler.order.modify import brought_in, passed_on
from scheduler.order.rounds import can_begin
from scheduler.records import JobChain, Node, NodeAction, NodeKey, Order, OrderState
from scheduler.world import World


def check_no_circle(world: World, chain: JobChain, node: Node) -> None:
    "Raises SKIP_CIRCLE when skipping this node, too, would lead round for ever."
    state = node.definition.next_state
    seen = {node.state}
    while True:
        if state in seen:
            raise WorkloadError(Code.SKIP_CIRCLE, state=node.state, chain=chain.path)
        seen.add(state)
        following = world.nodes.get(NodeKey(chain.key, state))
        if following is None or following.definition.is_end or following.action is not NodeAction.NEXT_STATE:
            return
        state = following.definition.next_state


def send_on(world: World, chain: JobChain, node: Node, now: datetime) -> list[Change]:
    "The orders that wait at the node go to its next state (and on, when that is skipped too)."
    return [passed_on(world, order, node.definition.next_state, now) for order in _waiting(world, node)]


def stranded(world: World, chain: JobChain, now: datetime) -> Iterator[Change]:
    """Orders that wait at a skipped node, because all that follows was skipped, too, go on to a node that works again.

    Every change must be applied before the next is asked for.
    """
    for around in (chain.key, *world.nesting.outer_of(chain.key)):
        for order in world.order_index.of(around) if around in world.nesting.superordinate else ():
            if order.state is not OrderState.BLACKLISTED and can_begin(world, order):
                yield brought_in(world, order)
    if chain.definition.is_superordinate:
        return
    for node in world.nodes_of(chain):
        if node.action is NodeAction.NEXT_STATE:
            for order in _waiting(world, node):
                if not destination(world, order, node.state).end:
                    yield passed_on(world, order, node.state, now)


def without_circles(nodes: Sequence[Node]) -> list[Node]:
    "A new version of a chain may lead skipped nodes round in a circle; a node of each circle is stopped, not skipped."
    skipped = {node.state: node for node in nodes if node.action is NodeAction.NEXT_STATE}
    for state in list(skipped):
        if _leads_to_itself(skipped, state):
            del skipped[state]
    return [
        replace(node, action=NodeAction.STOP)
        if node.action is NodeAction.NEXT_STATE and node.state not in skipped
        else node
        for node in nodes
    ]


def _leads_to_itself(skipped: dict[str, Node], state: str) -> bool:
    seen: set[str] = set()
    following = skipped[state].definition.next_state
    while following in skipped and following not in seen and following != state:
        seen.add(following)
        following = skipped[following].definition.next_state
    return following == state


def _waiting(world: World, node: Node) -> list[Order]:
    orders = world.orders_at(node.key)
    return [order for order in orders if not order.in_task and order.state is not OrderState.BLACKLISTED]
