"""`<job_chain>`, its nodes and their queues."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler import paths
from scheduler.answers import common
from scheduler.answers.job import faulty_files, job_element
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import history_order, order_element
from scheduler.records import FileKey, JobChain, Node, NodeAction, ObjectKind, OrderState, Run, SourceFile
from scheduler.times import NEVER, time_text
from scheduler.world import World
from scheduler.xml.write import element


def chain_element(world: World, chain: JobChain, options: ShowOptions, history: Sequence[Run] | None = None) -> str:
    "A chain; its orders are always listed, up to `max_orders` at each node."
    definition = chain.definition
    file = world.files.get(FileKey(ObjectKind.JOB_CHAIN.value, chain.key))
    orders = world.orders_of(chain.key)
    nodes = world.nodes_of(chain)
    blacklist = [order for order in orders if order.state is OrderState.BLACKLISTED]
    listed = [order_element(world, order, options) for order in blacklist] if "blacklist" in options else []
    return element(
        "job_chain",
        [
            ("path", chain.path),
            ("name", paths.name(chain.path)),
            ("title", definition.title or None),
            ("orders", len(orders)),
            ("running_orders", world.touched_of(chain.key)),
            ("max_orders", definition.max_orders),
            ("state", chain.state.value),
            ("visible", definition.visible if definition.visible != "yes" else None),
            ("orders_recoverable", "yes" if definition.orders_recoverable else "no"),
        ],
        common.file_based(file, _requisites(world, nodes)),
        common.replacement(file),
        common.source(file, options),
        *(node_element(world, node, options) for node in nodes),
        element("order_history", (), *(history_order(run, None) for run in history)) if history is not None else "",
        element("blacklist", [("count", len(blacklist))], *listed) if blacklist else "",
    )


def faulty_chain(file: SourceFile, options: ShowOptions) -> str:
    return element(
        "job_chain",
        [("path", file.path), ("name", paths.name(file.path)), ("orders", 0), ("state", "under_construction")],
        common.file_based(file),
        common.source(file, options),
    )


def node_element(world: World, node: Node, options: ShowOptions) -> str:
    definition = node.definition
    if definition.is_end:
        return element("job_chain_node", [("state", definition.state)])
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
    )


def chains_element(world: World, options: ShowOptions, folder: str | None, count: bool) -> str:
    "`<job_chains>`; with `count` as in the flat state answer."
    wanted = options.flags & {"job_chains", "job_chain_orders", "job_chain_jobs"}
    chains = [c for c in world.chains.values() if folder is None or paths.folder(c.path).lower() == folder.lower()]
    shown: list[str] = []
    if wanted:
        shown = [chain_element(world, chain, options) for chain in chains]
        shown += [faulty_chain(file, options) for file in faulty_files(world, ObjectKind.JOB_CHAIN, folder)]
    return element("job_chains", [("count", len(chains))] if count else (), *shown)


def _order_queue(world: World, node: Node, options: ShowOptions) -> str:
    orders = world.orders_at(node.key)
    starts = [order.start_at for order in orders if order.start_at is not None and order.state in _QUEUEING]
    next_start = NEVER if not starts else time_text(min(starts)) if min(starts) > world.now else "00:00:00.000Z"
    shown = orders if options.max_orders is None else orders[: options.max_orders]
    return element(
        "order_queue",
        [("length", len(orders)), ("next_start_time", next_start)],
        *(order_element(world, order, options) for order in shown),
    )


_QUEUEING = (OrderState.WAITING, OrderState.SETBACK)


def _requisites(world: World, nodes: list[Node]) -> list[tuple[str, str, bool]]:
    jobs = dict.fromkeys(node.definition.job for node in nodes if node.definition.job)
    return [("Job", job, world.job(job) is None) for job in jobs]
