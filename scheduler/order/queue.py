"""The orders that wait at one node, the next one first.

Sequence, as in the classic engine: due before not yet due, then higher priority, then order of arrival.
Due orders whose round has begun are kept apart from those whose round has not, because `max_orders` holds
back only the latter. Entries are heaps that forget lazily: an order that is put again or taken out leaves
a stale entry, which is skipped when it comes to the top. All operations cost O(log n).
"""

from __future__ import annotations

from datetime import datetime
from heapq import heapify, heappop, heappush

from scheduler.records import Order

_Ready = tuple[int, int, str, int]                # -priority, ordering, id, number of the entry
_Later = tuple[datetime, int, int, str, int]      # start_at, then as above


class NodeQueue:
    __slots__ = ("_due", "_entries", "_later", "_slots")

    def __init__(self) -> None:
        #: by order id: whether its round has begun, and the number of its valid entry
        self._slots: dict[str, tuple[bool, int]] = {}
        self._due: dict[bool, list[_Ready]] = {True: [], False: []}
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
        self._slots[order.id] = (order.touched, self._entries)
        if order.start_at <= now:
            heappush(self._due[order.touched], entry)
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
                heappush(self._due[self._slots[entry[2]][0]], entry)

    def first(self, untouched_too: bool) -> str | None:
        "Id of the next due order; with `untouched_too` False only of one whose round has begun."
        best = self._top(True)
        if untouched_too:
            other = self._top(False)
            if best is None or (other is not None and other < best):
                best = other
        return None if best is None else best[2]

    def _valid(self, entry: _Ready) -> bool:
        slot = self._slots.get(entry[2])
        return slot is not None and slot[1] == entry[3]

    def _top(self, touched: bool) -> _Ready | None:
        heap = self._due[touched]
        while heap:
            if self._valid(heap[0]):
                return heap[0]
            heappop(heap)
        return None

    def _tidy(self) -> None:
        "Forget stale entries when they outnumber the living ones."
        stored = len(self._later) + len(self._due[True]) + len(self._due[False])
        if stored <= 2 * len(self._slots) + 64:
            return
        for heap in self._due.values():
            heap[:] = [entry for entry in heap if self._valid(entry)]
            heapify(heap)
        self._later[:] = [later for later in self._later if self._valid(later[1:])]
        heapify(self._later)
