"""One client of the command port, over bare TCP.

    client: document, document …                       (with or without line ends)
    server: prolog, answer, NUL for each, in this order, one command at a time

The dialogue
    accept      rated by the peer's address; below `info` closed without a byte
    document    executed; what arrives meanwhile waits
    empty line  no answer, the hot folder is looked at
    Ctrl-D      closed
    HTTP        goes on as `http_connection` says
    half-close  what has arrived is still answered, then closed
    silence     closed after a while, sooner in the middle of a document, or when others want the place
    too much    the largest of the unfinished documents is cut when together they are too large

Reading stops while something waits, and executing stops while the client does not take its answers, so neither
side can fill the memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from scheduler.errors import WorkloadError
from scheduler.protocol.framing import Blank, Close, Document, Framer, HttpBegins, Received, Refused
from scheduler.protocol.levels import Level
from scheduler.xml.element import Element
from scheduler.xml.write import answer_bytes

if TYPE_CHECKING:
    from netcore.command_port import CommandPort
    from netcore.http_connection import HttpConnection
    from netcore.http_site import HttpSite

#: a document or why there is none, the level of the peer, its address -> the answer as a text fragment
Execute = Callable[["Element | WorkloadError", Level, str], "Deferred[str]"]

#: so much is framed at once; a burst of tiny documents must not hold the reactor
PIECE = 2048


@implementer(IHalfCloseableProtocol, IPushProducer)
class CommandConnection(Protocol):
    _log = Logger()

    def __init__(self, port: CommandPort) -> None:
        self._port = port
        self._framer = Framer(port.limits.document_bytes, port.limits.document_depth)
        self._bytes = b""
        self._received: deque[Received] = deque()
        self._level = Level.NONE
        self._admitted = False
        self._executing = False
        self._choked = False
        self._reading = True
        self._at_end = False
        self._closed = False
        self._turn: Any = None
        self._silence: Any = None
        self._heard_at = 0.0
        self._http: HttpConnection | None = None
        self.peer = ""
        #: memory of the unfinished document, as the port counts it
        self.held = 0

    # -- begin and end

    def connectionMade(self) -> None:
        self.peer = self.transport.getPeer().host
        level = self._port.admit(self)
        if level is None:
            self._close()
            return
        self._admitted = True
        self._level = level
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        self.transport.registerProducer(self, True)
        self._heard_at = self._port.reactor.seconds()
        self._silence = self._port.reactor.callLater(self._port.limits.idle_seconds, self._silent)

    def readConnectionLost(self) -> None:
        "The client sends nothing more; it may still want its answers."
        self._at_end = True
        if self._http is not None:
            self._http.input_ended()
        else:
            self._next()

    def writeConnectionLost(self) -> None:
        # over HTTP it is we who end the sending, and then wait for the client to do the same
        if self._http is None:
            self._close()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._closed = True
        self._bytes = b""
        self._received.clear()
        self._framer.drop()
        self.hold(0)
        if self._http is not None:
            self._http.lost()
        for timer in (self._turn, self._silence):
            if timer is not None and timer.active():
                timer.cancel()
        if self._admitted:
            self._port.forget(self)

    def _close(self) -> None:
        if not self._closed:
            self._closed = True
            self.transport.loseConnection()

    def abort(self) -> None:
        "Cut the connection, whatever still waits to be sent."
        self._closed = True
        self.hold(0)
        if self._http is not None:
            self._http.lost()
        self.transport.abortConnection()

    # -- input

    def dataReceived(self, data: bytes) -> None:
        if self._closed:
            return
        if self._http is not None:
            self._http.received(data)
            return
        self._heard()
        self._bytes = self._bytes + data if self._bytes else data
        if self._busy():
            self.read(False)
        else:
            self._next()

    def _busy(self) -> bool:
        "Whether something must be done before the next input can be looked at."
        return self._executing or self._choked or self._turn is not None

    def _next(self) -> None:
        "Handle what has arrived until something has to be waited for."
        self._turn = None
        while not self._closed and not self._busy():
            if self._received:
                self._handle(self._received.popleft())
                if not self._busy() and (self._received or self._bytes):
                    self._turn = self._port.reactor.callLater(0, self._next)
            elif self._bytes:
                piece, self._bytes = self._bytes[:PIECE], self._bytes[PIECE:]
                self._frame(piece)
            elif self._at_end:
                self._close()
            else:
                self.read(True)
                return

    def _frame(self, piece: bytes) -> None:
        try:
            received = self._framer.feed(piece)
        except Exception:
            self._log.failure("Input of {peer} could not be framed", peer=self.peer)
            self.abort()
            return
        self._received.extend(received)
        self._heard()
        self.hold(self._framer.held)

    def hold(self, size: int) -> None:
        if size != self.held:
            before, self.held = self.held, size
            self._port.hold(size - before)

    def read(self, wanted: bool) -> None:
        "Whether more bytes are to come just now."
        if wanted != self._reading and not self._at_end:
            self._reading = wanted
            if wanted:
                self.transport.resumeProducing()
            else:
                self.transport.pauseProducing()

    # -- what was received

    def _handle(self, received: Received) -> None:
        if isinstance(received, Document):
            self._execute(received.element)
        elif isinstance(received, Refused):
            self._execute(received.error)
        elif isinstance(received, Blank):
            self._port.blank_line()
        elif isinstance(received, HttpBegins):
            self._begin_http(received.data)
        elif isinstance(received, Close):
            self._close()

    def _execute(self, request: Element | WorkloadError) -> None:
        self._executing = True
        try:
            answered = self._port.execute(request, self._level, self.peer)
        except Exception:
            self._broken(Failure())
            return
        answered.addCallback(self._answer).addErrback(self._broken)

    def _answer(self, fragment: str) -> None:
        self._executing = False
        if self._closed:
            return
        self._heard()
        self.transport.write(answer_bytes(fragment, self._framer.crlf) + b"\0")
        if (self._received or self._bytes or self._at_end or not self._reading) and self._turn is None:
            self._turn = self._port.reactor.callLater(0, self._next)

    def _broken(self, failure: Failure) -> None:
        "A command must answer in any case; when it does not, the client learns it by the end of the connection."
        self._executing = False
        self._log.failure("A command of {peer} broke down", failure=failure, peer=self.peer)
        if not self._closed:
            self.abort()

    # -- HTTP

    def _begin_http(self, data: bytes) -> None:
        "From now on the other side of this connection is an `HttpConnection`."
        self._bytes = data + self._bytes
        self._executing = True
        self._port.http_site().addCallback(self._speak_http).addErrback(self._broken)

    def _speak_http(self, site: HttpSite) -> None:
        if self._closed:
            return
        from netcore.http_connection import HttpConnection  # is there: the site uses it

        self._executing = False
        self._silence.cancel()
        data, self._bytes = self._bytes, b""
        self._http = HttpConnection(self, site, self._level, self._port.reactor)
        if self._choked:
            self._http.choke()
        self._http.received(data)
        if self._at_end and not self._closed:
            self._http.input_ended()

    def send(self, data: bytes) -> None:
        if data and not self._closed:
            self.transport.write(data)

    def end_sending(self) -> None:
        "What was sent still reaches the client, nothing more does."
        self.transport.loseWriteConnection()

    def close(self) -> None:
        "Close the connection when everything that was sent has gone out."
        self._close()

    # -- output: the transport calls these when the client takes its answers too slowly

    def pauseProducing(self) -> None:
        self._choked = True
        if self._http is not None:
            self._http.choke()

    def resumeProducing(self) -> None:
        self._choked = False
        if self._http is not None:
            self._http.unchoke()
            return
        if not self._executing and self._turn is None and not self._closed:
            self._turn = self._port.reactor.callLater(0, self._next)

    def stopProducing(self) -> None:
        "The connection is gone; `connectionLost` follows."

    # -- silence

    def idle_since(self) -> float | None:
        "The second since when nobody waits for anything here; None when somebody does."
        if self._http is not None:
            return self._http.idle_since
        waits = self._closed or self._busy() or self._received or self._bytes or self._framer.pending
        return None if waits else self._heard_at

    def _heard(self) -> None:
        self._heard_at = self._port.reactor.seconds()
        if self._silence is not None and self._silence.active():
            limits = self._port.limits
            self._silence.reset(limits.unfinished_seconds if self._framer.pending else limits.idle_seconds)

    def _silent(self) -> None:
        if self._executing:
            self._silence = self._port.reactor.callLater(self._port.limits.idle_seconds, self._silent)
        else:
            self._log.info("The connection of {peer} is closed after long silence", peer=self.peer)
            self.abort()
