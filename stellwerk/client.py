"""A small synchronous client for the command port, over TCP, TLS, HTTP and UDP.

    with connect("tcp://127.0.0.1:4444") as client:
        answer = client.execute('<show_state what="none"/>').raise_for_error()
        print(answer.element.get("state"))

    connect("tls://engine:4445", tls=context)          the same with TLS; `context` is an `ssl.SSLContext`
    connect("https://engine:4445/", tls=context, token="…")
    send_datagram("127.0.0.1", 4444, "<check_folders/>")   no answer, and nobody knows whether it arrives

One connection carries any number of commands, one after the other. A request is sent as UTF-8 (bytes are sent as they
are). Over TCP and TLS an answer is one XML document in ISO-8859-1 that ends with a NUL byte; over HTTP it is the body.

Commands are never sent twice: when the connection breaks before the answer is complete, the command may or may not have
taken effect, and the caller is told so by `NoAnswer`. An idle connection that the engine has closed meanwhile is
opened again before anything is sent.

This file needs the standard library and lxml, and nothing else of this project; it may be copied.
"""

from __future__ import annotations

import base64
import http.client
import select
import socket
import ssl
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol
from urllib.parse import urlsplit

from lxml import etree

#: answers above this size are refused, so that a wrong peer cannot fill the memory
MAX_ANSWER = 256 * 1024 * 1024
#: of one datagram
MAX_DATAGRAM = 4096
DEFAULT_PORT = 4444
_CHUNK = 64 * 1024


class ClientError(Exception):
    "Something is wrong with the connection or with the answer."


class ConnectFailed(ClientError):
    "Nobody listens at the address: the command was not sent."


class NoAnswer(ClientError):
    "The command was sent, but no complete answer came: it may still have taken effect."


class HttpStatus(ClientError):
    "The engine answered with an HTTP status instead of a document: the command was not executed."

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text}")
        self.status = status
        self.text = text


