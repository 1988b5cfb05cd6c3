"Which order a job takes next."

from __future__ import annotations

from scheduler.records import ChainState, FileKey, Job, JobChain, NodeAction, NodeKey, Order
from scheduler.world import World


def due_order(world: World, job: Job, shared: bool = False) -> Order | None:
    """The order that this job takes next: of all nodes that it serves the one with the best place. `shared`: only of
    distributed chains."""
    best: Order | None = None
    for node_key in world.nodes_served_by(job.key):
        chain = world.chains.get(node_key.chain)
        if chain is None or not node_works(world, chain, node_key) or (shared and not chain.definition.distributed):
            continue
        order = world.next_order(node_key, may_begin(world, chain), lambda outer: may_begin_in(world, outer))
        if order is not None and (best is None or _place(order) < _place(best)):
            best = order
    return best


def due_orders(world: World, job: Job, count: int, shared: bool = False) -> list[Order]:
    """The orders that the job takes next, at most so many, the first one first; without those of chains that let only
    so many begin (see `may_begin`), where each would have to be taken before the next is asked for. `shared`: as in
    `due_order`."""
    found: list[Order] = []
    nodes = world.nodes_served_by(job.key)
    for node_key in nodes:
        chain = world.chains.get(node_key.chain)
        if chain is None or (shared and not chain.definition.distributed):
            continue
        if chain.definition.max_orders is None and node_works(world, chain, node_key):
            found += world.next_orders(node_key, count)
    if len(nodes) > 1:
        found.sort(key=_place)
    return found[:count]


def _place(order: Order) -> tuple[int, int]:
    return -order.priority, order.ordering


def node_works(world: World, chain: JobChain, node_key: NodeKey) -> bool:
    "Whether orders are taken at the node."
    if chain.state is not ChainState.RUNNING:
        return False
    if world.pending_files and FileKey("job_chain", chain.key) in world.pending_files:  # mostly there are none
        return False
    return world.nodes[node_key].action is NodeAction.PROCESS


def may_begin(world: World, chain: JobChain) -> bool:
    "Whether `max_orders` lets one more order begin its round (or its way through a nested chain)."
    limit = chain.definition.max_orders
    return limit is None or world.touched_of(chain.key) < limit


def may_begin_in(world: World, outer_key: str) -> bool:
    "The same for a superordinate chain."
    chain = world.chains.get(outer_key)
    return chain is not None and may_begin(world, chain)
