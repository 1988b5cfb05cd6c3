"""Orders of superordinate job chains. They never stand at its nodes, but in the nested job chains that are there.

An order keeps the id, the end node and the initial node that it has in the superordinate chain (`Order.outer_chain`,
`outer_node`); each nested chain is entered at its first node and has a history row of its own. A nested chain whose
nodes are all skipped is passed over, and so is one whose node is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.order.arrive import brought, way_through
from scheduler.records import JobChain, NodeAction, NodeKey, Order, OrderKey, OrderState
from scheduler.world import World


@dataclass(frozen=True, slots=True)
class Entrance:
    "`outer_node` of the superordinate chain; the nested chain there and its node. `chain` None: the round ends."

    outer_node: str
    chain: JobChain | None = None
    node: str = ""


def entrance(world: World, outer: JobChain, before: str, state: str, end_node: str) -> Entrance:
    """Where an order that comes from the node `before` of a superordinate chain to its node `state` goes in.

    Raises SKIP_CIRCLE.
    """
    seen: set[str] = set()
    while True:
        node = world.nodes.get(NodeKey(outer.key, state))
        if node is None or node.definition.is_end:
            return Entrance(state)
        nested = world.chains.get(node.definition.job_chain.lower())
        if node.action is not NodeAction.NEXT_STATE and nested is not None:
            inside = way_through(world, nested.path, "", nested.definition.nodes[0].state)
            if not inside.end:
                return Entrance(state, nested, inside.state)
        if state == end_node:
            return Entrance(before)
        if state in seen:
            raise WorkloadError(Code.SKIP_CIRCLE, state=state, chain=outer.path)
        seen.add(state)
        before, state = state, node.definition.next_state


def inside(order: Order, outer: JobChain, where: Entrance) -> Order:
    "The order in the nested chain, without anything that it had in the one before."
    assert where.chain is not None  # noqa: S101  (asked before)
    return replace(
        order, chain=where.chain.path, node=where.node, outer_chain=outer.path, outer_node=where.outer_node,
        history_id=None, steps=0, started_at=None, ended_at=None, params_at_start=None,
    )  # fmt: skip


def outside(order: Order, outer_path: str, node: str) -> Order:
    "The order at a node of the superordinate chain itself: at its end, or because it cannot go in anywhere."
    return replace(order, chain=outer_path, node=node, outer_chain="", outer_node="")


def go_on(world: World, order: Order, now: datetime, failed: bool) -> Order:
    """An order at the end of a nested chain, as it goes on in the next one; or at the end of the superordinate chain,
    still ENDED or BLACKLISTED. `failed`: the last step in the nested chain has."""
    outer = world.chains.get(order.outer_chain.lower())
    node = world.nodes.get(NodeKey(order.outer_chain.lower(), order.outer_node))
    if outer is None or node is None or order.outer_node == order.end_node:
        return outside(order, order.outer_chain, order.outer_node)
    state = node.definition.error_state if failed else node.definition.next_state
    where = entrance(world, outer, order.outer_node, state, order.end_node)
    if where.chain is None:
        return outside(order, outer.path, where.outer_node)
    state_now = OrderState.SUSPENDED if order.state is OrderState.BLACKLISTED else OrderState.WAITING
    moved = inside(replace(order, state=state_now), outer, where)
    return brought(moved, world.nodes[moved.node_key].definition, now)


def ids_that_clash(world: World, keys: Iterable[str]) -> list[str]:
    "Ids that two orders would have in chains that were connected. `keys`: one of each of those that are now."
    seen: dict[str, OrderKey] = {}
    found: dict[str, None] = {}
    for chain in dict.fromkeys(chain for key in keys for chain in world.nesting.space_of(key)):
        for order in world.order_index.of(chain):
            if seen.setdefault(order.id, order.key) != order.key:
                found[order.id] = None
    return list(found)


def in_space(world: World, chain_key: str, order_id: str) -> Order | None:
    "The order of this id in the chain or in any that is connected with it."
    for key in world.nesting.space_of(chain_key):
        order = world.orders.get(OrderKey(key, order_id))
        if order is not None:
            return order
    return None


