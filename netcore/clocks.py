"""Two clocks: one on the wall, which is set now and then, and one that only counts.

Instants are read from the wall. What lasts (timers, patience, limits of time) is counted by the other one: a clock that
is set back by an hour must not make a timer wait for an hour, and one that is set forward must not end anybody's
patience at once. Twisted's reactor has the wall clock for both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import CLOCK_BOOTTIME, clock_gettime
from typing import Any

#: seconds between looks at the wall, and by which it must go wrong between two of them to have been set
LOOK_EVERY, SET_BY = 0.5, 0.25


def count_steadily(reactor: Any) -> None:
    """From now on `seconds` of this reactor, and so all its timers, count seconds since this machine has started, also
    those for which it sleeps; `wall_seconds` is the clock on the wall. Before its first timer."""
    reactor.wall_seconds = reactor.seconds
    reactor.seconds = partial(clock_gettime, CLOCK_BOOTTIME)


def wall_of(clock: Any) -> Callable[[], float]:
    "What tells the seconds since 1970 as the wall clock shows them. A clock that tests set by hand is both."
    told: Callable[[], float] | None = getattr(clock, "wall_seconds", None)
    return told if told is not None else clock.seconds


class WallWatch:
    """Notices that the wall clock was set. `told` gets the seconds by which it is fast since then, on the reactor's
    thread. That somebody makes a clock go a little faster or slower for a while is no news."""

    def __init__(self, reactor: Any, told: Callable[[float], None]) -> None:
        self._reactor = reactor
        self._wall = wall_of(reactor)
        self._told = told
        self._difference = 0.0
        self._timer: Any = None

    def start(self) -> None:
        self._difference = self._wall() - self._reactor.seconds()
        self._timer = self._reactor.callLater(LOOK_EVERY, self._look)

    def stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _look(self) -> None:
        seconds = self._wall() - self._reactor.seconds() - self._difference
        self.start()
        if abs(seconds) >= SET_BY:
            self._told(seconds)
