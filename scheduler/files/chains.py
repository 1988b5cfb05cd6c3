"""Job chains from files: replaced and removed when none of their orders is in a task.

Orders stay where they are. One that stands at a node which the new version lacks waits there (`why` says so)
until the node is back or it is moved by command; so nothing is lost by a wrong file. Stop flag and node
actions carry over.

A superordinate chain waits for its nested chains; they cannot be removed as long as it holds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.chain.skip import without_circles
from scheduler.changes import Change, Dropped, Kind
from scheduler.configuration.nesting import nesting_problems
from scheduler.copying import replace
from scheduler.definitions import JobChainDefinition, OrderDefinition
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.order.finish import run_of
from scheduler.order.nested import ids_that_clash
from scheduler.records import (
    ChainState,
    EngineState,
    FileKey,
    FileState,
    JobChain,
    Node,
    NodeAction,
    NodeKey,
    ObjectKind,
    Order,
    OrderOrigin,
    Record,
    SourceFile,
    file_key,
)
from scheduler.world import World


def idle(world: World, file: SourceFile) -> bool:
    "Whether it can be replaced or, when `file.removed`, removed."
    key = file.key.path
    if any(order.in_task for order in (*world.orders_of(key), *world.order_index.inside(key))):
        return False
    if file.removed:
        return holder_of(world, key) is None
    successor = file.successor or file.definition
    return not isinstance(successor, JobChainDefinition) or not missing(world, successor)


def holder_of(world: World, key: str) -> JobChain | None:
    "A superordinate chain in use that holds this one."
    return next((world.chains[outer] for outer in world.nesting.outer_of(key) if outer in world.chains), None)


def why_it_stays(world: World, file: SourceFile) -> Problem | None:
    "894: a superordinate chain holds it. None: nothing but tasks keeps it, if anything does."
    holder = holder_of(world, file.key.path) if file.kind is ObjectKind.JOB_CHAIN else None
    return WorkloadError(Code.CHAIN_IN_USE, chain=file.path, outer=holder.path).problem if holder else None


def missing(world: World, definition: JobChainDefinition) -> list[str]:
    "Paths of nested chains that do not exist."
    nested = dict.fromkeys(node.job_chain for node in definition.nodes if node.job_chain)
    return [path for path in nested if world.chain(path) is None]


def problem_among_others(world: World, definition: object) -> Problem | None:
    "What a job chain of this definition would be refused for, in the company of all others."
    if not isinstance(definition, JobChainDefinition):
        return None
    key = definition.path.lower()
    around = [world.nesting.superordinate[outer] for outer in world.nesting.superordinate if outer != key]
    if not definition.is_superordinate and not (definition.distributed and world.nesting.outer_of(key)):
        return None
    others = {path: chain.definition for path, chain in world.chains.items() if not chain.definition.is_superordinate}
    mentioned = {node.job_chain.lower() for chain in (definition, *around) for node in chain.nodes if node.job_chain}
    nested = [others[path] for path in mentioned if path in others and path != key]
    problems = nesting_problems([*nested, *around, definition])
    return problems.get(definition.path) or next(iter(problems.values()), None) or _clash(world, definition)


def _clash(world: World, definition: JobChainDefinition) -> Problem | None:
    "426: a superordinate chain connects chains, and an id may exist only once in all of them."
    nested = [node.job_chain.lower() for node in definition.nodes if node.job_chain]
    clashing = ids_that_clash(world, (definition.path.lower(), *nested)) if nested else []
    if not clashing:
        return None
    return WorkloadError(Code.ORDER_IDS_CLASH, chain=definition.path, order=clashing[0]).problem


def install(world: World, file: SourceFile, now: datetime) -> Change:
    definition = file.definition
    assert isinstance(definition, JobChainDefinition)  # noqa: S101  (the kind of the file says so)
    key = file.key.path
    known = world.chains.get(key)
    if known is None and missing(world, definition):
        return Change(Kind.CHAIN_LOADED, file.path, put=(replace(file, state=FileState.NOT_INITIALIZED),))
    if known is not None:
        chain = replace(known, definition=definition)
    else:
        chain = JobChain(definition, world.remembered.chains.get(key, ChainState.RUNNING))
    nodes = without_circles([_node(world, chain, position) for position in range(len(definition.nodes))])
    drops: list[Dropped] = []
    if known is not None:
        states = {node.state for node in definition.nodes}
        gone = [node.state for node in known.definition.nodes if node.state not in states]
        drops = [(Node, NodeKey(key, state)) for state in gone]
    moved = _back_to_first(world, chain) if known is not None else []
    forgotten, again = _recoverability(world, chain, known, now)
    puts = (file, chain, *nodes, *again, *moved)
    return Change(Kind.CHAIN_LOADED, chain.path, put=puts, drop=(*drops, *forgotten))


def install_around(world: World, chain: JobChain, now: datetime) -> Iterator[Change]:
    """Superordinate chains that waited for this one and have all their nested chains now.

    Every change must be applied before the next is asked for.
    """
    for outer in world.nesting.outer_of(chain.key):
        file = world.files.get(FileKey(ObjectKind.JOB_CHAIN.value, outer))
        if file is None or outer in world.chains or file.successor is not None or file.removed:
            continue
        if isinstance(file.definition, JobChainDefinition) and not missing(world, file.definition):
            yield _around(world, file, now)


def _around(world: World, file: SourceFile, now: datetime) -> Change:
    assert isinstance(file.definition, JobChainDefinition)  # noqa: S101  (asked before)
    problem = _clash(world, file.definition)
    if problem is not None:
        shown = replace(file, state=FileState.NOT_INITIALIZED, problem=problem)
        return Change(Kind.FILE_FAULTY, file.path, put=(shown,), detail={"text": str(problem)})
    change = install(world, replace(file, state=FileState.ACTIVE, problem=None), now)
    return replace(change, kind=Kind.FILE_ADDED)


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


def _recoverability(
    world: World, chain: JobChain, known: JobChain | None, now: datetime
) -> tuple[list[Dropped], list[Record]]:
    """Orders whose rows go because the chain is not recoverable, and those that are put again: kept in memory, or
    stored because it is recoverable now. What the store still had of an earlier run is forgotten."""
    recoverable = chain.definition.orders_recoverable
    was = known is None or known.definition.orders_recoverable
    orders = [*world.orders_of(chain.key), *world.order_index.inside(chain.key)]
    if recoverable:
        return [], [] if was else list(orders)
    rows: list[Dropped] = [(Order, order.key) for order in orders]
    if known is None and world.state is EngineState.STARTING:
        closed = [run_of(order, now, ended=True) for order in orders]
        return rows, [run for run in closed if run is not None]
    return rows, list(orders)


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
    if chain.definition.is_superordinate:
        return moved
    for order in world.orders_of(chain.key):
        if order.touched or order.origin is not OrderOrigin.PERMANENT or order.initial_node == first:
            continue
        file = world.files.get(file_key(ObjectKind.ORDER, f"{order.chain},{order.id}"))
        if file is not None and isinstance(file.definition, OrderDefinition) and not file.definition.state:
            moved.append(replace(order, node=first, initial_node=first))
    return moved
