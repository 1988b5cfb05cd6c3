"""Whom the supervisor knows, and how they are doing; kept in the database a moment after it has changed.

Somebody new is written at once, because pages offer by name whom the database knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from netcore.supervisor.library import Library
from scheduler.supervisor.records import Worker, said_to_have

#: seconds in which changes are collected
COLLECT = 0.5
#: seconds until what could not be written is tried again
PATIENCE = 5.0


class Workers:
    "By name. All on the reactor's thread."

    _log = Logger()

    def __init__(self, reactor: Any, library: Library) -> None:
        self._reactor = reactor
        self._library = library
        self._known: dict[str, Worker] = {}
        self._unsaved: dict[str, None] = {}
        self._timer: Any = None
        self._over = False

    def load(self, workers: Iterable[Worker]) -> None:
        "What the database knows; who has registered meanwhile is known better, but not whether he is frozen."
        for worker in workers:
            known = self._known.get(worker.name, worker)
            self._known[worker.name] = said_to_have(replace(known, freeze=worker.freeze), known.applied)

    def get(self, name: str) -> Worker | None:
        return self._known.get(name)

    def all(self) -> tuple[Worker, ...]:
        "In alphabetical order."
        return tuple(worker for _, worker in sorted(self._known.items()))

    def named(self, names: Iterable[str]) -> tuple[Worker, ...]:
        "Those of these that are known, in alphabetical order."
        return tuple(self._known[name] for name in sorted(names) if name in self._known)

    def put(self, worker: Worker) -> None:
        known = self._known.get(worker.name)
        if known == worker:
            return
        self._known[worker.name] = worker
        self._unsaved[worker.name] = None
        self._save_in(COLLECT if known is not None else 0.0)

    def forget(self, name: str) -> Deferred[None]:
        self._known.pop(name, None)
        self._unsaved.pop(name, None)
        return self._library.forget(name)

    def save(self) -> Deferred[Any]:
        "Write what has changed now. What cannot be written is logged, and tried again."
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        unsaved, self._unsaved = self._unsaved, {}
        changed = [self._known[name] for name in unsaved if name in self._known]
        return self._library.save(changed).addErrback(self._not_saved, unsaved) if changed else succeed(None)

    def stop(self) -> Deferred[Any]:
        "Write what has changed, for the last time."
        self._over = True
        return self.save()

    def _save_in(self, seconds: float) -> None:
        "At the latest."
        if self._over:
            return
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= self._reactor.seconds() + seconds:
                return
            self._timer.cancel()
        self._timer = self._reactor.callLater(seconds, self.save)

    def _not_saved(self, failure: Failure, unsaved: dict[str, None]) -> None:
        self._log.warn("The workers are not written: {problem}", problem=str(failure.value))
        self._unsaved = unsaved | self._unsaved
        self._save_in(PATIENCE)
