"""What a client may ask of HTTP, and how it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpLimits:
    "Sizes are bytes, times seconds."

    target_bytes: int = 16 << 10
    #: request line and headers together
    head_bytes: int = 64 << 10
    headers: int = 100
    body_bytes: int = 16 << 20
    #: of the document in a body
    depth: int = 100
    nodes: int = 100_000
    #: from the first to the last byte of a head
    head_seconds: float = 30.0
    #: between two pieces of a body, and for all of it
    silence_seconds: float = 60.0
    body_seconds: float = 600.0
    #: between two requests
    idle_seconds: float = 75.0
    #: while the client takes nothing of its answer
    write_seconds: float = 120.0
    #: for the client to take the last answer of a connection
    linger_seconds: float = 2.0
    #: before the answer to wrong credentials
    denial_seconds: float = 1.0
    #: answers that go on while a log grows, of all clients together
    streams: int = 200


USUAL = HttpLimits()

_TEXTS = {
    400: "The request is malformed",
    401: "A user name and a password are needed",
    403: "This is not allowed",
    404: "There is nothing under this address",
    405: "Only GET, HEAD and POST are possible",
    408: "The request did not come in time",
    411: "A POST needs a Content-Length",
    413: "The request body is too large",
    414: "The request target is too long",
    417: "This expectation cannot be met",
    431: "The request has too many or too large headers",
    500: "The request broke down by a mistake of the program; the engine's log has the details",
    501: "This transfer encoding is not supported",
    503: "This is not possible at the moment",
    505: "Only HTTP/1.0 and HTTP/1.1 are spoken here",
}


class HttpRefusal(Exception):
    """A request that is answered with an error status. `problem` says more than the status does.

    `text` is the one line that the client reads.
    """

    def __init__(self, status: int, problem: str = "", headers: Sequence[tuple[str, str]] = ()) -> None:
        self.status = status
        self.headers = tuple(headers)
        self.text = _TEXTS.get(status, "The request is refused") + (f": {problem}" if problem else "")
        super().__init__(f"{status} {self.text}")
