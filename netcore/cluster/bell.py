"""What wakes another member of an active cluster: an empty datagram that says "look into the database".

A lost one costs a fraction of a second, because everybody looks by himself, too. What is in a datagram is not read.
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
from scheduler.cluster.view import MemberView


class Bell(DatagramProtocol):
    "`listen` before the reactor runs; `ring` in any thread; everything else on the reactor's thread."

    noisy = False
    _log = Logger()

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._listening: Any = None
        self._wakes: list[Callable[[], None]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        #: where the others are, by the runs of their processes: as they say it, and as numbers
        self._names: dict[str, tuple[str, int]] = {}
        self._addresses: dict[str, tuple[str, int]] = {}

    def listen(self, interface: str) -> int | None:
        "The number of the port; None when there is none: then nobody wakes us."
        try:
            self._listening = self._reactor.listenUDP(0, self, interface)
        except CannotListenError as error:
            self._log.warn("Other members cannot wake this one: {error}", error=str(error))
            return None
        number: int = self._listening.getHost().port
        return number

    def wakes(self, wake: Callable[[], None]) -> None:
        self._wakes.append(wake)

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

    def ring(self, member_run: str) -> None:
        "Never blocks, and never fails."
        address = self._addresses.get(member_run)
        if address is not None:
            with suppress(OSError):
                self._socket.sendto(b"", address)

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        for wake in self._wakes:
            wake()

    def stop(self) -> Any:
        self._wakes.clear()
        self._socket.close()
        listening, self._listening = self._listening, None
        return maybeDeferred(listening.stopListening) if listening is not None else None
