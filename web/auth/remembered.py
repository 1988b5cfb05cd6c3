"""Who was signed in a moment ago, for the pulse: every open page asks for it every few seconds.

Pages, parts of pages and actions always look in the database. The pulse, which tells no more than that something has
changed, believes what was found less than `SECONDS` ago. So a session that was ended shows and does nothing from that
moment on, and an open page finds out after `SECONDS` at the latest, when its next pulse is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

SECONDS = 10.0
#: beyond this many, all are forgotten
MOST = 2000


class Remembered(Generic[T]):
    "What was found by a key lately. Any thread may ask; `clock` gives seconds."

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[object, tuple[float, T]] = {}

    def get(self, key: object) -> T | None:
        found = self._known.get(key)
        return found[1] if found is not None and self._clock() - found[0] < SECONDS else None

    def put(self, key: object, value: T) -> None:
        if len(self._known) >= MOST:
            self._known = {}
        self._known[key] = self._clock(), value

    def forget(self, key: object) -> None:
        self._known.pop(key, None)
