"""Threads for work on file systems, which may hang for ever: nobody waits for them, not even the end of the engine."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

_Work = tuple[Callable[..., None], tuple[Any, ...]]


class Workers:
    """At most `most` daemon threads, made when they are needed. What is submitted first is begun first.

    A function must not raise. After `stop` nothing is begun any more.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._lock = Lock()
        self._threads = 0
        self._idle = 0
        self._stopped = False

    def submit(self, function: Callable[..., None], *arguments: Any) -> None:
        with self._lock:
            if self._stopped:
                return
            self._queue.put((function, arguments))
            if self._queue.qsize() <= self._idle or self._threads >= self._most:
                return
            self._threads += 1
        Thread(target=self._run, name=f"{self._name}-{self._threads}", daemon=True).start()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            for _ in range(self._threads):
                self._queue.put(None)

    def _run(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            work = self._queue.get()
            with self._lock:
                self._idle -= 1
            if work is None or self._stopped:
                return
            function, arguments = work
            function(*arguments)
