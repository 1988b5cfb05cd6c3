"""The engine's end of a socket pair to a process of its own: bytes out from any thread, in on the reactor's thread.

Neither direction gives up the interpreter (see `brief_calls`).
"""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from contextlib import suppress
from threading import Lock
from typing import Any

from twisted.internet.interfaces import IReadWriteDescriptor
from zope.interface import implementer

from netcore.brief_calls import SIZE, Receiver, send


@implementer(IReadWriteDescriptor)
class BriefConnection(ABC):
    "What comes in goes to `_take`; that the other side has gone goes to `_other_side_gone`."

    def __init__(self, reactor: Any, ours: socket.socket, receiver: Receiver) -> None:
        ours.setblocking(False)
        self._reactor = reactor
        self._socket = ours
        self._descriptor = ours.fileno()
        self._receiver = receiver
        self._lock = Lock()
        self._unsent = b""
        self._closed = False

    def start(self) -> None:
        "Reactor's thread, as all but `send_bytes`."
        self._reactor.addReader(self)

    @abstractmethod
    def _take(self, chunk: bytes) -> None:
        "What has come in; reactor's thread."

    def _other_side_gone(self) -> None:  # noqa: B027 - not everybody has to do something then
        "Called once at most."

    # -- out

    def send_bytes(self, data: bytes) -> None:
        "Any thread. What the kernel does not take at once the reactor sends when it can."
        with self._lock:
            if self._closed:
                return
            if self._unsent:
                self._unsent += data
                return
            self._unsent = data[self._sent(data) :]
            if not self._unsent:
                return
        self._reactor.callFromThread(self._send_rest)

    def _sent(self, data: bytes) -> int:
        try:
            return send(self._descriptor, data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)  # the other side has gone, which is told elsewhere

    def _send_rest(self) -> None:
        if not self._closed:
            self._reactor.addWriter(self)

    def doWrite(self) -> None:
        with self._lock:
            self._unsent = self._unsent[self._sent(self._unsent[: 16 * SIZE]) :]
            if not self._unsent:
                self._reactor.removeWriter(self)

    # -- in

    def fileno(self) -> int:
        return self._socket.fileno()

    def doRead(self) -> None:
        self._read_once()

    def drain(self) -> None:
        "Everything that the other side has sent before its end."
        while self._read_once():
            pass

    def _read_once(self) -> bool:
        "Whether there may be more."
        if self._closed:
            return False
        try:
            chunk = self._receiver.receive(self._descriptor)
        except BlockingIOError:
            return False
        except OSError:
            chunk = b""
        if not chunk:
            self._reactor.removeReader(self)
            self._other_side_gone()
            return False
        self._take(chunk)
        return True

    # -- end

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._unsent = b""
        self._reactor.removeReader(self)
        self._reactor.removeWriter(self)
        with suppress(OSError):
            self._socket.close()

    def connectionLost(self, reason: object) -> None:  # noqa: B027 - nobody has to
        "The reactor calls this when it is shut down; whoever made the connection closes it."

    def logPrefix(self) -> str:
        return "process of the engine"
