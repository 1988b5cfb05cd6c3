"""Orders that a node adds to other job chains, by the exit code of its step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler import paths
from scheduler.actions import LogLine
from scheduler.changes import Change
from scheduler.decision import Decision
from scheduler.definitions import NodeAddOrder, OrderDefinition
from scheduler.errors import WorkloadError
from scheduler.order.advance import rule_for, stops
from scheduler.order.place import placed_anew
from scheduler.params import Params
from scheduler.records import NodeKey, Order, RunCause, Task
from scheduler.task.outcome import Outcome
from scheduler.world import World

_ORDER_ID = "${ORDER_ID}"


def orders_added(world: World, order: Order, task: Task, outcome: Outcome, now: datetime) -> Iterator[Decision]:
    """What the node of the step adds; `order` is as it was in the step. One that cannot be placed is only told of.

    Every decision must be applied before the next is asked for. Nothing is added when the job stops by the error.
    """
    if stops(world, task, outcome):
        return
    rule = rule_for(world.nodes.get(NodeKey(task.chain.lower(), task.node)), outcome)
    if rule is None:
        return
    params = order.params.merged(outcome.values)
    for added in rule.add_orders:
        yield _added(world, added, order, params, now)


def _added(world: World, added: NodeAddOrder, order: Order, params: Params, now: datetime) -> Decision:
    own = {name: value.replace(_ORDER_ID, order.id) for name, value in added.params.items()}
    order_id = added.id.replace(_ORDER_ID, order.id) or order.id
    definition = OrderDefinition(added.chain, order_id, params=params.merged(own), cause=RunCause.ORDER)
    try:
        change: Change = placed_anew(world, definition, now)
    except WorkloadError as refusal:
        name = f"{paths.bare(order.chain)},{order.id}"
        text = f"Order {name} could not add order {order_id!r} to {added.chain}: {refusal}"
        return Decision([], [LogLine("error", text, {"order": name, "code": refusal.code.code})])
    return Decision([change])
