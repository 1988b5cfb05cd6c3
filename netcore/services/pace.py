"""How much of a service's work goes into one transaction: as much as takes a few milliseconds, and then a rest, so that
the engine, which writes into the same database, never waits long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Event
from time import monotonic
from typing import TypeVar

from models.connect import Connection, Engine, unhurried
from scheduler.retention import ALONE, BESIDE, FIRST, next_size, rest

T = TypeVar("T")


class Pace:
    """Of one service. `ending` is set when it should come to an end soon.

    Measured is the time of the transaction itself: the wait for others is over when `begin` is called.
    """

    def __init__(self, engine: Engine, ending: Event) -> None:
        self._target = ALONE if engine.dialect.name == "sqlite" else BESIDE
        self._ending = ending
        self._began = 0.0
        #: rows of the next transaction
        self.size = FIRST

    def begin(self, connection: Connection) -> None:
        "The first thing in a transaction."
        unhurried(connection)
        self._began = monotonic()

    def rest(self) -> bool:
        "After the transaction. Whether to come to an end."
        seconds = monotonic() - self._began
        self.size = next_size(self.size, seconds, self._target)
        return self._ending.wait(rest(seconds, self._target))

    def parts(self, pieces: Iterable[T], rows: Callable[[T], int] = lambda _: 1) -> Iterator[list[T]]:
        "Pieces for one transaction after the other, until the service should end. `rows`: how many a piece brings."
        part: list[T] = []
        weight = 0
        for piece in pieces:
            if self._ending.is_set():
                return
            part.append(piece)
            weight += rows(piece)
            if weight >= self.size:
                yield part
                part, weight = [], 0
        if part and not self._ending.is_set():
            yield part
