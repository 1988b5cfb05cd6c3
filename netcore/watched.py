"Ending a process by a ladder: SIGTERM, and SIGKILL when it does not follow in time."

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar


class Signalled(Protocol):
    def signal_group(self, number: int) -> None:
        "To the process and its descendants, as long as they are in its group."


P = TypeVar("P", bound=Signalled)


class Watched(Generic[P]):
    "A process under the engine's eyes, with the timer that may kill it."

    __slots__ = ("_timer", "process")

    def __init__(self, process: P) -> None:
        self.process = process
        self._timer: Any = None

    def end(self, reactor: Any, grace: float | None, over: Callable[[P], None]) -> None:
        "`grace` as in `actions.Kill`; `over` is called when it is over and the process still runs."
        if grace == 0:
            self.process.signal_group(signal.SIGKILL)
            return
        self.process.signal_group(signal.SIGTERM)
        self.process.signal_group(signal.SIGCONT)  # a stopped process could not follow
        if grace is not None:
            self._kill_within(reactor, grace, over)

    def _kill_within(self, reactor: Any, seconds: float, kill: Callable[[P], None]) -> None:
        "Call `kill` after so many seconds; an earlier appointment stands."
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= reactor.seconds() + seconds:
                return
            self._timer.cancel()
        self._timer = reactor.callLater(seconds, kill, self.process)

    def cancel(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()


def word_of_end(grace: float | None, reason: str) -> str:
    "What the log says when a process is ended this way."
    name = "SIGKILL" if grace == 0 else "SIGTERM"
    return f"{name}: {reason}" if reason else name
