"""The command port for datagrams: one command in each, and never an answer.

A datagram is a nudge ("look again"), so a lost one costs time and nothing else. Refusals and errors only go to the log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from netcore.command_connection import Execute
from netcore.command_port import cannot_listen
from scheduler.errors import WorkloadError
from scheduler.protocol.levels import Level
from scheduler.xml.document import parse
from scheduler.xml.element import Element

DATAGRAM_MAX = 4096
#: so many commands may be under way; further datagrams are dropped, as the network would do
UNDER_WAY_MAX = 100
#: after so many the rest of the engine has its turn
TURN = 20
#: bytes that are read in one turn at most
THROUGHPUT = 64 << 10
#: so many lines of a kind are logged in a minute
LOGGED_MAX = 20


class DatagramPort(Service):
    "`level_of` and `execute` as in `command_port.CommandPort`."

    def __init__(
        self,
        reactor: Any,
        level_of: Callable[[str], Level],
        execute: Execute,
        under_way_max: int = UNDER_WAY_MAX,
    ) -> None:
        self._reactor = reactor
        self._receiver = DatagramReceiver(reactor, level_of, execute, under_way_max)
        self._listening: Any = None

    def listen(self, port: int, interface: str = "") -> int:
        "Open the port and give its number (`port` 0: any free one). Raises CANNOT_LISTEN."
        try:
            self._listening = self._reactor.listenUDP(port, self._receiver, interface, maxPacketSize=DATAGRAM_MAX + 1)
        except CannotListenError as error:
            raise cannot_listen(port, error) from error
        self._listening.maxThroughput = THROUGHPUT
        number: int = self._listening.getHost().port
        return number

    @property
    def ignored(self) -> int:
        "How many datagrams were ignored because of where they came from."
        return self._receiver.ignored

    def stopService(self) -> Deferred[object] | None:
        super().stopService()
        listening, self._listening = self._listening, None
        return maybeDeferred(listening.stopListening) if listening is not None else None


class LinesPerMinute:
    "How many lines of a kind may go into the log."

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._minute = float("-inf")
        self._wanted = 0
        self._left_out = 0

    def may_be_written(self) -> bool:
        now = self._reactor.seconds()
        if now >= self._minute + 60:
            self._left_out += max(0, self._wanted - LOGGED_MAX)
            self._minute, self._wanted = now, 0
        self._wanted += 1
        return self._wanted <= LOGGED_MAX

    def left_out(self) -> int:
        "How many were not written in the minutes before; told once."
        count, self._left_out = self._left_out, 0
        return count


class DatagramReceiver(DatagramProtocol):
    noisy = False
    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        level_of: Callable[[str], Level],
        execute: Execute,
        under_way_max: int = UNDER_WAY_MAX,
    ) -> None:
        self._reactor = reactor
        self._level_of = level_of
        self._execute = execute
        self._under_way_max = under_way_max
        self._under_way = 0
        self._in_turn = 0
        self._told, self._refusals = LinesPerMinute(reactor), LinesPerMinute(reactor)
        #: counts datagrams that are ignored because of where they come from
        self.ignored = 0
        #: peers whose datagrams are ignored; each is told to the log once
        self._ignored: set[str] = set()

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        self._take_turns()
        peer = addr[0]
        level = self._level_of(peer)
        if level < Level.SIGNAL:
            self._ignore(peer)
            return
        if self._under_way >= self._under_way_max:
            return
        try:
            element = self._element(datagram)
            if self._told.may_be_written():
                self._log.info("SCHEDULER-955  Datagram of {peer}: <{command}>", peer=peer, command=element.tag)
            self._begin(element, level, peer)
        except WorkloadError as refusal:
            self._refused(peer, str(refusal))
        except Exception:
            self._failed(Failure(), peer)

    def connectionRefused(self) -> None:
        "Nothing is ever sent."

    def _take_turns(self) -> None:
        """Let the reactor go on after some datagrams.

        It reads until there are none left or a number of bytes is reached, and small ones come as fast as they are
        read; without bytes they do not even count.
        """
        self._in_turn += 1
        if self._in_turn >= TURN and self.transport is not None:
            self._in_turn = 0
            self.transport.maxThroughput = 0
            self._reactor.callLater(0, self._read_on)

    def _read_on(self) -> None:
        if self.transport is not None:
            self.transport.maxThroughput = THROUGHPUT

    def _element(self, datagram: bytes) -> Element:
        return parse(datagram.strip(b" \t\r\n\0"), max_bytes=DATAGRAM_MAX)

    def _begin(self, element: Element, level: Level, peer: str) -> None:
        self._under_way += 1
        try:
            executed = self._execute(element, level, peer)
        except BaseException:
            self._under_way -= 1
            raise
        executed.addBoth(self._ended)
        executed.addCallback(self._executed, peer).addErrback(self._failed, peer)

    def _ended(self, result: Any) -> Any:
        self._under_way -= 1
        return result

    def _executed(self, fragment: str, peer: str) -> None:
        if "<ERROR" in fragment:
            self._refused(peer, fragment)

    def _refused(self, peer: str, reason: str) -> None:
        "Anybody can claim any address, so a flood must not fill the log."
        if self._refusals.may_be_written():
            left_out = self._refusals.left_out()
            if left_out:
                self._log.warn("{count} more datagrams were refused", count=left_out)
            self._log.warn("Datagram of {peer}: {reason}", peer=peer, reason=reason[:1000])

    def _failed(self, failure: Failure, peer: str) -> None:
        self._log.failure("A datagram of {peer} broke down", failure=failure, peer=peer)

    def _ignore(self, peer: str) -> None:
        self.ignored += 1
        if peer not in self._ignored and len(self._ignored) < 1000:
            self._ignored.add(peer)
            self._log.warn("SCHEDULER-301  Datagrams of {peer} are ignored", peer=peer)
