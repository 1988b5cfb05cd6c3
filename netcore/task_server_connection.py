"""The engine's end of the socket to one task server: lines out from any thread, lines in on the reactor's thread."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any

from netcore.brief_calls import Receiver
from netcore.brief_connection import BriefConnection
from taskserver.messages import MAX_LENGTH, decode, encode


class TaskServerConnection(BriefConnection):
    """`received` is called with the messages that have come together; `broken` with a reason when what comes is not of
    the protocol.

    That the other side has gone is no news here: the end of its process is what counts (`drain` reads the rest).
    """

    def __init__(
        self,
        reactor: Any,
        ours: socket.socket,
        received: Callable[[list[Mapping[str, Any]]], None],
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
        end = self._lines.rfind(b"\n", searched)
        if end >= 0:
            lines = bytes(self._lines[:end]).split(b"\n")
            del self._lines[: end + 1]
            self._take_lines(lines)
        if len(self._lines) > MAX_LENGTH:
            self._give_up(f"a line of more than {MAX_LENGTH} bytes")

    def _take_lines(self, lines: list[bytes]) -> None:
        messages: list[Mapping[str, Any]] = []
        problem = ""
        try:
            for line in lines:
                messages.append(decode(line))
        except ValueError as error:
            problem = f"no message: {error}"
        if messages:
            self._received(messages)
        if problem:
            self._give_up(problem)

    def _give_up(self, reason: str) -> None:
        self._lines.clear()
        if not self._closed:
            self._reactor.removeReader(self)
            self._broken(reason)

    def logPrefix(self) -> str:
        return "task server"
