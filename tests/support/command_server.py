"""A real TCP server that speaks the answer side of the command port and records what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from lxml import etree

ENVELOPE = (
    '<?xml version="1.0" encoding="ISO-8859-1"?><spooler><answer time="2026-03-29T10:20:30.123Z">{}</answer></spooler>'
)
OK = "<ok/>"


def refusal(code: str, text: str) -> str:
    return f'<ERROR code="{code}" text="{code}  {text}"/>'


class CommandServer:
    """Listens on a free port of the loopback. `reply(command) -> str | None` gives the fragment below `<answer>`.

    None means: say nothing and keep the connection open. `commands` are the elements as they came.
    """

    def __init__(
        self, reply: Callable[[etree._Element], str | None] = lambda command: OK, chunk: int = 1 << 20
    ) -> None:
        self.reply = reply
        self.chunk = chunk
        self.commands: list[etree._Element] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def sent(self, tag: str) -> list[etree._Element]:
        "The recorded commands with this tag."
        return [command for command in self.commands if command.tag == tag]

    def close(self) -> None:
        with suppress(OSError):  # closed before
            # shutdown wakes the accepting thread, which a mere close would leave listening
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):  # over before
                # its thread closes it: here its number could be somebody else's before that thread has noticed
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> CommandServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        "Until one of both sides has had enough, also in the middle of an answer."
        with connection, suppress(OSError):
            self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        received = b""
        while data := connection.recv(65536):
            received += data
            command = _complete(received)
            if command is None:
                continue
            received = b""
            self.commands.append(command)
            fragment = self.reply(command)
            if fragment is not None:
                self._send(connection, ENVELOPE.format(fragment))

    def _send(self, connection: socket.socket, document: str) -> None:
        data = document.encode("iso-8859-1", "xmlcharrefreplace") + b"\0"
        for start in range(0, len(data), self.chunk):
            connection.sendall(data[start : start + self.chunk])


def _complete(received: bytes) -> etree._Element | None:
    if not received.startswith(b"<") and received.endswith(b"\n"):
        received = b"<" + received.strip() + b"/>"
    try:
        return etree.fromstring(received.rstrip(b"\0").strip())
    except etree.XMLSyntaxError:
        return None
