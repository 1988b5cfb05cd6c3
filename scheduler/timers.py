"""Instants at which something is to be looked at again, the earliest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Any

#: so many are kept without looking which of them still mean something
FEWEST = 1024


class Timers:
    """Entries are (kind, key) of what to look at; `lives` says whether an entry still means something.

    Nothing is ever cancelled: a look too many does no harm. Entries that mean nothing any more, and those that are
    noted twice, are forgotten whenever the number of all has doubled. All operations cost O(log n).
    """

    __slots__ = ("_added", "_heap", "_lives", "_most")

    def __init__(self, lives: Callable[[str, Any], bool]) -> None:
        self._lives = lives
        self._heap: list[tuple[datetime, int, str, Any]] = []
        self._added = 0
        self._most = FEWEST

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next(self) -> datetime | None:
        "The earliest instant."
        return self._heap[0][0] if self._heap else None

    def add(self, when: datetime, kind: str, key: Any) -> None:
        self._added += 1
        heappush(self._heap, (when, self._added, kind, key))
        if len(self._heap) > self._most:
            self._tidy()

    def due(self, now: datetime) -> list[tuple[str, Any]]:
        "Takes out what has come by `now`, the earliest first."
        found: list[tuple[str, Any]] = []
        while self._heap and self._heap[0][0] <= now:
            _, _, kind, key = heappop(self._heap)
            found.append((kind, key))
        return found

    def _tidy(self) -> None:
        living = {(when, kind, key): number for when, number, kind, key in self._heap if self._lives(kind, key)}
        self._heap = [(when, number, kind, key) for (when, kind, key), number in living.items()]
        heapify(self._heap)
        self._most = max(FEWEST, 2 * len(self._heap))
