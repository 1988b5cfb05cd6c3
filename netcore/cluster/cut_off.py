"""Whether the member at work is the only one without database.

When its right was not proved for a while, either the database is gone for all, and then its tasks run on until it comes
back; or this member is cut off, and another one is about to begin its steps again. The others know: one that answers
and has seen its own beat in the database a moment ago is not without it. If this one still cannot reach it then, the
tasks here must end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from models.batch import boot_seconds
from models.connect import can_reach
from netcore.cluster.neighbour import sees_its_own_beat
from scheduler.cluster.view import MemberView

#: seconds between looks, and for which a member may think about its answer
LOOK_EVERY, PATIENCE = 0.2, 0.4
#: seconds without proof after which the others are asked: when the database is gone for all, theirs is as long ago, and
#: a beat that they have seen a moment ago is a later one
DOUBT_AFTER = 3.2


class CutOff:
    "`proved_at` as in `StartPermit`; `others` are asked; `alone` is told once. On the reactor's thread."

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        database_url: str,
        proved_at: Callable[[], float],
        others: Callable[[], Sequence[MemberView]],
        alone: Callable[[], None],
    ) -> None:
        self._reactor = reactor
        self._url = database_url
        self._proved_at = proved_at
        self._others = others
        self._alone = alone
        self._loop = LoopingCall(self._look)
        self._loop.clock = reactor

    def start(self) -> None:
        self._loop.start(LOOK_EVERY, now=False).addErrback(self._broken)

    def stop(self) -> None:
        if self._loop.running:
            self._loop.stop()

    def _look(self) -> Deferred[None] | None:
        if boot_seconds() < self._proved_at() + DOUBT_AFTER:
            return None
        pool = self._reactor.getThreadPool()
        asked: Deferred[bool] = deferToThreadPool(self._reactor, pool, _is_alone, self._url, tuple(self._others()))
        return asked.addCallback(self._answered)

    def _answered(self, is_alone: bool) -> None:
        if is_alone and self._loop.running and boot_seconds() >= self._proved_at() + DOUBT_AFTER:
            self.stop()
            self._alone()

    def _broken(self, failure: Failure) -> None:
        self._log.failure("Nobody asks any more whether this member is cut off", failure=failure)


def _is_alone(database_url: str, others: Sequence[MemberView]) -> bool:
    "Blocking, for up to two seconds and what the others take."
    return any(sees_its_own_beat(other, PATIENCE) for other in others) and not can_reach(database_url)
