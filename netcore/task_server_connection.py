"""The engine's end of the socket to one task server: lines out from any thread, lines in on the reactor's thread."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any

from netcore.brief_calls import Receiver
from netcore.brief_connection import BriefConnection
from taskserver.messages import MAX_LENGTH, decode, encode


class TaskServerConnection(BriefConnection):
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
        super().__init__(reactor, ours, receiver)
        self._received = received
        self._broken = broken
        self._lines = bytearray()

    def send(self, message: Mapping[str, Any]) -> None:
        "Any thread."
        self.send_bytes(encode(dict(message)))

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

    def logPrefix(self) -> str:
        return "task server"
