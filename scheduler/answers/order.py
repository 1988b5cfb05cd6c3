"""`<order>`: in a queue, alone, and from the history.

An order that rests is rendered once and kept as long as nothing about it changes, because there may be very many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from scheduler import paths
from scheduler.answers import common, requisites
from scheduler.answers.options import ShowOptions
from scheduler.answers.pieces import PAUSE, wrapped
from scheduler.held_until import name_of
from scheduler.hold import HoldKind, hold_key
from scheduler.order.times import active_schedule
from scheduler.records import Node, Order, OrderOrigin, OrderState, Run, SourceFile, Task, file_key
from scheduler.records import ObjectKind as K
from scheduler.task.api_state import Phase
from scheduler.times import NEVER, time_text
from scheduler.why import why_order
from scheduler.world import World
from scheduler.xml.write import element

#: orders that are kept rendered
MOST_KEPT = 50_000
#: words of `what` by which an order that is kept looks different
_SHAPES = frozenset({"payload", "run_time", "source"})


def order_element(
    world: World, order: Order, options: ShowOptions, replacement: bool = False
) -> str:
    "An order in its chain. `replacement`: it waits until the one with the same id has left its task."
    file = _file(world, order)
    node = world.nodes.get(order.node_key)
    if replacement or "why" in options or is_long(order, options) or _changes_by_itself(order):
        return _order(world, order, options, file, node, replacement)
    waits = order.start_at is None or order.start_at > world.now
    slot = (order.key, options.flags & _SHAPES)
    found = world.rendered_orders.get(slot)
    if found is not None and found[0] is order and found[1] is file and found[2] is node and found[3] is waits:
        return found[4]
    shown = _order(world, order, options, file, node, False)
    if len(world.rendered_orders) >= MOST_KEPT:
        world.rendered_orders.clear()
    world.rendered_orders[slot] = (order, file, node, waits, shown)
    return shown


def order_pieces(world: World, order: Order, options: ShowOptions, log: str | None = None) -> Iterator[str]:
    "As `order_element`, which stands in one piece unless many parameters or a log are to be shown."
    if log is None and not is_long(order, options):
        return iter([order_element(world, order, options)])
    file, node = _file(world, order), world.nodes.get(order.node_key)
    return wrapped("order", _attributes(world, order, node, False), _children(world, order, options, file, log))


def orders_in_pieces(world: World, orders: Iterable[Order], options: ShowOptions) -> Iterator[str]:
    for order in orders:
        yield from order_pieces(world, order, options)


def is_long(order: Order, options: ShowOptions) -> bool:
    "Whether its element is so long that it should be made in pieces."
    return "payload" in options and len(order.params) > PAUSE


def _changes_by_itself(order: Order) -> bool:
    "Its task goes on, or another schedule takes the place of its own."
    return order.task_id is not None or (order.run_time is not None and bool(order.run_time.schedule))


def _file(world: World, order: Order) -> SourceFile | None:
    if order.origin is not OrderOrigin.PERMANENT:
        return None
    return world.files.get(file_key(K.ORDER, f"{order.home},{order.id}"))


def _order(
    world: World,
    order: Order,
    options: ShowOptions,
    file: SourceFile | None,
    node: Node | None,
    replacement: bool,
) -> str:
    children = _children(world, order, options, file, None)
    return element("order", _attributes(world, order, node, replacement), *children)


def _attributes(world: World, order: Order, node: Node | None, replacement: bool) -> list[tuple[str, object]]:
    permanent = order.origin is OrderOrigin.PERMANENT
    task = world.tasks.get(order.task_id) if order.task_id is not None else None
    start = time_text(order.start_at) if order.start_at is not None else NEVER
    waits = order.start_at is None or order.start_at > world.now
    setback = order.setback_count > 0
    return [
        ("path", f"{order.home},{order.id}" if permanent else "/"),
        ("name", f"{paths.name(order.home)},{order.id}" if permanent else None),
        ("history_id", order.history_id),
        ("last_error", order.last_error or None),
        ("order", order.id),
        ("id", order.id),
        ("next_start_time", start if waits else None),
        ("active_schedule", active_schedule(world, order) or None),
        ("title", order.title or None),
        ("state", order.node),
        ("initial_state", order.initial_node),
        ("job_chain", order.chain),
        ("replaced", "yes" if order.successor is not None else None),
        ("removed", "yes" if order.removed and order.successor is None else None),
        ("job", node.definition.job if node is not None and node.definition.job else None),
        ("task", order.task_id),
        ("in_process_since", _time(step_began(task)) if task is not None else None),
        ("state_text", order.state_text or None),
        ("priority", order.priority),
        ("created", time_text(order.created_at)),
        ("log_file", _log_file(world, task)),
        ("order_source_type", order.origin.value),
        ("at", start if waits and not setback else None),
        ("setback", start if setback else None),
        ("setback_count", order.setback_count or None),
        ("on_blacklist", "yes" if order.state is OrderState.BLACKLISTED else None),
        ("suspended", "yes" if order.state in _HELD else None),
        ("suspended_until", _time(_until(world, order))),
        ("replacement", "yes" if replacement else None),
        ("touched", "yes" if order.touched else None),
        ("nested_touched", "yes" if order.outer_chain and order.history_id is not None else None),
        ("replaced_order_occupator", _occupant(world, order) if replacement else None),
        ("start_time", time_text(order.started_at) if order.started_at else None),
        ("end_time", _time(order.ended_at)),
        ("original_end_state", order.original_end_node),
        ("end_state", order.end_node or None),
        *_occupier(world, task),
    ]


def _children(
    world: World, order: Order, options: ShowOptions, file: SourceFile | None, log: str | None
) -> Iterator[str]:
    yield _file_based(world, order, file)
    yield common.replacement(file)
    yield common.source(file, options)
    if "payload" in options:
        yield from wrapped("payload", (), common.param_pieces(order.params))
    if "run_time" in options:
        yield common.run_time(order.run_time, order.run_time_source)
    if "payload" in options and order.xml_payload:
        yield element("xml_payload", (), order.xml_payload)
    yield _stack(order)
    if "why" in options:
        yield common.obstacles(why_order(world, order))
    yield from common.log_pieces(log)


_HELD = (OrderState.SUSPENDED, OrderState.SUSPENDING, OrderState.BLACKLISTED)
_BARE = element("file_based", [("state", "not_initialized")], "<requisites/>")


def _until(world: World, order: Order) -> datetime | None:
    "When a suspended order is resumed by itself."
    return world.holds.until(hold_key(HoldKind.ORDER, name_of(order))) if world.holds else None


def step_began(task: Task) -> datetime | None:
    "When what a task does now has begun: its step, or its process."
    if task.server is None or task.server.phase in (Phase.SHELL, Phase.BEFORE, Phase.AFTER):
        return task.started_at
    return (task.server.step_at or task.started_at) if task.server.phase is Phase.PROCESS else None


def _occupant(world: World, order: Order) -> str | None:
    "What the order waits for that is to take the place of another one."
    former = world.orders.get(order.key)
    return f"task {former.task_id}" if former is not None and former.task_id is not None else None


def _occupier(world: World, task: Task | None) -> list[tuple[str, str | None]]:
    "The other member of the cluster that runs the step."
    if task is None or not task.member_run:
        return []
    member = world.cluster.member(task.member_id) if world.cluster is not None else None
    url = member.http_url if member is not None else ""
    return [("occupied_by_cluster_member_id", task.member_id), ("occupied_by_http_url", url or None)]


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else time_text(instant)


def _log_file(world: World, task: Task | None) -> str | None:
    "While a task works on the order its log is open: the order's log is made from the logs of its steps."
    return f"{world.identity.log_dir}/{task.log_file}" if task is not None and task.log_file else None


def _file_based(world: World, order: Order, file: SourceFile | None) -> str:
    "An order without file is never initialized by the hot folder, and says so."
    needed = list(requisites.of_order(world, order))
    if file is not None:
        return common.file_based(file, needed)
    return element("file_based", [("state", "not_initialized")], common.needs(needed)) if needed else _BARE


def _stack(order: Order) -> str:
    "Where the order stands in the chain around its own."
    if not order.outer_chain:
        return ""
    entry = element("order.job_chain_stack.entry", [("job_chain", order.outer_chain), ("state", order.outer_node)])
    return element("order.job_chain_stack", (), entry)


def history_order(run: Run, log: str | None = None) -> Iterator[str]:
    "An order that only the history knows; `job_chain` stands there without leading slash."
    return wrapped(
        "order",
        [
            ("path", "/"),
            ("history_id", run.history_id),
            ("order", run.order_id),
            ("id", run.order_id),
            ("title", run.title or None),
            ("state", run.node),
            ("job_chain", paths.bare(run.chain)),
            ("state_text", run.state_text or None),
            ("start_time", time_text(run.started_at)),
            ("end_time", time_text(run.ended_at) if run.ended_at else None),
        ],
        common.log_pieces(log),
    )
