"""Whether processes may start: only while the right to work was proved a moment ago.

A commit proves it. A process that was frozen after a commit, or waited for it too long, may have been replaced
meanwhile, so what it was about to start waits for the next proof. If the right is gone there is none, and the engine
ends.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from threading import Event, Thread

from models.batch import boot_seconds
from scheduler.cluster.sight import OWN_DEADLINE

_LOOK_EVERY = 0.02


class StartPermit:
    "`proved_at` gives the instant of the last proof in `boot_seconds`. Any thread."

    def __init__(self, proved_at: Callable[[], float], clock: Callable[[], float] = boot_seconds) -> None:
        self._proved_at = proved_at
        self._clock = clock
        self._ended = Event()

    def until(self) -> float:
        "The instant when it holds no longer, as far as is known."
        return self._proved_at() + OWN_DEADLINE

    def holds(self) -> bool:
        return self._clock() < self.until()

    def wait(self) -> bool:
        "Returns when it holds; False when there will be no proof any more. Not in the scribe's thread."
        while not self.holds():
            if self._ended.wait(_LOOK_EVERY):
                return False
        return True

    def then(self, act: Callable[[], None]) -> None:
        "Calls `act` now if it holds, else as soon as it does, in a thread of its own."
        if self.holds():
            act()
        else:
            Thread(target=self._late, args=(act,), name="permit", daemon=True).start()

    def _late(self, act: Callable[[], None]) -> None:
        if self.wait():
            act()

    def stop(self) -> None:
        "Whoever waits is told that there will be no proof."
        self._ended.set()


class AlwaysPermitted(StartPermit):
    "For parts that are used without a database."

    def __init__(self) -> None:
        super().__init__(lambda: inf)
