"""When the central folder is looked at: when the system hints at a change, soon after; regularly anyway.

A hint is followed as soon as no further one has come for a moment, so that files which are copied in together
become one version; but not much later, however long the copying goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from netcore.folder_watch import FolderWatch
from netcore.supervisor.central_folder import Central, CentralFolder


@dataclass(frozen=True, slots=True)
class Pace:
    "Seconds: after the last hint of a burst, after its first one at the latest, without any hint."

    after_hint: float = 0.2
    at_most: float = 2.0
    regularly: float = 30.0


_USUAL = Pace()


class CentralWatch:
    """`found` is called on the reactor's thread with every look; a look that was not steady is repeated first, unless
    that takes too long. While it is held, nobody looks but for `look_now`."""

    _log = Logger()

    def __init__(
        self, reactor: Any, folder: CentralFolder, found: Callable[[Central], object], pace: Pace = _USUAL
    ) -> None:
        self._reactor = reactor
        self._folder = folder
        self._found = found
        self.pace = pace
        self._watch = FolderWatch(folder.directory, self._hinted_in_thread)
        self._timer: Any = None
        self._first_hint: float | None = None
        self._steady_before = True
        self._unsteady_since = 0.0
        self._looking = False
        self._again = False
        self._held = 0
        self._waiting: list[Deferred[Central]] = []
        self._waited_for: list[Deferred[Central]] = []
        self._running = False
        self._looked_at = float("-inf")

    def start(self) -> None:
        self._running = True
        self._look()

    def stop(self) -> Deferred[Any]:
        self._running = False
        self._cancel()
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._watch.stop)

    def look_now(self) -> Deferred[Central]:
        "Fires with a look that began after this call; `found` has it, too, unless the watch is held."
        waiting: Deferred[Central] = Deferred()
        self._waiting.append(waiting)
        if self._running:
            self._look()
        return waiting

    def is_fresh(self, seconds: float) -> bool:
        "Whether the last look began so recently, or the next one follows soon, or must not be."
        waits = self._held > 0 or self._first_hint is not None
        return waits or self._reactor.seconds() - self._looked_at < seconds

    def hold(self) -> None:
        "Somebody is changing the folder on purpose: nobody looks before `release`."
        self._held += 1

    def release(self) -> None:
        self._held -= 1
        if not self._held and self._running:
            self._look()

    # -- when

    def _hinted_in_thread(self) -> None:
        self._reactor.callFromThread(self._hinted)

    def _hinted(self) -> None:
        now = self._reactor.seconds()
        if self._first_hint is None:
            self._first_hint = now
        self._look_within(max(0.0, min(self.pace.after_hint, self._first_hint + self.pace.at_most - now)))

    def _look_within(self, seconds: float) -> None:
        self._cancel()
        if self._running:
            self._timer = self._reactor.callLater(seconds, self._look)

    def _cancel(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    # -- looking

    def _look(self) -> None:
        if self._looking:
            self._again = True
            return
        if self._held and not self._waiting:
            return
        self._cancel()
        self._looking, self._again = True, False
        self._waited_for, self._waiting = self._waiting, []
        began = self._looked_at = self._reactor.seconds()
        if self._steady_before:
            self._first_hint = None
        looked = deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._blocking_look)
        looked.addCallback(self._seen, began).addErrback(self._failed)

    def _blocking_look(self) -> Central:
        central = self._folder.look()
        hints = self._watch.watch(central.identity)
        # without hints only the next look tells whether a change was the last one
        return central if hints or not central.changed else replace(central, steady=False)

    def _seen(self, central: Central, began: float) -> None:
        self._looking = False
        if not self._running:
            return
        waited_for, self._waited_for = self._waited_for, []
        now = self._reactor.seconds()
        if self._steady_before:
            self._unsteady_since = began
        self._steady_before = central.steady
        if not central.steady and now - self._unsteady_since < self.pace.at_most:
            self._waiting = [*waited_for, *self._waiting]
            self._look_within(self.pace.after_hint)
            return
        self._steady_before = True
        if self._first_hint is not None and self._first_hint <= began:
            self._first_hint = None
        for waiting in waited_for:
            waiting.callback(central)
        if not self._held:
            self._found(central)
        if self._again or self._waiting:
            self._look()
        elif self._first_hint is not None:
            self._look_within(self.pace.after_hint)
        else:
            self._look_within(self.pace.regularly)

    def _failed(self, failure: Failure) -> None:
        self._looking = False
        self._log.failure("Looking at {folder} failed", failure=failure, folder=self._folder.directory)
        waited_for, self._waited_for = self._waited_for, []
        for waiting in waited_for:
            waiting.errback(failure)
        self._look_within(self.pace.regularly)
