"""The real reactor in a thread of its own, for the whole test session, and waiting for conditions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet import reactor as installed_reactor
from twisted.internet.threads import blockingCallFromThread

from tests.support.waiting import PATIENCE

T = TypeVar("T")
reactor: Any = installed_reactor
_once = threading.Lock()
_thread: threading.Thread | None = None


def running_reactor() -> Any:
    "The reactor, running; started at the first call. Signals stay with pytest."
    global _thread
    with _once:
        if _thread is None:
            runs = threading.Event()
            reactor.callWhenRunning(runs.set)
            _thread = threading.Thread(target=reactor.run, args=(False,), name="reactor", daemon=True)
            _thread.start()
            assert runs.wait(PATIENCE)
    return reactor


def in_reactor(function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    "Call in the reactor's thread and wait for the result, also for that of a Deferred."
    return blockingCallFromThread(running_reactor(), function, *args, **named)


def wait_for(condition: Callable[[], T], seconds: float = PATIENCE) -> T:
    "The first true value of the condition; fails after the deadline."
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)
    return value
