"""Which beats of the others were seen to change when.

Only the watcher's own clock counts (seconds that also run while the machine sleeps), so clocks of other machines may be
wrong. A beat stands still for the time between the end of the look that noticed it and the beginning of the
latest look that found it again; so a slow database makes the watcher patient and not hasty.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum

#: seconds after which a beat is late, and after which whoever gave it counts as dead
LATE_AFTER, DEAD_AFTER = 2.2, 3.5
#: seconds since the last proof of one's own right after which one starts nothing any more: less than `DEAD_AFTER`
OWN_DEADLINE = 2.75


class Quality(StrEnum):
    GOOD = "good"
    LATE = "late"
    DEAD = "dead"


@dataclass(slots=True)
class Beat:
    "`value` as it was read; `changed_at` when that was noticed. `count` beats were noticed, `late` of them were late."

    value: Hashable
    changed_at: float
    count: int = 0
    late: int = 0


class Sight:
    "What one watcher has seen. Every name is looked at in every look."

    def __init__(self) -> None:
        self._beats: dict[str, Beat] = {}
        self._latest = 0.0

    def look(self, values: Mapping[str, Hashable], began: float, ended: float) -> None:
        "The beats of all by name, as a look found them that took from `began` to `ended`."
        self._latest = began
        for name in self._beats.keys() - values.keys():
            del self._beats[name]
        for name, value in values.items():
            known = self._beats.get(name)
            if known is None:
                self._beats[name] = Beat(value, ended)
            elif known.value != value:
                late = began - known.changed_at > LATE_AFTER
                self._beats[name] = Beat(value, ended, known.count + 1, known.late + late)

    def lose(self, now: float) -> None:
        "One's own sight was lost until `now`: nobody is blamed for what nobody could see."
        for beat in self._beats.values():
            beat.changed_at = now

    def still(self, name: str) -> float:
        "Seconds for which the beat has not changed; 0 for one that has never been seen."
        beat = self._beats.get(name)
        return max(0.0, self._latest - beat.changed_at) if beat is not None else 0.0

    def quality(self, name: str) -> Quality:
        still = self.still(name)
        return Quality.DEAD if still >= DEAD_AFTER else Quality.LATE if still >= LATE_AFTER else Quality.GOOD

    def counts(self, name: str) -> tuple[int, int]:
        "How many beats were noticed, and how many of them late."
        beat = self._beats.get(name)
        return (beat.count, beat.late) if beat is not None else (0, 0)
