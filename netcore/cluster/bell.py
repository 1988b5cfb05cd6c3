"""What wakes another member of an active cluster: a datagram that says "look into the database", or what it would find.

    one byte                   look: something is assigned to you, or reported
    the byte, a seal, words    what it is, so that nobody need look

A lost one costs a fraction of a second, because everybody looks by himself, too. Words are read only if they are sealed
with a secret of the database (see `seal`); everything else is a bell at most.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

from netcore.cluster.neighbour import address_of
from netcore.cluster.seal import sealed, unsealed
from scheduler.cluster.view import MemberView

#: what a datagram is about
ASSIGNED, REPORTED = b"a", b"r"
#: words that are longer than this do not go by datagram
WORDS_MOST = 48 << 10


class Bell(DatagramProtocol):
    """`listen` before the reactor runs; `ring` in any thread; everything else on the reactor's thread. `key` is set in
    any thread, to what words are sealed with; as long as it is empty nobody says a word."""

    noisy = False
    _log = Logger()

    def __init__(self, reactor: Any, run: str) -> None:
        self._reactor = reactor
        #: ours
        self._run = run
        self.key = ""
        self._listening: Any = None
        self._ears: dict[bytes, tuple[Callable[[], None], Callable[[bytes], None]]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        #: where the others are, by the runs of their processes: as they say it, and as numbers
        self._names: dict[str, tuple[str, int]] = {}
        self._addresses: dict[str, tuple[str, int]] = {}

    def listen(self, interface: str) -> int | None:
        "The number of the port; None when there is none: then nobody wakes us."
        try:
            self._listening = self._reactor.listenUDP(0, self, interface, maxPacketSize=1 << 16)
        except CannotListenError as error:
            self._log.warn("Other members cannot wake this one: {error}", error=str(error))
            return None
        number: int = self._listening.getHost().port
        return number

    def hears(self, kind: bytes, wake: Callable[[], None], words: Callable[[bytes], None]) -> None:
        "From now on `wake` is called when that rings, and `words` is told what is said about it."
        self._ears[kind] = wake, words

    def others(self, members: tuple[MemberView, ...]) -> None:
        found = {
            member.run_token: address_of(member.host, member.ip_address, member.bell_port)
            for member in members
            if member.bell_port
        }
        if found != self._names:
            self._names = found
            self._reactor.callInThread(self._resolve, found)

    def _resolve(self, names: dict[str, tuple[str, int]]) -> None:
        "In a thread, because a name server may take its time. Whoever has no address is not woken."
        addresses: dict[str, tuple[str, int]] = {}
        for run, (host, port) in names.items():
            with suppress(OSError):
                addresses[run] = (socket.gethostbyname(host), port)
        self._addresses = addresses

    def ring(self, member_run: str, kind: bytes, words: bytes = b"") -> bool:
        "Whether the words were sent, which does not mean that they are heard. Never blocks, and never fails."
        address = self._addresses.get(member_run)
        if address is None:
            return False
        speaks = bool(words and self.key) and len(words) <= WORDS_MOST
        datagram = sealed(self.key, member_run, kind, words) if speaks else kind
        try:
            self._socket.sendto(datagram, address)
        except OSError:
            return False
        return speaks

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        kind = datagram[:1]
        if kind not in self._ears:
            return
        wake, words = self._ears[kind]
        said = unsealed(self.key, self._run, datagram) if len(datagram) > 1 and self.key else None
        if said is None:
            wake()
        else:
            words(said)

    def stop(self) -> Any:
        self._ears.clear()
        self._socket.close()
        listening, self._listening = self._listening, None
        return maybeDeferred(listening.stopListening) if listening is not None else None
