"""Which parts of the engine write their debug lines into its log, whatever the level of the log is.

A category is a part of the program by its dotted name (`netcore.scribe`, `twisted`), and holds all below it; `all` is
the root. What is not set follows the category around it; the root is off.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

ROOT = "all"


class Shown(NamedTuple):
    "One category as it is listed."

    path: str
    on: bool
    used: int


class LogCategories:
    "On the reactor's thread; `now` is aware, UTC."

    def __init__(self) -> None:
        self._set: dict[str, bool] = {}
        self._used: dict[str, int] = {}
        self.reset_at: datetime | None = None

    def set(self, category: str, on: bool) -> None:
        self._set[category] = on

    def reset(self, at: datetime) -> None:
        "Everything is as at the start from that instant on."
        self.reset_at = at

    def shows(self, name: str, now: datetime) -> bool:
        "Whether debug lines of the part with that dotted name are written; counted for the category that says so."
        self._look(now)
        if not self._set:
            return False
        category = next((each for each in _around(name) if each in self._set), ROOT)
        if not self._set.get(category, False):
            return False
        self._used[category] = self._used.get(category, 0) + 1
        return True

    def all(self, now: datetime) -> list[Shown]:
        "The root and all that were set, by their names; what a reset that has come took back is not among them."
        self._look(now)
        names = [ROOT, *sorted(name for name in self._set if name != ROOT)]
        return [Shown(name, self._set.get(name, False), self._used.get(name, 0)) for name in names]

    def is_set(self, category: str) -> bool:
        return category in self._set

    def _look(self, now: datetime) -> None:
        if self.reset_at is not None and self.reset_at <= now:
            self._set.clear()
            self._used.clear()
            self.reset_at = None


def _around(name: str) -> Iterator[str]:
    "The category itself and those around it, the innermost first."
    while name:
        yield name
        name = name.rpartition(".")[0]
    yield ROOT
