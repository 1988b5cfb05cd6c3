"""The tickets of one task server: for each step that is handed ahead one, that the first to read it has.

They go through a socket pair of which the task server has the end to read from, and we have both. To read as many bytes
as a ticket has is one act of the kernel, so a step either begins or is taken back. Any thread.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock

from netcore.brief_calls import Receiver, send
from taskserver.messages import numbers, tickets


class Tickets:
    "Raises OSError when it is made, and nowhere else."

    def __init__(self) -> None:
        self._lock = Lock()
        #: of the steps that were handed ahead last
        self._taken_back: list[int] = []
        self._write, self._read = socket.socketpair()
        self._write.setblocking(False)
        self._read.setblocking(False)

    def fileno(self) -> int:
        "The end that the task server gets."
        return self._read.fileno()

    def issue(self, first: int, count: int) -> None:
        "Before the steps of these numbers are handed ahead. What the kernel does not take will be found taken back."
        with self._lock, suppress(OSError):
            self._taken_back = []
            send(self._write.fileno(), tickets(range(first, first + count)))

    def take_back(self) -> tuple[int, ...]:
        "The numbers of the steps that have not begun, and will not; with those that were taken back before."
        receiver = Receiver()
        with self._lock:
            with suppress(OSError):
                while chunk := receiver.receive(self._read.fileno()):
                    self._taken_back += numbers(chunk)
            return tuple(self._taken_back)

    def close(self) -> None:
        with self._lock:
            self._write.close()
            self._read.close()
