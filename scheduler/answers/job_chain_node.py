"""`<job_chain_node>` with its `<order_queue>`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from itertools import islice

from scheduler.answers import common
from scheduler.answers.built_in import built_in_job
from scheduler.answers.file_orders import sink_element
from scheduler.answers.job import job_parts
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import orders_in_pieces
from scheduler.answers.pieces import chunks, in_sequence, wrapped
from scheduler.definitions import NodeDefinition
from scheduler.index.orders import sequence
from scheduler.records import Node, NodeAction, Order, OrderState
from scheduler.times import NEVER, time_text
from scheduler.why import node_until
from scheduler.world import World
from scheduler.xml.write import element

#: how the protocol writes an instant that has come
AT_ONCE = "00:00:00.000Z"
_QUEUEING = (OrderState.WAITING, OrderState.SETBACK)


def node_parts(world: World, node: Node, orders: list[Order], options: ShowOptions) -> Iterator[str]:
    "A node with its `orders`; a place where nothing is done has its state only."
    if node.definition.is_end:
        return iter([element("job_chain_node", [("state", node.state)])])
    until = common.time_or_none(node_until(world, node))
    attributes = [*_attributes(node.definition, node.action), ("action_until", until)]
    return wrapped("job_chain_node", attributes, _content(world, node, orders, options))


def planned_node(definition: NodeDefinition) -> str:
    "A node of a chain that is not in use yet."
    sink = sink_element(definition.sink) if definition.sink is not None else ""
    return element("job_chain_node", _attributes(definition, NodeAction.PROCESS), sink)


def _attributes(node: NodeDefinition, action: NodeAction) -> list[tuple[str, object]]:
    if node.is_end:
        return [("state", node.state)]
    return [
        ("state", node.state),
        ("next_state", node.next_state or None),
        ("error_state", node.error_state or None),
        ("action", action.value if action is not NodeAction.PROCESS else None),
        ("job", node.job or None),
        ("job_chain", node.job_chain or None),
    ]


def _content(world: World, node: Node, orders: list[Order], options: ShowOptions) -> Iterator[str]:
    definition = node.definition
    yield from _queue(world, orders, options)
    if definition.job and "job_chain_jobs" in options:
        job = world.job(definition.job)
        if job is not None:
            yield from job_parts(world, job, options, node.chain)
        else:
            yield built_in_job(definition.job) or ""
    if definition.sink is not None:
        yield sink_element(definition.sink)


def orders_at(world: World, node: Node) -> list[Order]:
    "At a node with a nested chain those in that chain (and those that cannot go in). In no sequence."
    orders = world.order_index.standing_at(node.key)
    if not node.definition.job_chain:
        return orders
    inside = world.order_index.inside(node.chain.lower())
    return [*orders, *(order for order in inside if order.outer_node == node.state)]


def _queue(world: World, orders: list[Order], options: ShowOptions) -> Iterator[str]:
    now = world.now
    first = yield from _first_start(orders)
    next_start = NEVER if first is None else time_text(first) if first > now else AT_ONCE
    in_queue: Iterable[Order] = ()
    if options.max_orders != 0:
        in_queue = yield from in_sequence(orders, lambda order: sequence(order, now))
    yield from wrapped(
        "order_queue",
        [("length", len(orders)), ("next_start_time", next_start)],
        orders_in_pieces(world, islice(in_queue, options.max_orders), options),
    )


def _first_start(orders: list[Order]) -> Generator[str, None, datetime | None]:
    "When the first of them may begin; None: none of them will by itself."
    first: datetime | None = None
    for chunk in chunks(orders):
        for order in chunk:
            start = order.start_at
            if start is not None and (first is None or start < first) and order.state in _QUEUEING:
                first = start
        yield ""
    return first
