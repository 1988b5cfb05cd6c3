"""A small synchronous client for the command port.

    with Client("127.0.0.1", 4444) as client:
        answer = client.execute('<show_state what="none"/>')
        print(answer.element.get("state"))

One connection carries any number of commands, one after the other. A request is sent as UTF-8 (bytes
are sent as they are); an answer is one XML document in ISO-8859-1 that ends with a NUL byte.

Commands are never sent twice: when the connection breaks before the answer is complete, the command
may or may not have taken effect, and the caller is told so by `NoAnswer`.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from types import TracebackType

from lxml import etree

#: answers above this size are refused, so that a wrong peer cannot fill the memory
MAX_ANSWER = 256 * 1024 * 1024
_CHUNK = 64 * 1024


class ClientError(Exception):
    "Something is wrong with the connection or with the answer."


class ConnectFailed(ClientError):
    "Nobody listens at the address: the command was not sent."


class NoAnswer(ClientError):
    "The command was sent, but no complete answer came: it may still have taken effect."


class Refused(ClientError):
    "The engine answered with an ERROR. `code` is the stable code, `text` the sentence without the code."

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}  {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Answer:
    "One answer document. `root` is `<spooler>`."

    root: etree._Element

    @property
    def element(self) -> etree._Element:
        "The result: the first element below `<answer>`, such as `<ok>`, `<state>` or `<ERROR>`."
        for child in self.root.iterfind("answer/*"):
            return child
        raise ClientError("the answer is empty")

    @property
    def error(self) -> tuple[str, str] | None:
        "Code and text (without the code) when the command was refused, else None."
        error = self.root.find("answer/ERROR")
        if error is None:
            return None
        code = error.get("code", "")
        text = error.get("text", "")
        return code, text.removeprefix(code).strip()

    def raise_for_error(self) -> Answer:
        "This answer; raises Refused when it is an ERROR."
        error = self.error
        if error is not None:
            raise Refused(*error)
        return self

    def __str__(self) -> str:
        etree.indent(self.root, "    ")
        return etree.tostring(self.root, encoding="unicode")


class Client:
    """A connection to a command port. It opens with the first command and is used by one thread at a time.

    `timeout` (seconds) bounds the connecting, and each command from sending to the end of its answer.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 4444, timeout: float = 30.0) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout
        self._socket: socket.socket | None = None
        self._early = b""

    def execute(self, xml: str | bytes) -> Answer:
        """Send one command and wait for its answer.

        Raises ConnectFailed (not sent) or NoAnswer (sent, outcome unknown). An ERROR in the answer is not raised;
        see `Answer.raise_for_error`.
        """
        connection = self._socket or self._connect()
        data = xml.encode() if isinstance(xml, str) else xml
        try:
            deadline = time.monotonic() + self.timeout
            connection.settimeout(self.timeout)
            # a document ends by itself; bare words, such as `s`, end with the line, as in telnet
            connection.sendall(data if data.lstrip().startswith(b"<") else data.rstrip() + b"\n")
            document = self._receive(connection, deadline)
        except OSError as error:
            self.close()
            raise NoAnswer(f"no complete answer from {self.host}:{self.port} ({error or 'time is up'})") from error
        except NoAnswer:
            self.close()
            raise
        return Answer(_parse(document))

    def close(self) -> None:
        "Close the connection; the next command opens a new one."
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._early = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connect(self) -> socket.socket:
        try:
            self._socket = socket.create_connection((self.host, self.port), self.timeout)
        except OSError as error:
            raise ConnectFailed(f"{self.host}:{self.port} does not answer ({error})") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _receive(self, connection: socket.socket, deadline: float) -> bytes:
        "Everything up to the NUL that ends the answer."
        parts = [self._early]
        size = len(self._early)
        while b"\0" not in parts[-1]:
            left = deadline - time.monotonic()
            if left <= 0:
                raise NoAnswer(f"no answer from {self.host}:{self.port} within {self.timeout:g} s")
            connection.settimeout(left)
            chunk = connection.recv(_CHUNK)
            if not chunk:
                raise NoAnswer(f"{self.host}:{self.port} closed the connection; perhaps this host is not permitted")
            parts.append(chunk)
            size += len(chunk)
            if size > MAX_ANSWER:
                raise NoAnswer(f"the answer is larger than {MAX_ANSWER} bytes")
        document, _, self._early = b"".join(parts).partition(b"\0")
        return document


def _parse(document: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise ClientError(f"the answer is no XML document: {error}") from error
