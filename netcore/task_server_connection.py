"""The engine's end of the socket to one task server: lines out from any thread, lines in on the reactor's thread."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any

from twisted.internet.interfaces import IReadWriteDescriptor
from zope.interface import implementer

from netcore.brief_calls import SIZE, Receiver, send
from taskserver.messages import MAX_LENGTH, decode, encode


@implementer(IReadWriteDescriptor)
class TaskServerConnection:
    """`received` is called with each message; `broken` with a reason when what comes is not of the protocol.

    That the other side has gone is no news here: the end of its process is what counts (`drain` reads the rest).
    """

    def __init__(
        self,
        reactor: Any,
        ours: socket.socket,
        received: Callable[[Mapping[str, Any]], None],
        broken: Callable[[str], None],
        receiver: Receiver,
    ) -> None:
        ours.setblocking(False)
        self._reactor = reactor
        self._socket = ours
        self._descriptor = ours.fileno()
        self._receiver = receiver
        self._received = received
        self._broken = broken
        self._lines = bytearray()
        self._lock = Lock()
        self._unsent = b""
        self._closed = False

    def start(self) -> None:
        "Reactor's thread, as all but `send`."
        self._reactor.addReader(self)

    # -- out

    def send(self, message: Mapping[str, Any]) -> None:
        "Any thread. What the kernel does not take at once the reactor sends when it can."
        line = encode(dict(message))
        with self._lock:
            if self._closed:
                return
            if self._unsent:
                self._unsent += line
                return
            self._unsent = line[self._sent(line) :]
            if not self._unsent:
                return
        self._reactor.callFromThread(self._send_rest)

    def _sent(self, line: bytes) -> int:
        try:
            return send(self._descriptor, line)
        except BlockingIOError:
            return 0
        except OSError:
            return len(line)  # the task server has gone; its end is told by its process

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
        "Everything that the task server has sent before its end."
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
            return False
        self._take(chunk)
        return True

    def _take(self, chunk: bytes) -> None:
        searched = len(self._lines)
        self._lines += chunk
        while (end := self._lines.find(b"\n", searched)) >= 0:
            line = bytes(self._lines[:end])
            del self._lines[: end + 1]
            searched = 0
            self._take_line(line)
        if len(self._lines) > MAX_LENGTH:
            self._give_up(f"a line of more than {MAX_LENGTH} bytes")

    def _take_line(self, line: bytes) -> None:
        try:
            message = decode(line)
        except ValueError as error:
            self._give_up(f"no message: {error}")
            return
        self._received(message)

    def _give_up(self, reason: str) -> None:
        self._lines.clear()
        if not self._closed:
            self._reactor.removeReader(self)
            self._broken(reason)

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

    def connectionLost(self, reason: object) -> None:
        "The reactor calls this when it is shut down; whoever made the connection closes it."

    def logPrefix(self) -> str:
        return "task server"
