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
    events      an answer without end: nothing else is answered, Ctrl-D or half-close ends it, then closed
    silence     closed after a while, sooner in the middle of a document, or when others want the place
    slowness    cut when a document does not end in time, or nothing is taken of an answer
    too much    the largest of the unfinished documents is cut when together they are too large

Reading stops while something waits, and executing stops while the client does not take its answers, so neither
side can fill the memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from netcore.traffic import Traffic
from scheduler.answers.connections import ConnectionLook
from scheduler.errors import WorkloadError
from scheduler.protocol.framing import Blank, Close, Document, Framer, HttpBegins, Received, Refused
from scheduler.protocol.levels import Level
from scheduler.xml.element import Element
from scheduler.xml.indent import indented
from scheduler.xml.write import INDENTED_MAX, answer_bytes

if TYPE_CHECKING:
    from netcore.command_port import CommandPort
    from netcore.http_connection import HttpConnection
    from netcore.http_site import HttpSite
    from netcore.http_stream import AnswerStream, Stream
    from netcore.supervisor.conversation import Conversation

#: a document or why there is none, the level of the peer, what it is called -> the answer as a text fragment
Execute = Callable[["Element | WorkloadError", Level, str], "Deferred[str]"]

#: elements with which a worker begins, see `netcore.supervisor.conversation`
WORKERS_BEGIN = frozenset({"supervisor.hello", "register_remote_scheduler"})
#: so much is framed at once; a burst of tiny documents must not hold the reactor
PIECE = 2048
#: seconds that framing may take before everybody else has a turn
TURN_SECONDS = 0.005
#: characters or bytes of an answer that are written at once; taking so many is a sign of life
SLICE = 256 << 10
#: characters of an answer that are indented without giving others a turn
INDENTED_AT_ONCE = 16 << 10


