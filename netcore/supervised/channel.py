"""One connection to a supervisor, opened by us: documents go out, documents come in, each with a NUL behind it.

An answer belongs to the oldest question; what is no answer (it has no `<spooler>` around it) is something that the
supervisor says by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.python.failure import Failure

from scheduler.errors import WorkloadError
from scheduler.xml.document import TreeBuilder
from scheduler.xml.element import Element

#: bytes of an answer, such as a classic one with all files in it
ANSWER_MAX = 256 << 20
NODES_MAX = 2_000_000
#: seconds to connect
CONNECT_WITHIN = 5.0


class RemoteRefusal(Exception):
    "The supervisor answers with an ERROR."

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text if text.startswith(code) else f"{code}  {text}")
        self.code = code


class Broken(Exception):
    "What comes over the connection cannot be understood."


class Channel(Protocol):
    "`said` gets what is no answer, `lost` is called once with the reason."

    def __init__(self, said: Callable[[Element], None], lost: Callable[[Channel, str], None]) -> None:
        self._said = said
        self._lost = lost
        self._parts: list[bytes] = []
        self._size = 0
        self._asked: deque[Deferred[Element]] = deque()
        self.ended = False
        self.heard_at = 0.0
        self.seconds: Callable[[], float] = lambda: 0.0

    def connectionMade(self) -> None:
        self.heard_at = self.seconds()
        host, peer = self.transport.getHost(), self.transport.getPeer()
        if (host.host, host.port) == (peer.host, peer.port):
            # as long as nobody listens at a port of this machine, the system may give that very port to who connects
            self.end("the connection leads to ourselves")
            return
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)

    def ask(self, document: str) -> Deferred[Element]:
        "Fires with the element below `<answer>`. Fails with RemoteRefusal, Broken or ConnectionLost."
        asked: Deferred[Element] = Deferred()
        if self.ended:
            asked.errback(ConnectionLost("the connection has ended"))
            return asked
        self._asked.append(asked)
        self.say(document)
        return asked

    def say(self, document: str) -> None:
        if not self.ended:
            self.transport.write(document.encode("ascii", "xmlcharrefreplace"))

    def end(self, reason: str = "") -> None:
        "Cut it; `lost` is told unless there is no reason."
        if self.ended:
            return
        self._finish(reason)
        self.transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:
        self.heard_at = self.seconds()
        while data and not self.ended:
            part, nul, data = data.partition(b"\0")
            self._parts.append(part)
            self._size += len(part)
            if self._size > ANSWER_MAX:
                self.end(f"the answer is larger than {ANSWER_MAX} bytes")
            elif nul:
                document = b"".join(self._parts)
                self._parts, self._size = [], 0
                self._received(document)

    def _received(self, document: bytes) -> None:
        try:
            root = _parsed(document)
            if root.tag != "spooler":
                self._said(root)
                return
            found = root.child("answer")
            if found is None or not self._asked:
                raise Broken("an answer to nothing" if found is not None else "the answer is empty")
        except (WorkloadError, Broken) as problem:
            self.end(str(problem))
            return
        asked = self._asked.popleft()
        error = found.child("ERROR")
        if error is not None:
            asked.errback(RemoteRefusal(error.get("code"), error.get("text")))
        elif not found.children:
            asked.errback(Broken("the answer is empty"))
        else:
            asked.callback(found.children[0])

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.ended:
            self._finish(reason.getErrorMessage())

    def _finish(self, reason: str) -> None:
        self.ended = True
        asked, self._asked = self._asked, deque()
        for each in asked:
            each.errback(ConnectionLost(reason or "we have ended it"))
        if reason:
            self._lost(self, reason)


def _parsed(document: bytes) -> Element:
    builder = TreeBuilder(max_bytes=ANSWER_MAX, max_nodes=NODES_MAX)
    try:
        builder.feed(document)
        return builder.close()
    finally:
        builder.release()


class Opening(ClientFactory):
    "Opens one channel. `opened` fires with it, or fails."

    noisy = False

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.opened: Deferred[Channel] = Deferred(self._give_up)
        self._connector: Any = None

    def connect(self, reactor: Any, host: str, port: int, tls: Any = None) -> Deferred[Channel]:
        "`tls` is a creator of TLS connections; None: without TLS. Cancelling ends the attempt."
        self._channel.seconds = reactor.seconds
        factory: Any = self
        if tls is not None:
            from twisted.protocols.tls import TLSMemoryBIOFactory  # only where it is wanted

            factory = TLSMemoryBIOFactory(tls, True, self, reactor)
            factory.noisy = False
        self._connector = reactor.connectTCP(host, port, factory, CONNECT_WITHIN)
        return self.opened

    def buildProtocol(self, addr: Any) -> Channel:
        channel, opened = self._channel, self.opened
        made = channel.connectionMade

        def connection_made() -> None:
            made()
            if not opened.called:
                opened.callback(channel)

        channel.connectionMade = connection_made  # type: ignore[method-assign]
        return channel

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        if not self.opened.called:
            self.opened.errback(reason)

    def _give_up(self, _: object) -> None:
        self._connector.disconnect()
