"""What somebody who watches the beats of members keeps of them: for each minute the longest silence of each.

    every look          -> how long the beat of each member that should live has stood still
    a minute is over    -> one row for each of them

Seconds are by the watcher's own clock (`scheduler.cluster.sight`); the minute is that of the wall clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BeatMinute:
    "`silent`: seconds without a new beat, at most, within that minute."

    member_id: str
    minute: datetime
    silent: float


class BeatMinutes:
    "Keeps the minute that goes on."

    def __init__(self) -> None:
        self._minute: datetime | None = None
        self._longest: dict[str, float] = {}

    def look(self, still: Mapping[str, float], now: datetime) -> list[BeatMinute]:
        "`still`: seconds for which the beat of each has not changed. The rows of the minute that is over, mostly none."
        minute = now.replace(second=0, microsecond=0)
        over: list[BeatMinute] = []
        if self._minute is not None and minute != self._minute:
            over = [BeatMinute(name, self._minute, round(longest, 1)) for name, longest in self._longest.items()]
            self._longest = {}
        self._minute = minute
        for name, seconds in still.items():
            self._longest[name] = max(seconds, self._longest.get(name, 0.0))
        return over
