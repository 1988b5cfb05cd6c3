"""Job chains from files: replaced and removed when none of their orders is in a task.

Orders stay where they are. One that stands at a node which the new version lacks waits there (`why` says so)
until the node is back or it is moved by command; so nothing is lost by a wrong file. Stop flag and node
actions carry over.
"""

from __future__ import annotations

from datetime import datetime

from scheduler.chain.skip import without_circles
from scheduler.changes import Change, Dropped, Kind
from scheduler.copying import replace
from scheduler.definitions import JobChainDefinition, OrderDefinition
from scheduler.records import (
    ChainState,
    JobChain,
    Node,
    NodeAction,
    NodeKey,
    ObjectKind,
    OrderOrigin,
    Record,
    SourceFile,
    file_key,
)
from scheduler.world import World


def idle(world: World, file: SourceFile) -> bool:
    return not any(order.in_task for order in world.orders_of(file.key.path))


def install(world: World, file: SourceFile, now: datetime) -> Change:
    definition = file.definition
    assert isinstance(definition, JobChainDefinition)  # noqa: S101  (the kind of the file says so)
    key = file.key.path
    known = world.chains.get(key)
    if known is not None:
        chain = replace(known, definition=definition)
    else:
        chain = JobChain(definition, world.remembered.chains.get(key, ChainState.RUNNING))
    nodes = without_circles([_node(world, chain, position) for position in range(len(definition.nodes))])
    drops: tuple[Dropped, ...] = ()
    if known is not None:
        states = {node.state for node in definition.nodes}
        gone = [node.state for node in known.definition.nodes if node.state not in states]
        drops = tuple((Node, NodeKey(key, state)) for state in gone)
    moved = _back_to_first(world, chain) if known is not None else []
    return Change(Kind.CHAIN_LOADED, chain.path, put=(file, chain, *nodes, *moved), drop=drops)


def remove(world: World, file: SourceFile, now: datetime) -> Change:
    "Its orders stay in the store, out of reach, until a chain of this path comes back."
    key = file.key.path
    chain = world.chains.get(key)
    if chain is not None:
        nodes = [node.key for node in world.nodes_of(chain)]
    elif key in world.remembered.chains:
        nodes = [node for node in world.remembered.nodes if node.chain == key]
    else:
        return Change(Kind.CHAIN_REMOVED, file.path)
    drops: tuple[Dropped, ...] = tuple((Node, node) for node in nodes)
    return Change(Kind.CHAIN_REMOVED, file.path, drop=((JobChain, key), *drops))


def _node(world: World, chain: JobChain, position: int) -> Node:
    definition = chain.definition.nodes[position]
    key = NodeKey(chain.key, definition.state)
    known = world.nodes.get(key)
    word = known.action if known is not None else world.remembered.nodes.get(key, NodeAction.PROCESS)
    return Node(chain.path, position, definition, NodeAction.PROCESS if definition.is_end else word)


def _back_to_first(world: World, chain: JobChain) -> list[Record]:
    "Permanent orders whose round has not begun and that name no state start at the new first node."
    first = chain.definition.nodes[0].state
    moved: list[Record] = []
    for order in world.orders_of(chain.key):
        if order.touched or order.origin is not OrderOrigin.PERMANENT or order.initial_node == first:
            continue
        file = world.files.get(file_key(ObjectKind.ORDER, f"{order.chain},{order.id}"))
        if file is not None and isinstance(file.definition, OrderDefinition) and not file.definition.state:
            moved.append(replace(order, node=first, initial_node=first))
    return moved
