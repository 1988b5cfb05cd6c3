"""How late the reactor is: a timer that should fire every 250 ms notes by how much it does not.

Operators see it in `show_state what="operations"`; it tells whether something blocks the engine at work. The start,
which reads a whole configuration while nobody waits for it, does not count.
"""

from __future__ import annotations

from collections import deque
from typing import Any

EVERY = 0.25
KEPT = 240


class Lateness:
    "Keeps the last minute. Reactor's thread."

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._late: deque[float] = deque(maxlen=KEPT)
        self._timer: Any = None
        self._due = 0.0

    def start(self) -> None:
        self._due = self._reactor.seconds() + EVERY
        self._timer = self._reactor.callLater(EVERY, self._fire)

    def stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _fire(self) -> None:
        self._late.append(max(0.0, self._reactor.seconds() - self._due))
        self.start()

    def percentile(self, part: float) -> float:
        "Seconds; 0 before the first measurement."
        ordered = sorted(self._late)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0
