"""`<order>`: in a queue, alone, and from the history."""

from __future__ import annotations

from scheduler import paths
from scheduler.answers import common
from scheduler.answers.options import ShowOptions
from scheduler.order.times import active_schedule
from scheduler.records import FileState, Order, OrderOrigin, OrderState, Run, SourceFile, file_key
from scheduler.records import ObjectKind as K
from scheduler.times import NEVER, time_text
from scheduler.why import why_order
from scheduler.world import World
from scheduler.xml.write import element


def order_element(
    world: World, order: Order, options: ShowOptions, log: str | None = None, replacement: bool = False
) -> str:
    "An order in its chain. `replacement`: it waits until the one with the same id has left its task."
    permanent = order.origin is OrderOrigin.PERMANENT
    file = world.files.get(file_key(K.ORDER, f"{order.home},{order.id}")) if permanent else None
    node = world.nodes.get(order.node_key)
    task = world.tasks.get(order.task_id) if order.task_id is not None else None
    start = time_text(order.start_at) if order.start_at is not None else NEVER
    waits = order.start_at is None or order.start_at > world.now
    setback = order.setback_count > 0
    return element(
        "order",
        [
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
            ("in_process_since", time_text(task.started_at) if task and task.started_at else None),
            ("state_text", order.state_text or None),
            ("priority", order.priority),
            ("created", time_text(order.created_at)),
            ("order_source_type", order.origin.value),
            ("at", start if waits and not setback else None),
            ("setback", start if setback else None),
            ("setback_count", order.setback_count or None),
            ("on_blacklist", "yes" if order.state is OrderState.BLACKLISTED else None),
            ("suspended", "yes" if order.state in _HELD else None),
            ("replacement", "yes" if replacement else None),
            ("touched", "yes" if order.touched else None),
            ("nested_touched", "yes" if order.outer_chain and order.history_id is not None else None),
            ("start_time", time_text(order.started_at) if order.started_at else None),
            ("original_end_state", order.original_end_node),
            ("end_state", order.end_node or None),
        ],
        _file_based(world, order, file),
        common.replacement(file),
        common.source(file, options),
        element("payload", (), common.params(order.params)) if "payload" in options else "",
        (order.run_time_source or "<run_time/>") if "run_time" in options else "",
        element("xml_payload", (), order.xml_payload) if "payload" in options and order.xml_payload else "",
        _stack(order),
        common.obstacles(why_order(world, order)) if "why" in options else "",
        common.log(log) if log is not None else "",
    )


_HELD = (OrderState.SUSPENDED, OrderState.SUSPENDING, OrderState.BLACKLISTED)
_NO_FILE = element("file_based", [("state", FileState.ACTIVE.value)], "<requisites/>")


def _requisites(world: World, order: Order) -> list[tuple[str, str, bool]]:
    schedule = order.run_time.schedule if order.run_time is not None else ""
    return [("Schedule", schedule, schedule not in world.schedules)] if schedule else []


def _file_based(world: World, order: Order, file: SourceFile | None) -> str:
    requisites = _requisites(world, order)
    if file is not None:
        return common.file_based(file, requisites)
    if not requisites:
        return _NO_FILE
    return element("file_based", [("state", FileState.ACTIVE.value)], common.needs(requisites))


def _stack(order: Order) -> str:
    "Where the order stands in the chain around its own."
    if not order.outer_chain:
        return ""
    entry = element("order.job_chain_stack.entry", [("job_chain", order.outer_chain), ("state", order.outer_node)])
    return element("order.job_chain_stack", (), entry)


def history_order(run: Run, log: str | None) -> str:
    "An order that only the history knows; `job_chain` stands there without leading slash."
    return element(
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
        common.log(log) if log is not None else "",
    )
