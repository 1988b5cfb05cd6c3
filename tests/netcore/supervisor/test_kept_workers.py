"Workers reach the database: new ones at once, others a moment after they have changed, and nobody is forgotten."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from models.errors import StoreError
from netcore.supervisor.workers import COLLECT, PATIENCE, Workers
from scheduler.supervisor.records import Protocol, Worker

ONE = Worker("one", "one", Protocol.PAIR, "")
TWO = Worker("two", "two", Protocol.PAIR, "")


class Written:
    "Stands for the database: what it was given at each time, or why it takes nothing."

    def __init__(self) -> None:
        self.saved: list[list[tuple[str, int]]] = []
        self.problem: StoreError | None = None

    def save(self, workers: Sequence[Worker]) -> Deferred[None]:
        if self.problem is not None:
            return fail(self.problem)
        self.saved.append([(worker.name, worker.applied) for worker in workers])
        return succeed(None)


def kept() -> tuple[Clock, Written, Workers]:
    clock, written = Clock(), Written()
    return clock, written, Workers(clock, written)  # type: ignore[arg-type]


def test_somebody_new_is_written_at_once_and_changes_are_collected() -> None:
    clock, written, workers = kept()
    workers.put(ONE)
    clock.advance(0)
    assert written.saved == [[("one", 0)]]
    workers.put(replace(ONE, applied=1))
    workers.put(replace(ONE, applied=2))
    clock.advance(COLLECT / 2)
    assert len(written.saved) == 1
    workers.put(TWO)
    clock.advance(0)
    assert written.saved[1:] == [[("one", 2), ("two", 0)]]
    clock.advance(COLLECT)
    assert len(written.saved) == 2
    assert clock.getDelayedCalls() == []


def test_what_could_not_be_written_is_tried_again_until_the_end() -> None:
    clock, written, workers = kept()
    written.problem = StoreError("the disk is full")
    workers.put(ONE)
    clock.advance(0)
    workers.put(TWO)
    clock.advance(0)
    clock.advance(PATIENCE)
    assert written.saved == []
    written.problem = None
    workers.put(replace(TWO, applied=3))
    clock.advance(PATIENCE)
    assert written.saved == [[("one", 0), ("two", 3)]]
    written.problem = StoreError("the disk is full")
    workers.put(replace(ONE, applied=1))
    workers.stop()
    assert clock.getDelayedCalls() == []
