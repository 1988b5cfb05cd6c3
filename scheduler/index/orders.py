"Orders by node and by chain, and the queue of each node."

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from scheduler.order.queue import NodeQueue
from scheduler.records import NodeKey, Order, OrderKey, OrderState

NEVER = datetime.max.replace(tzinfo=UTC)
QUEUEING = (OrderState.WAITING, OrderState.SETBACK)
_HELD = (OrderState.SUSPENDED, OrderState.SUSPENDING, OrderState.BLACKLISTED)


def under_way(order: Order) -> bool:
    "Whether the order counts for `max_orders`: its round has begun and is not over."
    return order.touched and order.state is not OrderState.BLACKLISTED


class OrderIndex:
    "`orders` is the World's dictionary of all orders."

    def __init__(self, orders: Mapping[OrderKey, Order]) -> None:
        self._orders = orders
        self._queues: dict[NodeKey, NodeQueue] = {}
        self._at_node: dict[NodeKey, dict[str, None]] = {}
        self._of_chain: dict[str, dict[str, None]] = {}
        self._touched: dict[str, int] = {}

    def add(self, order: Order, now: datetime) -> None:
        chain, node_key = order.key.chain, order.node_key
        self._of_chain.setdefault(chain, {})[order.id] = None
        if under_way(order):
            self._touched[chain] = self._touched.get(chain, 0) + 1
        self._at_node.setdefault(node_key, {})[order.id] = None
        if order.state in QUEUEING and order.start_at is not None:
            queue = self._queues.get(node_key)
            if queue is None:
                queue = self._queues[node_key] = NodeQueue()
            queue.put(order, now)

    def remove(self, order: Order) -> None:
        chain, node_key = order.key.chain, order.node_key
        if node_key in self._queues:
            self._queues[node_key].discard(order.id)
        self._at_node.get(node_key, {}).pop(order.id, None)
        self._of_chain.get(chain, {}).pop(order.id, None)
        if under_way(order):
            self._touched[chain] -= 1

    def next_at(self, node_key: NodeKey, untouched_too: bool, now: datetime) -> Order | None:
        "The due order that is next at a node."
        queue = self._queues.get(node_key)
        if not queue:
            return None
        queue.advance(now)
        order_id = queue.first(untouched_too)
        return None if order_id is None else self._orders[OrderKey(node_key.chain, order_id)]

    def at(self, node_key: NodeKey, now: datetime) -> list[Order]:
        "All orders that stand at a node, in the sequence in which they are taken; suspended ones last."
        found = [self._orders[OrderKey(node_key.chain, order_id)] for order_id in self._at_node.get(node_key, ())]

        def position(order: Order) -> tuple[bool, datetime, int, int]:
            start = order.start_at or NEVER
            return order.state in _HELD, max(start, now), -order.priority, order.ordering

        return sorted(found, key=position)

    def count_at(self, node_key: NodeKey) -> int:
        return len(self._at_node.get(node_key, ()))

    def of(self, chain_key: str) -> list[Order]:
        "All orders of a chain, in order of arrival at each node."
        return [self._orders[OrderKey(chain_key, order_id)] for order_id in self._of_chain.get(chain_key, ())]

    def count_of(self, chain_key: str) -> int:
        return len(self._of_chain.get(chain_key, ()))

    def touched_of(self, chain_key: str) -> int:
        "Orders of a chain whose round has begun and is not over."
        return self._touched.get(chain_key, 0)
