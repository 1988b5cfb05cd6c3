"""Tells the reactor which processes have ended: one descriptor for all of them.

A thread that has started a process adds it here by itself, so a start does not wake the reactor; many ends at
once wake it once.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from contextlib import suppress

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from zope.interface import implementer


@implementer(IReadDescriptor)
class ProcessEnds:
    """`ended` is called on the reactor's thread with the pidfd of a process that has ended, again and again until the
    pidfd is removed. Closing it is not enough: a child between its birth and its exec has a copy of it."""

    _log = Logger()

    def __init__(self, ended: Callable[[int], None]) -> None:
        self._ended = ended
        self._poll = select.epoll()

    def add(self, pidfd: int) -> None:
        "Watch this process. Any thread."
        self._poll.register(pidfd, select.EPOLLIN)

    def remove(self, pidfd: int) -> None:
        self._poll.unregister(pidfd)

    def fileno(self) -> int:
        return -1 if self._poll.closed else self._poll.fileno()

    def doRead(self) -> None:
        for pidfd, _ in self._poll.poll(0):
            try:
                self._ended(pidfd)
            except Exception:
                # The reactor drops a descriptor that breaks down, and with it would go the ends of all processes.
                self._log.failure("The end of a process was not taken")
                with suppress(OSError):
                    self.remove(pidfd)

    def connectionLost(self, reason: object) -> None:
        "The reactor calls this when it is shut down; `Processes.stop` is what ends the processes."

    def logPrefix(self) -> str:
        return "ended processes"

    def close(self) -> None:
        self._poll.close()
