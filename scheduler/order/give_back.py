"""Orders that a task was given ahead of their step, and that come back because it has not begun.

They wait as if they had not been taken, but for what has befallen them since: one that was suspended is, one that was
removed leaves, and one whose node is skipped now goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.order.modify import passed_on, removed
from scheduler.order.place import placed
from scheduler.records import NodeAction, Order
from scheduler.world import World


def given_back(world: World, order: Order, now: datetime) -> Iterator[Change]:
    "Every change must be applied before the next is asked for."
    waits = untaken(order)
    node = world.nodes.get(order.node_key)
    if order.removed:
        yield removed(waits, now)
        if order.successor is not None:
            yield placed(world, order.successor, now, accepted=True)
    elif node is not None and node.action is NodeAction.NEXT_STATE:
        yield passed_on(world, waits, order.node, now)
    else:
        detail = {"task": order.task_id, "node": order.node, "given_back": True}
        yield Change(Kind.ORDER_CHANGED, f"{order.chain},{order.id}", put=(waits,), detail=detail)


def untaken(order: Order) -> Order:
    "As it was before it was taken, at its old place; its round has not begun if this would have been the first step."
    state = after(order.state, OrderEvent.RETURN, order.id)
    waits = replace(order, state=state, task_id=None, steps=order.steps - 1)
    return replace(waits, touched=False, history_id=None, started_at=None) if order.steps == 1 else waits


def forgotten(world: World, now: datetime) -> Iterator[Change]:
    "Orders that the last run had handed ahead when it died, so that no task knows them."
    for order in list(world.orders.values()):
        if order.task_id is None:
            continue
        task = world.tasks.get(order.task_id)
        ahead = task.server.ahead if task is not None and task.server is not None else ()
        if task is None or (task.order_key != order.key and order.key not in ahead):
            yield from given_back(world, order, now)
