"""Bytes of a connection -> requests of HTTP/1.0 and HTTP/1.1, answers -> bytes. The grammar is that of h11.

    C: GET /show_log?task=1 HTTP/1.1 ...       a head: searched, checked (`http_head`), then read by h11
    C: POST / HTTP/1.1 ... Content-Length: 9   and a body by its length or in chunks, as a whole
    S: HTTP/1.1 200 ... chunked                the answer belongs to its exchange, one after the other

Every exchange has an h11 connection of its own, so that what comes early is never looked at before its turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Literal

import h11

from scheduler.protocol.http_head import check_head, end_of_head
from scheduler.protocol.http_limits import USUAL, HttpLimits, HttpRefusal
from scheduler.protocol.http_request import HttpRequest

#: so much of a body is given to h11 at once; many tiny chunks must not hold the reactor
PIECE = 4096
_LARGE_PIECE = 65536

_REASONS = {
    200: "OK",
    301: "Moved Permanently",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    411: "Length Required",
    413: "Content Too Large",
    414: "URI Too Long",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}

Phase = Literal["idle", "head", "body"]


@dataclass(frozen=True, slots=True)
class Continue:
    "The client waits for these bytes before it sends the body."

    data: bytes


class Exchange:
    """One request and its answer: `head`, any number of `data`, `end`; the bytes that they give are sent in this order.

    `closes` is known when the answer has ended: whether the connection ends with it.
    """

    def __init__(self, connection: h11.Connection, request: HttpRequest | None, server: str) -> None:
        self._connection = connection
        self._server = server
        #: None: it could not be read, and is answered with a refusal
        self.request = request

    def head(self, status: int, headers: Iterable[tuple[str, str]], now: float, last: bool = False) -> bytes:
        """`now` is the time in seconds. Without a Content-Length in `headers` the answer is chunked, or ended by the
        connection. `last`: the connection ends with this answer."""
        fields = [("Date", formatdate(now, usegmt=True)), ("Server", self._server), *headers]
        if last or (self.request is not None and self.request.header("transfer-encoding")):
            # where a chunked request ends is what servers have disagreed about most: nothing is read behind it
            fields.append(("Connection", "close"))
        return self._sent(
            h11.Response(
                status_code=status,
                headers=[(name.encode(), value.encode("iso-8859-1", "replace")) for name, value in fields],
                reason=_REASONS.get(status, "").encode(),
            )
        )

    @property
    def has_body(self) -> bool:
        "Whether data may be sent: not for HEAD."
        return self.request is None or self.request.method != "HEAD"

    def data(self, data: bytes) -> bytes:
        return self._sent(h11.Data(data=data)) if data and self.has_body else b""

    def end(self) -> bytes:
        return self._sent(h11.EndOfMessage())

    @property
    def closes(self) -> bool:
        return self._connection.our_state is not h11.DONE or self._connection.their_state is not h11.DONE

    def _sent(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> bytes:
        return self._connection.send(event)


class RequestReader:
    """Divides the bytes of one connection into exchanges, the same ones however they are chunked.

    `received` bytes wait until `advance` is called; it takes the next exchange only when the one before is answered,
    which is the caller's part. `starved`: nothing can be done before more bytes come.
    """

    def __init__(self, limits: HttpLimits = USUAL, server: str = "Stellwerk") -> None:
        self._limits = limits
        self._server = server
        self._buffer = bytearray()
        self._searched = 0
        self._begun: tuple[h11.Connection, h11.Request] | None = None
        self._body = bytearray()
        self._chunked = False
        self._between = True
        self.starved = True

    @property
    def phase(self) -> Phase:
        if self._begun is not None:
            return "body"
        return "head" if self._buffer else "idle"

    @property
    def buffered(self) -> int:
        "Bytes that have come and are not looked at."
        return len(self._buffer)

    @property
    def held(self) -> int:
        "Bytes of memory, roughly, that a client holds with what it has sent."
        return len(self._buffer) + len(self._body)

    def receive(self, data: bytes) -> None:
        self._buffer += data
        self.starved = False

    def drop(self) -> None:
        "Let go of everything: the connection has ended."
        self._buffer.clear()
        self._body = bytearray()
        self._begun = None
        self.starved = True

    def advance(self) -> Exchange | Continue | None:
        "The next thing, or None when one more call (or, when `starved`, more bytes) may bring it. Raises HttpRefusal."
        try:
            if self._begun is None:
                return self._advance_head()
            return self._advance_body(*self._begun)
        except h11.RemoteProtocolError as error:
            raise HttpRefusal(error.error_status_hint or 400, str(error)[:200]) from None

    def refusal(self) -> Exchange:
        "The exchange by which a request is refused that cannot be read; nothing can be read after it."
        self.drop()
        return Exchange(h11.Connection(h11.SERVER), None, self._server)

    def _advance_head(self) -> Exchange | Continue | None:
        if self._between and self._buffer[:1] == b"\r":
            # some clients send one line end more than the body has
            if len(self._buffer) == 1:
                self.starved = True
                return None
            if self._buffer[:2] == b"\r\n":
                del self._buffer[:2]
            self._between = False
        end = end_of_head(self._buffer, self._searched, self._limits)
        if end < 0:
            self._searched = len(self._buffer)
            self.starved = True
            return None
        head = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._searched = 0
        check_head(head, self._limits)
        return self._begin(head)

    def _begin(self, head: bytes) -> Exchange | Continue | None:
        connection = h11.Connection(h11.SERVER)
        connection.receive_data(head)
        event = connection.next_event()
        if not isinstance(event, h11.Request):
            raise HttpRefusal(400)
        self._begun = connection, event
        self._chunked = any(name == b"transfer-encoding" for name, _ in event.headers)
        if connection.they_are_waiting_for_100_continue:
            return Continue(connection.send(h11.InformationalResponse(status_code=100, headers=[], reason="Continue")))
        return self._take(connection, event)

    def _advance_body(self, connection: h11.Connection, begun: h11.Request) -> Exchange | None:
        if self._buffer:
            size = PIECE if self._chunked else _LARGE_PIECE
            connection.receive_data(bytes(self._buffer[:size]))
            del self._buffer[:size]
        return self._take(connection, begun)

    def _take(self, connection: h11.Connection, begun: h11.Request) -> Exchange | None:
        "What h11 makes of what it has."
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > self._limits.body_bytes:
                    raise HttpRefusal(413)
            elif isinstance(event, h11.EndOfMessage):
                if event.headers:
                    raise HttpRefusal(400, "headers behind the body are not possible")
                return self._exchange(connection, begun)
            else:
                self.starved = not self._buffer
                return None

    def _exchange(self, connection: h11.Connection, begun: h11.Request) -> Exchange:
        "The request is complete; what is left belongs to the next one."
        rest, _ = connection.trailing_data
        self._buffer[:0] = rest
        request = HttpRequest(
            begun.method.decode("ascii"),
            begun.target.decode("ascii"),
            begun.http_version.decode("ascii"),
            tuple((name.decode("ascii"), value.decode("iso-8859-1")) for name, value in begun.headers),
            bytes(self._body),
        )
        self._begun = None
        self._body = bytearray()
        self._between = True
        self.starved = not self._buffer
        return Exchange(connection, request, self._server)
