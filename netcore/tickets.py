"""The pipe with the tickets of one task server: for each step that is handed ahead one, that the first to read it has.

Reading as many bytes as a ticket has is atomic, so a step either begins or is taken back. Both ends are ours, and the
task server has the one to read from, too. Any thread.
"""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock

from taskserver.messages import TICKET, numbers, tickets

#: more than a task server is ever handed ahead
_MANY = TICKET * 1024


class Tickets:
    def __init__(self) -> None:
        "Raises OSError."
        self._lock = Lock()
        self._read, self._write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def fileno(self) -> int:
        "The end that the task server gets."
        return self._read

    def issue(self, first: int, count: int) -> None:
        "Before the steps of these numbers are handed ahead. What does not fit into the pipe will be found taken back."
        with self._lock, suppress(BlockingIOError):
            if self._write >= 0:
                os.write(self._write, tickets(range(first, first + count)))

    def take_back(self) -> tuple[int, ...]:
        "The numbers of the steps that have not begun, and will not."
        left: list[int] = []
        with self._lock, suppress(BlockingIOError):
            while self._read >= 0:
                left += numbers(os.read(self._read, _MANY))
        return tuple(left)

    def close(self) -> None:
        with self._lock:
            for descriptor in (self._read, self._write):
                if descriptor >= 0:
                    os.close(descriptor)
            self._read = self._write = -1
