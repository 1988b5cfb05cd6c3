"""`<job_chain>`, its nodes and their queues."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler import paths
from scheduler.answers import common
from scheduler.answers.common import faulty_files
from scheduler.answers.file_orders import sink_element, source_elements
from scheduler.answers.job import job_element
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import history_order, order_element
from scheduler.answers.order_id_space import space_name
from scheduler.definitions import JobChainDefinition
from scheduler.records import (
    FileKey,
    FileState,
    JobChain,
    Node,
    NodeAction,
    ObjectKind,
    Order,
    OrderState,
    Run,
    SourceFile,
)
from scheduler.times import NEVER, time_text
from scheduler.why import why_chain
from scheduler.world import World
from scheduler.xml.write import element


def chain_element(world: World, chain: JobChain, options: ShowOptions, history: Sequence[Run] | None = None) -> str:
    "A chain; its orders are always listed, up to `max_orders` at each node."
    definition = chain.definition
    file = world.files.get(FileKey(ObjectKind.JOB_CHAIN.value, chain.key))
    orders = world.orders_of(chain.key)
    inside = len(world.order_index.inside(chain.key)) if definition.is_superordinate else 0
    nodes = world.nodes_of(chain)
    blacklist = [order for order in orders if order.state is OrderState.BLACKLISTED]
    listed = [order_element(world, order, options) for order in blacklist] if "blacklist" in options else []
    return element(
        "job_chain",
        [
            ("path", chain.path),
            ("name", paths.name(chain.path)),
            ("title", definition.title or None),
            ("orders", len(orders) + inside),
            ("running_orders", world.touched_of(chain.key)),
            ("max_orders", definition.max_orders),
            ("state", chain.state.value),
            ("visible", definition.visible if definition.visible != "yes" else None),
            ("orders_recoverable", "yes" if definition.orders_recoverable else "no"),
            ("order_id_space", space_name(world, chain.key) or None),
        ],
        common.file_based(file, _requisites(world, definition)),
        common.replacement(file),
        common.source(file, options),
        *source_elements(world, chain, options),
        *(node_element(world, node, options) for node in nodes),
        common.obstacles(why_chain(world, chain)) if "why" in options else "",
        element("order_history", (), *(history_order(run, None) for run in history)) if history is not None else "",
        element("blacklist", [("count", len(blacklist))], *listed) if blacklist else "",
    )


def faulty_chain(world: World, file: SourceFile, options: ShowOptions) -> str:
    "A chain that has a file, but cannot be used: it is faulty, or a nested chain is missing."
    definition = file.definition
    return element(
        "job_chain",
        [("path", file.path), ("name", paths.name(file.path)), ("orders", 0), ("state", "under_construction")],
        common.file_based(file, _requisites(world, definition) if isinstance(definition, JobChainDefinition) else ()),
        common.source(file, options),
    )


def node_element(world: World, node: Node, options: ShowOptions) -> str:
    definition = node.definition
    if definition.is_end:
        return element("job_chain_node", [("state", definition.state)])
    if definition.job_chain:
        return _nested_node(world, node, options)
    job = world.job(definition.job)
    wanted = "job_chain_jobs" in options and job is not None
    return element(
        "job_chain_node",
        [
            ("state", definition.state),
            ("next_state", definition.next_state or None),
            ("error_state", definition.error_state or None),
            ("action", node.action.value if node.action is not NodeAction.PROCESS else None),
            ("job", definition.job),
        ],
        _order_queue(world, node, options),
        job_element(world, job, options, node.chain) if wanted and job is not None else "",
        sink_element(definition.sink) if definition.sink is not None else "",
    )


def _nested_node(world: World, node: Node, options: ShowOptions) -> str:
    "A node of a superordinate chain, with the orders in its nested chain (and those that cannot go in)."
    definition = node.definition
    inside = world.order_index.inside(node.chain.lower())
    orders = [*world.orders_at(node.key), *(order for order in inside if order.outer_node == node.state)]
    return element(
        "job_chain_node",
        [
            ("state", definition.state),
            ("next_state", definition.next_state or None),
            ("error_state", definition.error_state or None),
            ("action", node.action.value if node.action is not NodeAction.PROCESS else None),
            ("job_chain", definition.job_chain),
        ],
        _queue(world, orders, options),
    )


def chains_element(world: World, options: ShowOptions, folder: str | None, count: bool) -> str:
    "`<job_chains>`; with `count` as in the flat state answer."
    wanted = options.flags & {"job_chains", "job_chain_orders", "job_chain_jobs"}
    chains = [c for c in world.chains.values() if folder is None or paths.folder(c.path).lower() == folder.lower()]
    chains = [chain for chain in chains if _visible(world, chain)]
    shown: list[str] = []
    if wanted:
        shown = [chain_element(world, chain, options) for chain in chains]
        unusable = [*faulty_files(world, ObjectKind.JOB_CHAIN, folder), *_waiting(world, folder)]
        shown += [faulty_chain(world, file, options) for file in unusable]
    return element("job_chains", [("count", len(chains))] if count else (), *shown)


def _visible(world: World, chain: JobChain) -> bool:
    "In lists; with `visible=\"no\"` only while there are orders in it."
    visible = chain.definition.visible
    return visible == "yes" or (visible == "no" and world.count_of(chain.key) > 0)


def _waiting(world: World, folder: str | None) -> list[SourceFile]:
    "Superordinate chains that lack a nested one."
    files = [world.files.get(FileKey(ObjectKind.JOB_CHAIN.value, key)) for key in world.nesting.superordinate]
    return [
        file
        for file in files
        if file is not None
        and file.state is FileState.NOT_INITIALIZED
        and (folder is None or paths.folder(file.path).lower() == folder.lower())
    ]


def _order_queue(world: World, node: Node, options: ShowOptions) -> str:
    return _queue(world, world.orders_at(node.key), options)


def _queue(world: World, orders: list[Order], options: ShowOptions) -> str:
    starts = [order.start_at for order in orders if order.start_at is not None and order.state in _QUEUEING]
    next_start = NEVER if not starts else time_text(min(starts)) if min(starts) > world.now else "00:00:00.000Z"
    shown = orders if options.max_orders is None else orders[: options.max_orders]
    return element(
        "order_queue",
        [("length", len(orders)), ("next_start_time", next_start)],
        *(order_element(world, order, options) for order in shown),
    )


_QUEUEING = (OrderState.WAITING, OrderState.SETBACK)


def _requisites(world: World, definition: JobChainDefinition) -> list[tuple[str, str, bool]]:
    jobs = dict.fromkeys(node.job for node in definition.nodes if node.job and node.sink is None)
    chains = dict.fromkeys(node.job_chain for node in definition.nodes if node.job_chain)
    found = [("Job", job, world.job(job) is None) for job in jobs]
    found += [("Job_chain", chain, world.chain(chain) is None) for chain in chains]
    if definition.process_class:
        found.append(("Process_class", definition.process_class, definition.process_class not in world.process_classes))
    return found
