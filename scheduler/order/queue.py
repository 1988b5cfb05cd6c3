"""The orders that wait at one node, the next one first.

Sequence, as in the classic engine: due before not yet due, then higher priority, then order of arrival.
Due orders are kept apart by what taking them would begin (`Gate`), because `max_orders` holds back only those that
begin something. Entries are heaps that forget lazily: an order that is put again or taken out leaves
a stale entry, which is skipped when it comes to the top. All operations cost O(log n).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from heapq import heapify, heappop, heappush

from scheduler.records import Order

#: whether it would begin its round (or its way through a nested job chain) in the chain of the node, and the key of the
#: superordinate chain in which it would begin its round, or empty
Gate = tuple[bool, str]

FREE: Gate = (False, "")

_Ready = tuple[int, int, str, int]                # -priority, ordering, id, number of the entry
_Later = tuple[datetime, int, int, str, int]      # start_at, then as above


def begun(order: Order) -> bool:
    "Whether its round has begun; in a nested job chain: whether its way through that chain has."
    return order.touched and (not order.outer_chain or order.history_id is not None)


def gate_of(order: Order) -> Gate:
    if order.ignore_max_orders or begun(order):
        return FREE
    return True, order.outer_chain.lower() if not order.touched else ""


def _open(outer: str) -> bool:
    return True


class NodeQueue:
    __slots__ = ("_due", "_entries", "_later", "_slots")

    def __init__(self) -> None:
        #: by order id: its gate, and the number of its valid entry
        self._slots: dict[str, tuple[Gate, int]] = {}
        self._due: dict[Gate, list[_Ready]] = {FREE: [], (True, ""): []}
        self._later: list[_Later] = []
        self._entries = 0

    def __len__(self) -> int:
        "Orders that wait with a start time."
        return len(self._slots)

    def put(self, order: Order, now: datetime) -> None:
        "Insert or move an order that has a start time."
        assert order.start_at is not None  # noqa: S101  (callers look; an order that never starts is in no queue)
        self._entries += 1
        entry = (-order.priority, order.ordering, order.id, self._entries)
        gate = gate_of(order)
        self._slots[order.id] = (gate, self._entries)
        if order.start_at <= now:
            heappush(self._due.setdefault(gate, []), entry)
        else:
            heappush(self._later, (order.start_at, *entry))
        self._tidy()

    def discard(self, order_id: str) -> None:
        self._slots.pop(order_id, None)

    def advance(self, now: datetime) -> None:
        "What has become due since the last look joins the due orders."
        while self._later and self._later[0][0] <= now:
            entry = heappop(self._later)[1:]
            if self._valid(entry):
                heappush(self._due.setdefault(self._slots[entry[2]][0], []), entry)

    def first(self, may_begin: bool, may_begin_in: Callable[[str], bool] = _open) -> str | None:
        """Id of the next due order.

        With `may_begin` False only of one that has begun in this chain; `may_begin_in` is asked with the key of a
        superordinate chain whether one that begins there is meant, too.
        """
        best = self._top(FREE)
        if may_begin:
            for gate in self._due:
                if gate == FREE or (gate[1] and not may_begin_in(gate[1])):
                    continue
                other = self._top(gate)
                if best is None or (other is not None and other < best):
                    best = other
        return None if best is None else best[2]

    def few(self, count: int) -> list[str]:
        "Ids of the next due orders, at most so many, in this chain alone: of those that begin nothing in another one."
        found: list[_Ready] = []
        for gate in (FREE, (True, "")):
            heap = self._due[gate]
            mine: list[_Ready] = []
            while heap and len(mine) < count:
                entry = heappop(heap)
                if self._valid(entry):
                    mine.append(entry)
            for entry in mine:
                heappush(heap, entry)
            found += mine
        return [entry[2] for entry in sorted(found)[:count]]

    @property
    def due_count(self) -> int:
        "Of all orders here, without those that may not be due yet."
        return max(0, len(self._slots) - len(self._later))

    def _valid(self, entry: _Ready) -> bool:
        slot = self._slots.get(entry[2])
        return slot is not None and slot[1] == entry[3]

    def _top(self, gate: Gate) -> _Ready | None:
        heap = self._due[gate]
        while heap:
            if self._valid(heap[0]):
                return heap[0]
            heappop(heap)
        return None

    def _tidy(self) -> None:
        "Forget stale entries when they outnumber the living ones."
        stored = len(self._later) + sum(map(len, self._due.values()))
        if stored <= 2 * len(self._slots) + 64:
            return
        for heap in self._due.values():
            heap[:] = [entry for entry in heap if self._valid(entry)]
            heapify(heap)
        self._later[:] = [later for later in self._later if self._valid(later[1:])]
        heapify(self._later)
