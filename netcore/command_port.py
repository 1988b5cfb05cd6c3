"""The command port: TCP, bare XML and HTTP, and on a second port the same with TLS.

It lets peers in by their address, limits their number, and leaves everything else to `command_connection`.
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.threads import deferToThreadPool

from netcore.command_connection import CommandConnection, Execute
from netcore.large_answers import LargeAnswers
from netcore.peer_log import PeerLog
from scheduler.answers.connections import ConnectionLook
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.protocol.limits import USUAL, Limits
from scheduler.xml.element import Element
from scheduler.xml.indent import indented

if TYPE_CHECKING:
    from netcore.certificate_levels import CertificateLevels
    from netcore.http_site import HttpSite
    from netcore.http_stream import Stream
    from netcore.supervisor.conversation import Conversation
    from netcore.tls import TlsServer

_HTTP = "netcore.http_site"
#: connections that wait to be accepted; beyond that the system drops what comes, and who connects tries again only
#: after seconds. A crowd of workers comes back at once when its supervisor does. The system may allow fewer.
_BACKLOG = 4096


class CommandPort(Service):
    """`level_of` rates a peer's numeric address (see `hosts.HostLevels.level_of`), `execute` runs one command.

    `blank_line` is called for each empty line that a client sends. All calls on the reactor's thread.
    """

    def __init__(
        self,
        reactor: Any,
        level_of: Callable[[str], Level],
        execute: Execute,
        blank_line: Callable[[], None],
        limits: Limits = USUAL,
    ) -> None:
        self.reactor = reactor
        self.execute = execute
        self._indenting = LargeAnswers(reactor)
        self.blank_line = blank_line
        self.limits = limits
        #: makes what HTTP is answered from, when somebody first asks; None: it answers commands only
        self.make_site: Callable[[], HttpSite] | None = None
        self._site: HttpSite | None = None
        #: takes over connections of workers; None: nobody supervises here
        self.converse: Callable[[CommandConnection, Level], Conversation] | None = None
        #: the answer of a request that has no end; None: it is answered by `execute`
        self.stream_of: Callable[[Element | WorkloadError, Level], Stream | None] = lambda request, level: None
        self.level_of = level_of
        self.peers = PeerLog(reactor, limits.log_lines)
        self._listening: list[Any] = []
        self._connections: set[CommandConnection] = set()
        self._per_host: Counter[str] = Counter()
        self._held = 0
        self._all_gone: Deferred[object] | None = None

    def listen(self, port: int, interface: str = "") -> int:
        """Open the port and give its number (`port` 0: any free one). `interface` empty: all of IPv4.

        Raises CANNOT_LISTEN; whether to try again is up to the caller.
        """
        return self._listen(port, CommandFactory(self), interface)

    def listen_tls(
        self, port: int, interface: str, tls: TlsServer, certificates: CertificateLevels | None = None
    ) -> int:
        """The same with TLS. `certificates` say the levels of clients, which must show one then; None: their addresses
        do."""
        from twisted.protocols.tls import TLSMemoryBIOFactory  # only where it is wanted

        from netcore.tls_connection import TlsConnection

        factory = Factory.forProtocol(lambda: TlsConnection(self, certificates))
        factory.noisy = False
        wrapped = TLSMemoryBIOFactory(tls, False, factory, self.reactor)
        wrapped.noisy = False
        return self._listen(port, wrapped, interface)

    def _listen(self, port: int, factory: Any, interface: str) -> int:
        try:
            listening = self.reactor.listenTCP(port, factory, backlog=_BACKLOG, interface=interface)
        except CannotListenError as error:
            raise cannot_listen(port, error) from error
        self._listening.append(listening)
        number: int = listening.getHost().port
        return number

    def stopService(self) -> Deferred[object]:
        "Close the port. Fires when the connections have ended, after their last answers or when the time is over."
        super().stopService()
        listening, self._listening = self._listening, []
        ends: list[Deferred[object]] = [maybeDeferred(each.stopListening) for each in listening]
        if self._connections:
            self._all_gone = Deferred()
            ends.append(self._all_gone)
            cut = self.reactor.callLater(self.limits.stop_seconds, self._cut_all)
            self._all_gone.addCallback(lambda _: cut.cancel() if cut.active() else None)
        for connection in list(self._connections):
            connection.leave()
        return gatherResults(ends).addBoth(self._close_site)

    def _close_site(self, result: object) -> object:
        if self._site is not None:
            self._site.close()
        return result

    def _cut_all(self) -> None:
        for connection in list(self._connections):
            connection.abort()

    def answer_http_with(self, make: Callable[[], HttpSite]) -> None:
        "From now on; whatever answered before is closed."
        self.make_site = make
        site, self._site = self._site, None
        if site is not None:
            site.close()

    def http_site(self) -> Deferred[HttpSite]:
        """What HTTP is answered from.

        Most engines are never asked over HTTP, so it is loaded when somebody asks, and in a thread, because it takes
        longer than everybody else should wait.
        """
        if self._site is not None:
            return succeed(self._site)
        if _HTTP in sys.modules:
            return succeed(self._made_site(sys.modules[_HTTP]))
        loaded = deferToThreadPool(self.reactor, self.reactor.getThreadPool(), importlib.import_module, _HTTP)
        return loaded.addCallback(self._made_site)

    def _made_site(self, module: Any) -> HttpSite:
        if self._site is None:
            make = self.make_site
            self._site = make() if make is not None else module.HttpSite(self.reactor, self.execute, self.limits.http)
        return self._site

    @property
    def connections(self) -> int:
        return len(self._connections)

    def looks(self) -> list[ConnectionLook]:
        "Who is connected, by address."
        return sorted(connection.look() for connection in self._connections)

    # -- what connections ask

    def indented(self, fragment: str) -> Deferred[str]:
        "An answer with each element in a line of its own. Those of all connections share one slice of each turn."
        return self._indenting.make(object(), lambda: indented(fragment))

    def admit(self, connection: CommandConnection, level: Level) -> bool:
        "Whether a new connection is let in; then it counts from now on."
        if level < Level.INFO:
            self.peers.warn(connection.peer, "SCHEDULER-287  The connection of {peer} is refused")
            return False
        if not self._has_room(connection.peer):
            self.peers.warn(connection.peer, "{peer} is refused, because there are too many connections")
            return False
        self._connections.add(connection)
        self._per_host[connection.peer] += 1
        return True

    def _has_room(self, peer: str) -> bool:
        "Whether one more connection of this host is possible; an idle one may have to give way."
        if self._per_host[peer] >= self.limits.connections_per_host:
            return self._dismiss(c for c in self._connections if c.peer == peer)
        return len(self._connections) < self.limits.connections or self._dismiss(self._connections)

    def _dismiss(self, connections: Iterable[CommandConnection]) -> bool:
        "Cut the one that is idle longest. False when none has been idle for long."
        before = self.reactor.seconds() - self.limits.yielding_seconds
        idle = [(since, c) for c in connections if (since := c.idle_since()) is not None and since <= before]
        if not idle:
            return False
        longest = min(idle, key=lambda entry: entry[0])[1]
        self.peers.info(longest.peer, "The idle connection of {peer} gives way to a new one")
        longest.abort()
        self.forget(longest)
        return True

    def hold(self, change: int) -> None:
        "An unfinished document has grown or is gone. When all together are too large, the largest is cut."
        self._held += change
        if change > 0 and self._held > self.limits.unfinished_bytes:
            largest = max(self._connections, key=lambda connection: connection.held)
            self.peers.warn(largest.peer, "{peer} is cut off, because there are too many unfinished documents")
            largest.abort()

    def forget(self, connection: CommandConnection) -> None:
        "A connection has ended, or has to; told again, nothing happens."
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._per_host[connection.peer] -= 1
        if self._per_host[connection.peer] <= 0:
            del self._per_host[connection.peer]
        if not self._connections and self._all_gone is not None:
            all_gone, self._all_gone = self._all_gone, None
            all_gone.callback(None)


class CommandFactory(Factory):
    noisy = False

    def __init__(self, port: CommandPort) -> None:
        self._port = port

    def buildProtocol(self, addr: IAddress) -> CommandConnection:
        return CommandConnection(self._port)


def cannot_listen(port: int, error: CannotListenError) -> WorkloadError:
    reason = getattr(error.socketError, "strerror", None) or str(error.socketError)
    return WorkloadError(Code.CANNOT_LISTEN, port=port, problem=reason)