@implementer(IHalfCloseableProtocol, IPushProducer)
class CommandConnection(Protocol):
    _log = Logger()

    def __init__(self, port: CommandPort) -> None:
        self._port = port
        limits = port.limits
        self._framer = Framer(limits.document_bytes, limits.document_depth, limits.document_nodes)
        self._bytes = b""
        self._received: deque[Received] = deque()
        self._level = Level.NONE
        self._admitted = False
        self._executing = False
        self._choked = False
        self._reading = True
        self._at_end = False
        self._closed = False
        self._leaving = False
        #: what is still to be written of an answer
        self._outgoing: Iterator[bytes] | None = None
        self._turn: Any = None
        self._silence: Any = None
        self._heard_at = 0.0
        #: the second in which the unfinished document began
        self._begun_at = 0.0
        #: whether documents can come
        self._ready = True
        self._http: HttpConnection | Conversation | None = None
        #: the answer that has no end
        self._stream: AnswerStream | None = None
        self.peer = ""
        #: the peer as who executes calls it: its address, and by what it is let in (see `peer_log.named`)
        self.caller = ""
        #: memory of the unfinished document, as the port counts it
        self.held = 0
        self.traffic = Traffic()

    # -- begin and end

    def connectionMade(self) -> None:
        self.peer, self.traffic.port = self.transport.getPeer().host, self.transport.getPeer().port
        self.caller = self.peer
        self._level = self.rate()
        if not self._port.admit(self, self._level):
            self._close()
            return
        self._admitted = True
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        self.transport.registerProducer(self, True)
        self._heard()

    def rate(self) -> Level:
        "What the peer may do, as far as it is known when the connection begins."
        return self._port.level_of(self.peer)

    def readConnectionLost(self) -> None:
        "The client sends nothing more; it may still want its answers."
        self._at_end = True
        if self._http is not None:
            self._http.input_ended()
        elif self._stream is not None:
            self._stream.finish_soon()
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
        if self._stream is not None:
            self._stream.lost()
        for timer in (self._turn, self._silence):
            if timer is not None and timer.active():
                timer.cancel()
        if self._admitted:
            self._port.forget(self)

    def _close(self) -> None:
        "What was written still goes out, if the client takes it in time."
        if not self._closed:
            self._closed = True
            self._lose()
            if self._admitted:
                self._wait()

    def _lose(self) -> None:
        self.transport.loseConnection()

    def leave(self) -> None:
        "The port closes: the answer that is being written still goes out, nothing else is done."
        self._leaving = True
        self._bytes = b""
        self._received.clear()
        if self._outgoing is None and self._stream is None:
            self._lose()

    def abort(self) -> None:
        "Cut the connection, whatever still waits to be sent."
        self._closed = True
        self.hold(0)
        if self._http is not None:
            self._http.lost()
        if self._stream is not None:
            self._stream.lost()
        self.transport.abortConnection()

    # -- input

    def dataReceived(self, data: bytes) -> None:
        self.traffic.received += len(data)
        if self._closed:
            return
        if self._http is not None:
            self._http.received(data)
            return
        if self._leaving:
            return
        if self._stream is not None:
            if b"\x04" in data:
                self._stream.finish_soon()
            return
        self._heard()
        self._bytes = self._bytes + data if self._bytes else data
        if self._busy():
            self.read(False)
        else:
            self._next()

    def _busy(self) -> bool:
        "Whether something must be done before the next input can be looked at."
        return self._executing or self._choked or self._outgoing is not None or self._turn is not None

    def _next(self) -> None:
        "Handle what has arrived until something has to be waited for."
        self._turn = None
        turn_ends = self._port.reactor.seconds() + TURN_SECONDS
        while not self._closed and not self._busy():
            if self._received:
                self._handle(self._received.popleft())
                if not self._busy() and (self._received or self._bytes):
                    self._turn = self._port.reactor.callLater(0, self._next)
            elif self._bytes:
                piece, self._bytes = self._bytes[:PIECE], self._bytes[PIECE:]
                self._frame(piece)
                if self._bytes and self._port.reactor.seconds() > turn_ends:
                    self._turn = self._port.reactor.callLater(0, self._next)
            elif self._at_end:
                self._close()
            else:
                self.read(True)
                return

    def _frame(self, piece: bytes) -> None:
        pending = self._framer.pending
        try:
            received = self._framer.feed(piece)
        except Exception:
            self._log.failure("Input of {peer} could not be framed", peer=self.peer)
            self.abort()
            return
        self._received.extend(received)
        if received or not pending:
            self._begun_at = self._port.reactor.seconds()
        if pending or self._framer.pending:
            self._wait()
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
        converse = self._port.converse
        if converse is not None and isinstance(request, Element) and request.tag in WORKERS_BEGIN:
            self._hand_over(converse(self, self._level), request)
            return
        self._executing = True
        try:
            stream = self._port.stream_of(request, self._level)
            if stream is not None:
                self._follow(stream)
                return
            answered = self._port.execute(request, self._level, self.caller)
        except Exception:
            self._broken(Failure())
            return
        answered.addCallback(self._answer).addErrback(self._broken)

    def _answer(self, fragment: str) -> Deferred[None] | None:
        "Fires when it is sent, as far as the client takes it."
        if self._framer.crlf and not self._closed and len(fragment) <= INDENTED_MAX:
            if len(fragment) > INDENTED_AT_ONCE:
                return self._port.indented(fragment).addCallback(self._send)
            fragment = "".join(indented(fragment))
        self._send(fragment)
        return None

    def _send(self, fragment: str) -> None:
        self._executing = False
        if self._closed:
            return
        if len(fragment) <= SLICE:
            self._write(answer_bytes(fragment) + b"\0")
            self._answered()
        else:
            self._outgoing = _slices(fragment)
            self._write_on()

    def _write(self, data: bytes) -> None:
        self.traffic.sent += len(data)
        self.transport.write(data)

    def _write_on(self) -> None:
        "As fast as the client takes it; between two slices the network has enough to do, so it sees no pause."
        while self._outgoing is not None and not self._choked and not self._closed:
            piece = next(self._outgoing, None)
            if piece is None:
                self._outgoing = None
                self._wait()
                self._answered()
            else:
                self._write(piece)

    def _answered(self) -> None:
        self.traffic.responses += 1
        self._heard_at = self._port.reactor.seconds()
        if self._leaving:
            self._close()
        elif (self._received or self._bytes or self._at_end or not self._reading) and self._turn is None:
            self._turn = self._port.reactor.callLater(0, self._next)

    def _follow(self, stream: Stream) -> None:
        "From now on the client listens only; the connection ends with the stream."
        from netcore.http_stream import AnswerStream, Bare

        self._bytes = b""
        self._received.clear()
        self._stream = AnswerStream(self._port.reactor, Bare(), self.send, not self._at_end)
        self.read(True)
        stream.send(self._stream).addCallbacks(lambda _: self._followed(), self._unfollowed)

    def _followed(self) -> None:
        self._stream = None
        self._close()

    def _unfollowed(self, failure: Failure) -> None:
        "The client has left, or something broke down."
        self._stream = None
        if not self._closed:
            self._broken(failure)

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

    def _hand_over(self, conversation: Conversation, request: Element) -> None:
        "From now on the other side of this connection is a worker's."
        if self._silence is not None and self._silence.active():
            self._silence.cancel()
        data, self._bytes = self._bytes, b""
        early, self._received = self._received, deque()
        self._framer.drop()
        self._http = conversation
        conversation.begin(request, early)
        if self._choked:
            conversation.choke()
        if data:
            conversation.received(data)
        if self._at_end and not self._closed:
            conversation.input_ended()

    def send(self, data: bytes) -> None:
        if data and not self._closed:
            self._write(data)

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
            return
        if self._stream is not None:
            self._stream.choke()
        self._wait()

    def resumeProducing(self) -> None:
        self._choked = False
        if self._http is not None:
            self._http.unchoke()
            return
        self._wait()
        if self._stream is not None:
            self._stream.unchoke()
        elif self._outgoing is not None:
            self._write_on()
        elif not self._executing and self._turn is None and not self._closed:
            self._turn = self._port.reactor.callLater(0, self._next)

    def stopProducing(self) -> None:
        "The connection is gone; `connectionLost` follows."

    def look(self) -> ConnectionLook:
        "How it is, in the words of the protocol."
        if self._closed:
            state = "closing/ready"
        elif self._outgoing is not None or self._choked:
            state = "responding/sending"
        elif self._executing or self._stream is not None:
            state = "processing/ready"
        else:
            state = "receiving/receiving" if self._framer.pending else "ready/receiving"
        return self.traffic.look(self.peer, state, self._http is not None)

    # -- silence

    def idle_since(self) -> float | None:
        "The second since when nobody waits for anything here; None when somebody does."
        if self._http is not None:
            return self._http.idle_since
        waits = self._closed or self._busy() or self._received or self._bytes or self._framer.pending
        return None if waits or not self._ready else self._heard_at

    def _heard(self) -> None:
        self._heard_at = self._port.reactor.seconds()
        self._wait()

    def _wait(self) -> None:
        "From now on, for what the client has to do next; while it speaks HTTP, the other side has its own times."
        if self._http is not None and not self._closed:
            return
        seconds, _ = self._waited_for()
        if self._silence is not None and self._silence.active():
            self._silence.reset(seconds)
        else:
            self._silence = self._port.reactor.callLater(seconds, self._silent)

    def _waited_for(self) -> tuple[float, str]:
        "Seconds, and what is said when they are over."
        limits = self._port.limits
        if not self._ready:
            return limits.handshake_seconds, "{peer} is cut off, because the handshake takes too long"
        if self._closed or self._choked or self._outgoing is not None:
            return limits.answer_seconds, "{peer} is cut off, because it does not take its answer"
        if self._framer.pending and not self._executing:
            left = self._begun_at + limits.document_seconds - self._port.reactor.seconds()
            seconds = max(0.0, min(left, limits.unfinished_seconds))
            return seconds, "{peer} is cut off, because it does not end its document"
        return limits.idle_seconds, "The connection of {peer} is closed after long silence"

    def _silent(self) -> None:
        if self._executing and not self._closed and not self._choked:
            self._wait()
        else:
            self._port.peers.info(self.peer, self._waited_for()[1])
            self.abort()


def _slices(fragment: str) -> Iterator[bytes]:
    "A large answer with its NUL."
    yield answer_bytes(fragment[:SLICE])
    for position in range(SLICE, len(fragment), SLICE):
        yield fragment[position : position + SLICE].encode("iso-8859-1", "xmlcharrefreplace")
    yield b"\0"
