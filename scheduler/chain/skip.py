"""A node that is skipped: orders pass on along its `next_state`."""

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change
from scheduler.errors import Code, WorkloadError
from scheduler.order.modify import Wish, modified
from scheduler.records import JobChain, Node, NodeAction, NodeKey, OrderState
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
    waiting = [order for order in world.orders_at(node.key) if not order.in_task]
    return [
        modified(world, order, Wish(state=node.definition.next_state), now)
        for order in waiting
        if order.state is not OrderState.BLACKLISTED
    ]
