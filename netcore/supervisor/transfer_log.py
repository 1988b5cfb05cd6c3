"""What is on its way to workers, and what has become of it; kept in the database a moment after it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from netcore.supervisor.library import Library
from scheduler.supervisor.records import Outcome, Transfer
from scheduler.supervisor.tree import Difference

#: seconds in which transfers are collected
COLLECT = 0.5


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    "`checksum` of what is sent; in `last` something of it was asked for."

    transfer: Transfer
    checksum: str
    last: datetime


class TransferLog:
    """`now` is the wall clock. All on the reactor's thread.

    A worker with our protocol says how it went, or asks again with the checksum of what it got; if it does neither, the
    transfer has broken off.
    """

    _log = Logger()

    def __init__(self, reactor: Any, library: Library, now: Callable[[], datetime]) -> None:
        self._reactor = reactor
        self._library = library
        self._now = now
        self._on_their_way: dict[str, _OnItsWay] = {}
        self._ended: list[Transfer] = []
        self._timer: Any = None

    def is_under_way(self, worker: str) -> bool:
        return worker in self._on_their_way

    def began(self, worker: str, number: int, before: int, checksum: str, difference: Difference) -> None:
        "The worker was told what is different; it will ask for contents."
        self.broke_off(worker)
        now = self._now()
        transfer = Transfer(worker, number, before, now, now, Outcome.BROKEN_OFF, difference)
        self._on_their_way[worker] = _OnItsWay(transfer, checksum, now)

    def asked(self, worker: str) -> None:
        "It goes on."
        found = self._on_their_way.get(worker)
        if found is not None:
            self._on_their_way[worker] = replace(found, last=self._now())

    def has(self, worker: str, checksum: str) -> None:
        "The worker asks again, and has what this is the checksum of."
        found = self._on_their_way.get(worker)
        if found is not None and found.checksum == checksum:
            self._end(worker, Outcome.APPLIED, "", found.last)

    def said(self, worker: str, number: int, problem: str) -> None:
        "The worker says which version it has now, and what was in the way of another one."
        found = self._on_their_way.get(worker)
        if found is None:
            return
        if found.transfer.number == number:
            self._end(worker, Outcome.APPLIED, "", self._now())
        elif problem:
            self._end(worker, Outcome.REFUSED, problem, self._now())
        else:
            self.broke_off(worker)

    def came_back(self, worker: str, applied: int) -> None:
        "The worker registers, and works with this version: perhaps only its word about that was lost."
        found = self._on_their_way.get(worker)
        if found is not None and found.transfer.number == applied:
            self._end(worker, Outcome.APPLIED, "", found.last)
        else:
            self.broke_off(worker)

    def broke_off(self, worker: str) -> None:
        "Nobody will say any more how it went."
        found = self._on_their_way.get(worker)
        if found is not None:
            self._end(worker, Outcome.BROKEN_OFF, "", found.last)

    def given(self, worker: str, number: int, before: int, started_at: datetime, difference: Difference) -> None:
        "A classic worker was answered."
        if difference:
            self._keep(Transfer(worker, number, before, started_at, self._now(), Outcome.GIVEN, difference))

    def _end(self, worker: str, outcome: Outcome, problem: str, at: datetime) -> None:
        found = self._on_their_way.pop(worker)
        # clocks may be set back
        ended = max(at, found.transfer.started_at)
        self._keep(replace(found.transfer, outcome=outcome, problem=problem, ended_at=ended))

    def _keep(self, transfer: Transfer) -> None:
        self._ended.append(transfer)
        if self._timer is None or not self._timer.active():
            self._timer = self._reactor.callLater(COLLECT, self.save)

    def save(self) -> Deferred[Any]:
        "Write what has ended now. What cannot be written is only logged, and lost: nothing relies on it."
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        ended, self._ended = self._ended, []
        return self._library.add_transfers(ended).addErrback(self._not_saved) if ended else succeed(None)

    def stop(self) -> Deferred[Any]:
        for worker in list(self._on_their_way):
            self.broke_off(worker)
        return self.save()

    def _not_saved(self, failure: Failure) -> None:
        self._log.warn("Transfers are not written: {problem}", problem=str(failure.value))
