"Orders by node and by chain, and the queue of each node."

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from scheduler.order.queue import NodeQueue, begun
from scheduler.records import NodeKey, Order, OrderKey, OrderState

_tuple = tuple.__new__
NEVER = datetime.max.replace(tzinfo=UTC)
QUEUEING = (OrderState.WAITING, OrderState.SETBACK)
_HELD = (OrderState.SUSPENDED, OrderState.SUSPENDING, OrderState.BLACKLISTED)


def under_way(order: Order) -> bool:
    "Whether the order counts for `max_orders` of its chain: its round there has begun and is not over."
    return begun(order) and not order.ignore_max_orders and order.state is not OrderState.BLACKLISTED


def referred(order: Order) -> tuple[str, ...]:
    "The schedule, or the calendar, that its run time names."
    if order.run_time is None:
        return ()
    return tuple(path for path in (order.run_time.schedule, order.run_time.calendar) if path)


def under_way_outside(order: Order) -> bool:
    "The same for its superordinate chain."
    counts = bool(order.outer_chain) and order.touched and not order.ignore_max_orders
    return counts and order.state is not OrderState.BLACKLISTED


def sequence(order: Order, now: datetime) -> tuple[bool, datetime, int, int]:
    "By this the orders at a node are sorted: as they are taken; suspended ones last."
    return order.state in _HELD, max(order.start_at or NEVER, now), -order.priority, order.ordering


class OrderIndex:
    "`orders` is the World's dictionary of all orders."

    def __init__(self, orders: Mapping[OrderKey, Order]) -> None:
        self._orders = orders
        self._queues: dict[NodeKey, NodeQueue] = {}
        #: by id; the records themselves, so that a copy of them all costs little
        self._at_node: dict[NodeKey, dict[str, Order]] = {}
        self._of_chain: dict[str, dict[str, Order]] = {}
        self._touched: dict[str, int] = {}
        #: by superordinate chain, then by id
        self._inside: dict[str, dict[str, Order]] = {}
        self._using: dict[str, dict[OrderKey, None]] = {}

    def add(self, order: Order, now: datetime, held: bool = False) -> None:
        "`held`: it is not to be taken, whatever its start time."
        key, node_key = order.key, order.node_key
        chain = key.chain
        self._of_chain.setdefault(chain, {})[order.id] = order
        if under_way(order):
            self._touched[chain] = self._touched.get(chain, 0) + 1
        if order.outer_chain:
            self._add_inside(order)
        for path in referred(order):
            self._using.setdefault(path, {})[key] = None
        self._at_node.setdefault(node_key, {})[order.id] = order
        if order.state in QUEUEING and order.start_at is not None and not held:
            queue = self._queues.get(node_key)
            if queue is None:
                queue = self._queues[node_key] = NodeQueue()
            queue.put(order, now)

    def _add_inside(self, order: Order) -> None:
        outer = order.outer_chain.lower()
        self._inside.setdefault(outer, {})[order.id] = order
        if under_way_outside(order):
            self._touched[outer] = self._touched.get(outer, 0) + 1

    def remove(self, order: Order) -> None:
        key, node_key = order.key, order.node_key
        chain = key.chain
        if node_key in self._queues:
            self._queues[node_key].discard(order.id)
        self._at_node.get(node_key, {}).pop(order.id, None)
        self._of_chain.get(chain, {}).pop(order.id, None)
        if under_way(order):
            self._touched[chain] -= 1
        if order.outer_chain:
            outer = order.outer_chain.lower()
            self._inside.get(outer, {}).pop(order.id, None)
            if under_way_outside(order):
                self._touched[outer] -= 1
        for path in referred(order):
            self._using.get(path, {}).pop(key, None)

    def next_at(
        self, node_key: NodeKey, may_begin: bool, may_begin_in: Callable[[str], bool], now: datetime
    ) -> Order | None:
        "The due order that is next at a node; see `NodeQueue.first`."
        queue = self._queues.get(node_key)
        if not queue:
            return None
        queue.advance(now)
        order_id = queue.first(may_begin, may_begin_in)
        return None if order_id is None else self._orders[OrderKey(node_key.chain, order_id)]

    def next_few(self, node_key: NodeKey, count: int, now: datetime) -> list[Order]:
        "The due orders that are next at a node, at most so many; see `NodeQueue.few`."
        queue = self._queues.get(node_key)
        if not queue:
            return []
        queue.advance(now)
        return [self._orders[_tuple(OrderKey, (node_key.chain, order_id))] for order_id in queue.few(count)]

    def due_count(self, node_key: NodeKey) -> int:
        "How many orders at a node are due, at least; at the last look."
        queue = self._queues.get(node_key)
        return queue.due_count if queue is not None else 0

    def at(self, node_key: NodeKey, now: datetime) -> list[Order]:
        "All orders that stand at a node, in the sequence in which they are taken; suspended ones last."
        return sorted(self._at_node.get(node_key, {}).values(), key=lambda order: sequence(order, now))

    def standing_at(self, node_key: NodeKey) -> list[Order]:
        "The same in no sequence, which costs little also when they are very many."
        return list(self._at_node.get(node_key, {}).values())

    def count_at(self, node_key: NodeKey) -> int:
        return len(self._at_node.get(node_key, ()))

    def of(self, chain_key: str) -> list[Order]:
        "All orders of a chain, in order of arrival at each node; those in its nested chains are not among them."
        return list(self._of_chain.get(chain_key, {}).values())

    def count_of(self, chain_key: str) -> int:
        return len(self._of_chain.get(chain_key, ()))

    def inside(self, outer_key: str) -> list[Order]:
        "The orders of a superordinate chain that stand in its nested chains."
        return list(self._inside.get(outer_key, {}).values())

    def find(self, key: OrderKey) -> Order | None:
        "In the chain, or in one of its nested chains."
        order = self._orders.get(key)
        if order is None and key.chain in self._inside:
            order = self._inside[key.chain].get(key.id)
        return order

    def using(self, schedule: str) -> list[Order]:
        "Orders whose run time refers to a named schedule, or to a calendar by itself."
        return [self._orders[key] for key in self._using.get(schedule, ())]

    def touched_of(self, chain_key: str) -> int:
        "Orders of a chain whose round has begun and is not over; of a superordinate one all in its nested chains."
        return self._touched.get(chain_key, 0)
