"""Workers that get nothing new: frozen and released by operators, released by time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from models.errors import StoreError
from netcore.supervisor.library import Library
from netcore.supervisor.workers import Workers
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.records import Freeze, Worker

#: seconds after which the wall clock is looked at again, as it may have been set
LOOK_EVERY = 60.0


class Freezing:
    """`released` is told the name of each worker that may have its newest version now; `frozen` that of each one that
    is not to be woken up any more. All on the reactor's thread; a freeze is written before it is acknowledged."""

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        library: Library,
        workers: Workers,
        now: Callable[[], datetime],
        is_active: Callable[[], bool],
        frozen: Callable[[str], None],
        released: Callable[[str], None],
    ) -> None:
        self._reactor = reactor
        self._library = library
        self._workers = workers
        self._now = now
        self._is_active = is_active
        self._frozen = frozen
        self._released = released
        self._timer: Any = None
        self._stopped = False

    @inlineCallbacks
    def freeze(self, worker: Worker, at: datetime, by: str, reason: str, until: datetime | None) -> Any:
        "Fails with a StoreError when it cannot be written; then nothing is frozen."
        version = worker.freeze.version if worker.freeze is not None else worker.applied
        yield self._set(worker.name, Freeze(version, at, by, reason, until))
        self._log.info(
            "{name} is frozen at version {version} by {by}: {reason}", name=worker.name, version=version, by=by or "?",
            reason=reason,
        )  # fmt: skip
        self._frozen(worker.name)
        self.look()

    @inlineCallbacks
    def release(self, worker: Worker, by: str, reason: str = "") -> Any:
        "Raises NOT_FROZEN; fails with a StoreError when it cannot be written, and the worker stays frozen."
        if worker.freeze is None:
            raise WorkloadError(Code.NOT_FROZEN, worker=worker.name)
        yield self._set(worker.name, None)
        self._log.info("{name} is not frozen any more, by {by}: {reason}", name=worker.name, by=by or "?",
                       reason=reason)  # fmt: skip
        self._released(worker.name)

    @inlineCallbacks
    def _set(self, name: str, freeze: Freeze | None) -> Any:
        "It counts at once, so that nothing goes out while it is written."
        before = self._workers.get(name)
        self._put(name, freeze)
        try:
            yield self._library.freeze(name, freeze)
        except Exception:
            self._put(name, before.freeze if before is not None else None)
            raise

    def _put(self, name: str, freeze: Freeze | None) -> None:
        worker = self._workers.get(name)
        if worker is not None:
            self._workers.put(replace(worker, freeze=freeze))

    def moved(self, worker: Worker) -> None:
        "What was on its way as it was frozen has arrived: it stays with that."
        if self._is_active():
            self._library.freeze(worker.name, worker.freeze).addErrback(self._not_written)

    def look(self) -> None:
        "Release those whose time has come, and look again when the next one's has."
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._stopped or not self._is_active():
            return
        rest: list[float] = []
        for worker in self._workers.all():
            if worker.freeze is None or worker.freeze.until is None:
                continue
            seconds = (worker.freeze.until - self._now()).total_seconds()
            if seconds > 0:
                rest.append(seconds)
            else:
                self.release(worker, "the clock", "the time has come").addErrback(self._not_written)
                rest.append(LOOK_EVERY)
        if rest:
            self._timer = self._reactor.callLater(min(*rest, LOOK_EVERY), self.look)

    def stop(self) -> None:
        self._stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _not_written(self, failure: Failure) -> None:
        if failure.check(StoreError):
            self._log.warn("A freeze is not written: {problem}", problem=str(failure.value))
        else:
            self._log.failure("A freeze broke down", failure=failure)
