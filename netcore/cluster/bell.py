"""Datagrams between the members of an active cluster: there is something for you, look now; or what it is.

Each member listens on a UDP port of its own choice, which stands in its row. A datagram that gets lost costs a quarter
of a second, because everybody looks by himself, too. Words are read only if they are sealed
with a secret of the database (see `seal`); everything else is a bell at most.

What lies there when the reactor looks is told together, so that it is decided, recorded and done together. Neither
hearing nor saying gives up the interpreter (see `brief_calls`).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from zope.interface import implementer

from netcore.brief_calls import Receiver, kernel_address, send_to
from netcore.cluster.neighbour import address_of
from netcore.cluster.seal import sealed, unsealed
from scheduler.cluster.view import MemberView

#: what a datagram is about
ASSIGNED, REPORTED = b"a", b"r"
#: words that are longer than this do not go by datagram
WORDS_MOST = 48 << 10
#: datagrams that are read at once
_HEARD_MOST = 64


@implementer(IReadDescriptor)
class Bell:
    """`listen` before the reactor runs; `ring` in any thread; everything else on the reactor's thread. `key` is set in
    any thread, to what words are sealed with; as long as it is empty nobody says a word."""

    _log = Logger()

    def __init__(self, reactor: Any, run: str) -> None:
        self._reactor = reactor
        #: ours
        self._run = run
        self.key = ""
        self._listening: socket.socket | None = None
        self._receiver = Receiver()
        self._ears: dict[bytes, tuple[Callable[[], None], Callable[[list[bytes]], None]]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        #: where the others are, by the runs of their processes: as they say it, and as the kernel wants it
        self._names: dict[str, tuple[str, int]] = {}
        self._addresses: dict[str, bytes] = {}

    def listen(self, interface: str) -> int | None:
        "The number of the port; None when there is none: then nobody wakes us."
        family = socket.AF_INET6 if ":" in interface else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            listening.bind((interface, 0))
        except OSError as error:
            listening.close()
            self._log.warn("Other members cannot wake this one: {error}", error=str(error))
            return None
        self._listening = listening
        self._reactor.addReader(self)
        number: int = listening.getsockname()[1]
        return number

    def hears(self, kind: bytes, wake: Callable[[], None], words: Callable[[list[bytes]], None]) -> None:
        "From now on `wake` is called when that rings, and `words` is told what is said about it, datagram by datagram."
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
        addresses: dict[str, bytes] = {}
        for run, (host, port) in names.items():
            with suppress(OSError):
                addresses[run] = kernel_address(socket.gethostbyname(host), port)
        self._addresses = addresses

    def ring(self, member_run: str, kind: bytes, words: bytes = b"") -> bool:
        "Whether the words were sent, which does not mean that they are heard. Never blocks, and never fails."
        address = self._addresses.get(member_run)
        if address is None:
            return False
        speaks = bool(words and self.key) and len(words) <= WORDS_MOST
        datagram = sealed(self.key, member_run, kind, words) if speaks else kind
        try:
            send_to(self._socket.fileno(), datagram, address)
        except OSError:
            return False
        return speaks

    # -- what the reactor asks for

    def fileno(self) -> int:
        return self._listening.fileno() if self._listening is not None else -1

    def doRead(self) -> None:
        rung: set[bytes] = set()
        said: dict[bytes, list[bytes]] = {}
        for datagram in self._heard():
            kind = datagram[:1]
            words = unsealed(self.key, self._run, datagram) if len(datagram) > 1 and self.key else None
            if words is None:
                rung.add(kind)
            else:
                said.setdefault(kind, []).append(words)
        for kind, (wake, listen) in list(self._ears.items()):
            if kind in rung:
                wake()
            if kind in said:
                listen(said[kind])

    def _heard(self) -> list[bytes]:
        "All that lies there, as far as it is not too much."
        datagrams: list[bytes] = []
        with suppress(OSError):
            while len(datagrams) < _HEARD_MOST:
                datagrams.append(self._receiver.receive(self.fileno()))
        return datagrams

    def logPrefix(self) -> str:
        return "bell"

    def connectionLost(self, reason: object) -> None:
        "The reactor calls this when it is shut down."

    def stop(self) -> None:
        self._ears.clear()
        self._socket.close()
        if self._listening is not None:
            self._reactor.removeReader(self)
            self._listening.close()
            self._listening = None
