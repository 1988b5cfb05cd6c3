"""One client of the command port that speaks HTTP.

    client: request, request …                          also several at once
    server: answer, answer …                            in this order, one at a time

The dialogue
    request     answered by the site; what arrives meanwhile waits
    mistake     one answer that says so, then closed, because nobody knows where the next request would begin
    half-close  what has arrived is still answered, logs without waiting for new lines, then closed
    silence     closed between requests, 408 in the middle of one
    stalled     cut, when the client takes nothing of its answer for long
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from netcore.clocks import wall_of
from netcore.http_stream import AnswerStream, Gone, Reply
from scheduler.protocol.http_exchange import Continue, Exchange, RequestReader
from scheduler.protocol.http_limits import HttpRefusal
from scheduler.protocol.levels import Level

if TYPE_CHECKING:
    from netcore.command_connection import CommandConnection
    from netcore.http_site import HttpSite

#: bytes of further requests that are taken in while one is answered
_AHEAD = 65536
#: of an answer, so that no browser takes it for anything else, and nobody keeps it
_ALWAYS = (("X-Content-Type-Options", "nosniff"),)


class HttpConnection:
    "`connection` is the TCP side, which passes on what happens there."

    _log = Logger()

    def __init__(self, connection: CommandConnection, site: HttpSite, level: Level, reactor: Any) -> None:
        self._connection = connection
        self._site = site
        self._level = level
        self._reactor = reactor
        self._limits = site.limits
        self._reader = RequestReader(site.limits, site.server)
        self._exchange: Exchange | None = None
        self._stream: AnswerStream | None = None
        self._choked = False
        self._at_end = False
        self._ending = False
        self._closed = False
        self._turn: Any = None
        self._timer: Any = None
        self._watched = ""
        self._watched_since = 0.0
        self._idle_since = reactor.seconds()

    # -- what the connection tells

    def received(self, data: bytes) -> None:
        if self._closed or self._ending:
            return
        self._reader.receive(data)
        self._connection.hold(self._reader.held)
        if self._closed:
            return
        if self._busy:
            self._connection.read(self._reader.buffered < _AHEAD)
        else:
            self._next()

    def input_ended(self) -> None:
        self._at_end = True
        if self._ending:
            self._close()
        elif self._stream is not None:
            self._stream.finish_soon()
        elif not self._busy:
            self._next()

    def choke(self) -> None:
        self._choked = True
        if self._stream is not None:
            self._stream.choke()
        self._watch()

    def unchoke(self) -> None:
        self._choked = False
        if self._stream is not None:
            self._stream.unchoke()
        elif self._exchange is None and not self._ending:
            self._soon()
        self._watch()

    def lost(self) -> None:
        self._closed = True
        self._reader.drop()
        for timer in (self._turn, self._timer):
            if timer is not None and timer.active():
                timer.cancel()
        if self._stream is not None:
            self._stream.lost()

    @property
    def idle_since(self) -> float | None:
        "The second since when the client has asked for nothing; None when it waits for something."
        waits = self._closed or self._busy or self._ending or self._reader.phase != "idle"
        return None if waits else self._idle_since

    # -- requests

    @property
    def _busy(self) -> bool:
        return self._exchange is not None or self._choked or self._turn is not None

    def _soon(self) -> None:
        if self._turn is None and not self._closed:
            self._turn = self._reactor.callLater(0, self._next)

    def _next(self) -> None:
        "Look at what has arrived; one piece at a time, so that others have their turns."
        self._turn = None
        if self._closed or self._busy or self._ending:
            return
        try:
            got = self._reader.advance()
        except HttpRefusal as refusal:
            self._refuse(refusal)
            return
        self._connection.hold(self._reader.held)
        if self._closed:
            return
        if isinstance(got, Exchange):
            self._serve(got)
        elif isinstance(got, Continue):
            self._connection.send(got.data)
            self._soon()
        elif not self._reader.starved:
            self._soon()
        elif self._at_end:
            self._close()
        else:
            self._connection.read(True)
        self._watch()

    def _serve(self, exchange: Exchange) -> None:
        self._exchange = exchange
        answered = maybeDeferred(self._site.answer, exchange.request, self._level, self._connection.caller)
        answered.addCallback(self._reply).addErrback(self._broken)

    def _refuse(self, refusal: HttpRefusal) -> None:
        self._exchange = self._reader.refusal()
        self._reply(reply_of(refusal, last=True))

    # -- answers

    def _reply(self, reply: Reply) -> None:
        exchange = self._exchange
        if self._closed or exchange is None:
            if not isinstance(reply.body, bytes):
                reply.body.close()
            return
        headers = (*reply.headers, *_ALWAYS)
        head = exchange.head(reply.status, headers, wall_of(self._reactor)(), reply.last)
        if isinstance(reply.body, bytes):
            self._connection.send(head + exchange.data(reply.body) + exchange.end())
            self._answered()
        elif not exchange.has_body:
            reply.body.close()
            self._connection.send(head + exchange.end())
            self._answered()
        else:
            self._stream = AnswerStream(self._reactor, exchange, self._connection.send, not self._at_end)
            if self._choked:
                self._stream.choke()
            self._connection.send(head)
            self._watch()
            sent = maybeDeferred(reply.body.send, self._stream)
            sent.addCallback(self._sent).addErrback(self._broken)

    def _sent(self, _: object) -> None:
        self._stream = None
        if not self._closed and self._exchange is not None:
            self._connection.send(self._exchange.end())
            self._answered()

    def _answered(self) -> None:
        self._connection.traffic.responses += 1
        exchange, self._exchange = self._exchange, None
        self._idle_since = self._reactor.seconds()
        self._watched = ""
        if exchange is None or exchange.closes:
            self._end()
        else:
            self._soon()
            self._watch()

    def _end(self) -> None:
        """No more requests. What the client still sends is read and thrown away for a while: if the connection was
        closed with something unread, the client's system might throw the answer away."""
        self._ending = True
        self._reader.drop()
        self._connection.hold(0)
        if self._at_end:
            self._close()
        else:
            self._connection.end_sending()
            self._connection.read(True)
            self._watch()

    def _close(self) -> None:
        self._closed = True
        self._connection.close()

    def _broken(self, failure: Failure) -> None:
        "An answer that has begun cannot become another one: the client learns by the end of the connection."
        if self._closed or failure.check(Gone):
            return
        self._log.failure("A request of {peer} broke down", failure=failure, peer=self._connection.peer)
        self._connection.abort()

    # -- time

    def _watch(self) -> None:
        "One timer, for what is being waited for just now."
        if self._closed:
            return
        what, seconds = self._waited_for()
        now = self._reactor.seconds()
        if what != self._watched:
            self._watched, self._watched_since = what, now
        elif what == "body":
            seconds = min(seconds, self._watched_since + self._limits.body_seconds - now)
        else:
            return
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = self._reactor.callLater(max(0.0, seconds), self._too_late) if what != "answer" else None

    def _waited_for(self) -> tuple[str, float]:
        limits = self._limits
        if self._ending:
            return "end", limits.linger_seconds
        if self._choked:
            return "client", limits.write_seconds
        if self._exchange is not None:
            return "answer", 0.0
        phase = self._reader.phase
        seconds = {"idle": limits.idle_seconds, "head": limits.head_seconds, "body": limits.silence_seconds}
        return phase, seconds[phase]

    def _too_late(self) -> None:
        if self._watched in ("head", "body"):
            self._refuse(HttpRefusal(408))
        elif self._watched == "client":
            self._log.info("{peer} is cut off, because it does not take its answer", peer=self._connection.peer)
            self._connection.abort()
        elif self._watched == "end":
            self._connection.abort()
        else:
            self._close()


def reply_of(refusal: HttpRefusal, last: bool = False) -> Reply:
    "One line of text; for people who are to give a password, as a page."
    if refusal.status == 401:
        body, kind = f"<html><body>{escape(refusal.text)}</body></html>\n", "text/html; charset=ISO-8859-1"
    else:
        body, kind = f"{refusal.text}\n", "text/plain; charset=ISO-8859-1"
    coded = body.encode("iso-8859-1", "replace")
    headers = (
        ("Content-Type", kind),
        ("Content-Length", str(len(coded))),
        ("Cache-Control", "no-cache"),
        *refusal.headers,
    )
    return Reply(refusal.status, headers, coded, last)
