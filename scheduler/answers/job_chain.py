"""`<job_chain>`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain as chain_of

from scheduler.answers import common, requisites
from scheduler.answers.file_orders import source_elements
from scheduler.answers.job_chain_node import node_parts, orders_at, planned_node
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import history_order, orders_in_pieces
from scheduler.answers.order_id_space import space_name
from scheduler.answers.pieces import wrapped
from scheduler.definitions import JobChainDefinition
from scheduler.errors import Problem
from scheduler.records import FileKey, JobChain, ObjectKind, Order, OrderState, Run, SourceFile
from scheduler.why import chain_until, why_chain
from scheduler.world import World
from scheduler.xml.write import element


@dataclass(frozen=True, slots=True)
class OrderHistory:
    "Rounds that have ended, the newest first; or why they cannot be shown."

    runs: Sequence[Run] = ()
    problem: Problem | None = None


def chain_element(world: World, chain: JobChain, options: ShowOptions, history: OrderHistory | None = None) -> str:
    return "".join(chain_parts(world, chain, options, history))


def chain_parts(
    world: World, chain: JobChain, options: ShowOptions, history: OrderHistory | None = None
) -> Iterator[str]:
    "A chain; its orders are always listed, up to `max_orders` at each node."
    definition = chain.definition
    orders = world.orders_of(chain.key)
    inside = len(world.order_index.inside(chain.key)) if definition.is_superordinate else 0
    attributes = [
        *common.identity(chain.path),
        ("title", definition.title or None),
        ("orders", len(orders) + inside),
        ("running_orders", None if definition.distributed else world.touched_of(chain.key)),
        ("max_orders", definition.max_orders),
        ("state", chain.state.value),
        *_look(definition),
        ("order_id_space", space_name(world, chain.key) or None),
        ("stopped_until", common.time_or_none(chain_until(world, chain))),
    ]
    return wrapped("job_chain", attributes, _content(world, chain, orders, options, history))


def _look(chain: JobChainDefinition) -> list[tuple[str, object]]:
    return [
        ("visible", chain.visible if chain.visible != "yes" else None),
        ("orders_recoverable", "yes" if chain.orders_recoverable else "no"),
    ]


def _content(
    world: World, chain: JobChain, orders: list[Order], options: ShowOptions, history: OrderHistory | None
) -> Iterator[str]:
    file = world.files.get(FileKey(ObjectKind.JOB_CHAIN.value, chain.key))
    # as it stands at this moment: no order is shown twice that goes on while the answer is made
    queues = [(node, orders_at(world, node)) for node in world.nodes_of(chain)]
    yield common.file_based(file, requisites.of_chain(world, chain.definition))
    yield _replacement(world, file, options)
    yield common.source(file, options)
    yield from source_elements(world, chain, options)
    for node, waiting in queues:
        yield from node_parts(world, node, waiting, options)
    if "why" in options:
        yield common.obstacles(why_chain(world, chain))
    if history is not None:
        runs = (piece for run in history.runs for piece in history_order(run))
        yield from wrapped("order_history", (), chain_of(runs, [common.error(history.problem)]))
    blacklist = [order for order in orders if order.state is OrderState.BLACKLISTED]
    if blacklist:
        listed = blacklist[: options.max_orders] if "blacklist" in options else []
        shown = orders_in_pieces(world, listed, options)
        yield from wrapped("blacklist", [("count", len(blacklist))], shown)


def _replacement(world: World, file: SourceFile | None, options: ShowOptions) -> str:
    if file is None or not isinstance(file.successor, JobChainDefinition):
        return common.replacement(file)
    chain = file.successor
    attributes = [
        *common.identity(chain.path),
        ("title", chain.title or None),
        ("orders", 0),
        ("max_orders", chain.max_orders),
        ("state", "initialized"),
        *_look(chain),
    ]
    successor = element(
        "job_chain",
        attributes,
        common.successor_file(file, requisites.of_chain(world, chain)),
        element("source", (), chain.source) if "source" in options else "",
        *map(planned_node, chain.nodes),
    )
    return common.replacement(file, successor)


def faulty_chain(world: World, file: SourceFile, options: ShowOptions) -> str:
    "A chain that has a file, but cannot be used: it is faulty, or a nested chain is missing."
    definition = file.definition
    needed = requisites.of_chain(world, definition) if isinstance(definition, JobChainDefinition) else ()
    return element(
        "job_chain",
        [*common.identity(file.path), ("orders", 0), ("state", "under_construction")],
        common.file_based(file, needed),
        common.source(file, options),
    )
