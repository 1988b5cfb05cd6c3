"""Breaks in long computations, so that an engine on the same machine finds a processor when it has something to start.

    a few milliseconds of work -> a break of a part of that, as niceness does its part, too (see `background`)
    the first work of a run    -> without breaks, as far as the caller permits: somebody waits for what has changed
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Event
from time import thread_time
from typing import TypeVar

T = TypeVar("T")
#: seconds of the processor's time between two breaks
WORK = 0.02
#: how many times as long a break is: on SQLite, where the engine waits for our transactions as well, and elsewhere
LONG, SHORT = 0.5, 0.2


class Breaks:
    """Of one service; each run of it is one thread. `ending`: no more breaks. `factor`: LONG or SHORT. `worked`:
    seconds of work of this thread."""

    def __init__(self, ending: Event, factor: float, worked: Callable[[], float] = thread_time) -> None:
        self._ending = ending
        self._factor = factor
        self._worked = worked
        self._next = 0.0

    def begin(self, without: float = 0.0) -> None:
        "A run begins, in this thread, with so many seconds of work before the first break."
        self._next = self._worked() + max(without, WORK)

    def take(self) -> None:
        "Between two small pieces of work: a break if it is time for one."
        late = self._worked() - self._next
        if late >= 0:
            self._ending.wait((WORK + late) * self._factor)
            self._next = self._worked() + WORK

    def between(self, pieces: Iterable[T]) -> Iterator[T]:
        for piece in pieces:
            self.take()
            yield piece