class Refused(ClientError):
    "The engine answered with an ERROR. `code` is the stable code, `text` the sentence without the code."

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}  {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Answer:
    "One answer document. `root` is `<spooler>`, `document` the bytes as they came."

    root: etree._Element
    document: bytes = b""

    @property
    def text(self) -> str:
        "The document as it came."
        return self.document.decode("iso-8859-1") if self.document else etree.tostring(self.root, encoding="unicode")

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


class Connection(Protocol):
    "What every kind of client can do. Used by one thread at a time."

    def execute(self, xml: str | bytes) -> Answer:
        "Send one command and wait for its answer."

    def close(self) -> None: ...

    def __enter__(self) -> Connection: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def connect(
    url: str,
    *,
    timeout: float = 30.0,
    tls: ssl.SSLContext | None = None,
    user: str = "",
    password: str = "",
    token: str = "",
) -> Connection:
    """A client for `tcp://`, `tls://`, `http://` or `https://` HOST[:PORT]; the port is 4444 if none is given.

    `tls` None: as the system's authorities say, without a certificate of one's own. `user`, `password` and `token` are
    for HTTP. Nothing is opened yet. Raises ValueError for another address.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("tcp", "tls", "http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address of a command port: tcp://, tls://, http:// or https:// HOST[:PORT]")
    port = parts.port or DEFAULT_PORT
    context = (tls or ssl.create_default_context()) if parts.scheme in ("tls", "https") else None
    if parts.scheme in ("http", "https"):
        path = parts.path or "/"
        return HttpClient(parts.hostname, port, timeout, context, path, user=user, password=password, token=token)
    return Client(parts.hostname, port, timeout, context)


def send_datagram(host: str, port: int, xml: str | bytes) -> None:
    """Send one command that is not answered, of at most MAX_DATAGRAM bytes.

    Raises ClientError when it is too large or cannot even be sent.
    """
    data = xml.encode() if isinstance(xml, str) else xml
    if len(data) > MAX_DATAGRAM:
        raise ClientError(f"a datagram has at most {MAX_DATAGRAM} bytes, this command {len(data)}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as sender:
            sender.sendto(data, address)
    except OSError as error:
        raise ConnectFailed(f"{host}:{port} cannot be reached ({error})") from error


class Client:
    """A connection to a command port. It opens with the first command and is used by one thread at a time.

    `timeout` (seconds) bounds the connecting, and each command from sending to the end of its answer. `tls` None: the
    port without TLS.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        timeout: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout
        self.tls = tls
        self._socket: socket.socket | None = None
        self._early = b""
        self._used = False

    def execute(self, xml: str | bytes) -> Answer:
        """Send one command and wait for its answer.

        Raises ConnectFailed (not sent) or NoAnswer (sent, outcome unknown). An ERROR in the answer is not raised;
        see `Answer.raise_for_error`.
        """
        if self._socket is not None and self._used and _has_ended(self._socket):
            self.close()
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
        self._used = True
        return Answer(_parse(document), document)

    def close(self) -> None:
        "Close the connection; the next command opens a new one."
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._early = b""
        self._used = False

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connect(self) -> socket.socket:
        plain = None
        try:
            plain = socket.create_connection((self.host, self.port), self.timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = self.tls.wrap_socket(plain, server_hostname=self.host) if self.tls is not None else plain
        except OSError as error:
            if plain is not None:
                plain.close()
            raise ConnectFailed(f"{self.host}:{self.port} does not answer ({error})") from error
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


class HttpClient:
    """The same over HTTP: each command is the body of a POST to `path`.

    `user` and `password`, or `token`, are sent with each request. Without TLS everybody on the way can read them.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        timeout: float = 30.0,
        tls: ssl.SSLContext | None = None,
        path: str = "/",
        *,
        user: str = "",
        password: str = "",
        token: str = "",
    ) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout
        self.path = path
        self._connection = (
            http.client.HTTPSConnection(host, port, timeout=timeout, context=tls)
            if tls is not None
            else http.client.HTTPConnection(host, port, timeout=timeout)
        )
        self._headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        elif user:
            self._headers["Authorization"] = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"

    def execute(self, xml: str | bytes) -> Answer:
        "As `Client.execute`. Raises HttpStatus, too, such as 401 for wrong credentials."
        if self._connection.sock is not None and _has_ended(self._connection.sock):
            self.close()
        if self._connection.sock is None:
            try:
                self._connection.connect()
            except OSError as error:
                self.close()
                raise ConnectFailed(f"{self.host}:{self.port} does not answer ({error})") from error
        headers = self._headers
        if isinstance(xml, bytes):  # what its own declaration says counts
            headers = {**headers, "Content-Type": "text/xml"}
        try:
            self._connection.request("POST", self.path, xml.encode() if isinstance(xml, str) else xml, headers)
            response = self._connection.getresponse()
            document = self._body(response)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            reason = str(error) or type(error).__name__
            raise NoAnswer(f"no complete answer from {self.host}:{self.port} ({reason})") from error
        if response.status != 200:
            raise HttpStatus(response.status, document.decode("iso-8859-1").strip()[:1000])
        return Answer(_parse(document), document)

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        deadline = time.monotonic() + self.timeout
        parts: list[bytes] = []
        size = 0
        while chunk := response.read(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > MAX_ANSWER or time.monotonic() > deadline:
                raise http.client.HTTPException("the answer is too large" if size > MAX_ANSWER else "time is up")
        return b"".join(parts)

    def close(self) -> None:
        "Close the connection; the next command opens a new one."
        self._connection.close()

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _has_ended(connection: socket.socket) -> bool:
    "Nothing is expected from the engine between two commands but the end of the connection."
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([connection], [], [], 0)[0])
    readable = select.poll()
    readable.register(connection, select.POLLIN)
    return bool(readable.poll(0))


def _parse(document: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise ClientError(f"the answer is no XML document: {error}") from error
