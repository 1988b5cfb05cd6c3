"""What a member that watches the beats of the others remembers of the last ten minutes, ten seconds by ten seconds.

    every look            -> how long the beat of each has stood still
    ten seconds are over  -> one more silence of each, the longest in them; the oldest is forgotten

All by the watcher's own clock; while it could not look itself, nothing is known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

#: seconds of a part, and how many parts are kept
PART, PARTS = 10, 60

#: the longest silences by member id, in seconds, the newest last; None: not looked at
Silences = Mapping[str, tuple[float | None, ...]]


class RecentBeats:
    def __init__(self) -> None:
        self._part: int | None = None
        self._longest: dict[str, float] = {}
        self._parts: deque[dict[str, float]] = deque(maxlen=PARTS)
        #: of all parts that are over; made anew when another one is
        self.told: Silences = {}

    def look(self, still: Mapping[str, float], now: float) -> None:
        "`still`: seconds for which the beat of each has not changed."
        part = int(now // PART)
        if self._part is not None and part > self._part:
            self._parts.append(self._longest)
            self._parts.extend({} for _ in range(min(part - self._part - 1, PARTS)))
            self._longest = {}
            names = set(still).union(*self._parts)  # of those that are gone a gap is seen
            self.told = {name: tuple(each.get(name) for each in self._parts) for name in names}
        self._part = part
        for name, seconds in still.items():
            self._longest[name] = max(seconds, self._longest.get(name, 0.0))
