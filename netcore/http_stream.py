"""Answers of HTTP that are sent in pieces, as fast as the client takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred, fail, inlineCallbacks

if TYPE_CHECKING:
    from scheduler.protocol.http_exchange import Exchange

#: characters of a text that are sent in one turn of the reactor
TEXT_SLICE = 65536


class Gone(Exception):
    "The client has left; nothing can be sent any more."


class Bare:
    "In place of an exchange, where an answer needs no framing."

    def data(self, data: bytes) -> bytes:
        return data


class AnswerStream:
    """The client's end of an answer that is being sent. `write` and `wait` are called one after the other.

    `following`: the client wants more than what is there already. `on_end` is called when it wants nothing more, for
    a body that waits for something else. All on the reactor's thread.
    """

    def __init__(
        self, reactor: Any, exchange: Exchange | Bare, send: Callable[[bytes], None], following: bool
    ) -> None:
        self._reactor = reactor
        self._exchange = exchange
        self._send = send
        self._waiting: Deferred[None] | None = None
        self._timer: Any = None
        self._choked = False
        self._gone = False
        self.following = following
        self.on_end: Callable[[], None] | None = None

    def write(self, data: bytes) -> Deferred[None]:
        "Fires when the client can take more and everybody else has had a turn. Fails with Gone."
        if self._gone:
            return fail(Gone())
        self._send(self._exchange.data(data))
        return self._wait(None if self._choked else 0.0)

    def wait(self, seconds: float) -> Deferred[None]:
        "Fires after that time, or as soon as the client wants nothing more. Fails with Gone."
        return fail(Gone()) if self._gone else self._wait(seconds if self.following else 0.0)

    def _wait(self, seconds: float | None) -> Deferred[None]:
        waiting: Deferred[None] = Deferred()
        self._waiting = waiting
        if seconds is not None:
            self._timer = self._reactor.callLater(seconds, self._go)
        return waiting

    def _go(self) -> None:
        waiting, self._waiting, self._timer = self._waiting, None, None
        if waiting is not None:
            waiting.callback(None)

    def _go_now(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = self._reactor.callLater(0, self._go) if self._waiting is not None else None

    # -- what the connection tells

    def choke(self) -> None:
        self._choked = True

    def unchoke(self) -> None:
        self._choked = False
        if self._timer is None:
            self._go_now()

    def finish_soon(self) -> None:
        "The client sends nothing more, so it does not follow either."
        if self.following:
            self.following = False
            self._tell_end()
            if not self._choked:
                self._go_now()

    def lost(self) -> None:
        self._gone = True
        self._tell_end()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        waiting, self._waiting, self._timer = self._waiting, None, None
        if waiting is not None:
            waiting.errback(Gone())

    def _tell_end(self) -> None:
        on_end, self.on_end = self.on_end, None
        if on_end is not None:
            on_end()


class Stream(Protocol):
    "The body of an answer. Either `send` is called, or `close` when nobody wants it."

    def send(self, out: AnswerStream) -> Deferred[None]:
        "Write everything. Fires when that is done."

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Reply:
    "`headers` beside those that every answer has. `last`: the connection ends with it."

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | Stream = b""
    last: bool = False


class TextStream:
    "A large answer document, coded in slices."

    def __init__(self, prolog: str, text: str) -> None:
        self._prolog = prolog
        self._text = text

    @inlineCallbacks
    def send(self, out: AnswerStream) -> Any:
        yield out.write(_coded(self._prolog))
        for position in range(0, len(self._text), TEXT_SLICE):
            yield out.write(_coded(self._text[position : position + TEXT_SLICE]))

    def close(self) -> None:
        self._text = ""


def _coded(text: str) -> bytes:
    return text.encode("iso-8859-1", "xmlcharrefreplace")
