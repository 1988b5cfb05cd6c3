"""When a change in the hot folder counts: not before it has rested.

A half-written file or a deletion that is followed by a new file is no change yet. So a new or different version must
stand unchanged for a while, and a missing file must stay missing. Knows no file: keys and versions are anything that
can be compared. Times are seconds of any clock that goes forward.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Ages:
    "How long a version must have been seen before it counts, in seconds: new or changed, and deleted."

    changed: float = 3.0
    deleted: float = 2.0


@dataclass(frozen=True, slots=True)
class Due(Generic[K, V]):
    """What counts now: new versions, and the last versions of what is deleted.

    `next` is the number of seconds until something else may be due; None: nothing rests.
    """

    changed: dict[K, V]
    deleted: dict[K, V]
    next: float | None


class Ageing(Generic[K, V]):
    "`known` is what counts so far: the caller may take a key out of it to have it read again."

    def __init__(self, ages: Ages, known: Mapping[K, V] | None = None) -> None:
        self.known: dict[K, V] = dict(known or {})
        self._ages = ages
        #: version (None: missing) and since when it is seen
        self._resting: dict[K, tuple[V | None, float]] = {}

    def look(
        self,
        seen: Mapping[K, V],
        now: float,
        deleted_at_once: Callable[[K], bool],
        first: bool,
        changed_at_once: Callable[[K], bool] = lambda _: False,
    ) -> Due[K, V]:
        "Compare what is seen with what is known. At the `first` look nothing has to rest."
        changed = {key: version for key, version in seen.items() if self.known.get(key) != version}
        missing = self.known.keys() - seen.keys()
        for key in [key for key in self._resting if key not in changed and key not in missing]:
            del self._resting[key]
        waits: list[float] = []
        due: dict[K, V] = {}
        for key, version in changed.items():
            wait = 0.0 if first or changed_at_once(key) else self._wait(key, version, now, self._ages.changed)
            if wait <= 0:
                due[key] = version
            else:
                waits.append(wait)
        gone: dict[K, V] = {}
        for key in missing:
            wait = 0.0 if first or deleted_at_once(key) else self._wait(key, None, now, self._ages.deleted)
            if wait <= 0:
                gone[key] = self.known[key]
            else:
                waits.append(wait)
        self._accept(due, gone)
        return Due(due, gone, min(waits, default=None))

    def _wait(self, key: K, version: V | None, now: float, age: float) -> float:
        resting = self._resting.get(key)
        if resting is None or resting[0] != version or resting[1] > now:
            self._resting[key] = (version, now)
            return age
        return resting[1] + age - now

    def _accept(self, due: Mapping[K, V], gone: Mapping[K, V]) -> None:
        self.known.update(due)
        for key in gone:
            del self.known[key]
        for key in (*due, *gone):
            self._resting.pop(key, None)
