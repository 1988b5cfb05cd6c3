"""Datagrams that wake classic workers up: `<check_folders/>`, nothing else, and again until they fetch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

from scheduler.supervisor.classic import WAKE_UP

#: seconds between two datagrams; until it is worth a warning; between two warnings
REPEAT, WARN_AFTER, WARN_AGAIN = 30.0, 60.0, 300.0


@dataclass(slots=True)
class _Sleeper:
    ip: str
    port: int
    since: float
    timer: Any
    warned_at: float | None = None


class WakeUp:
    "`late` is told the name of a worker that does not react, and for how many seconds it has not."

    _log = Logger()

    def __init__(self, reactor: Any, late: Callable[[str, int], None]) -> None:
        self._reactor = reactor
        self._late = late
        self._sleepers: dict[str, _Sleeper] = {}
        self._port: Any = None

    def wake(self, name: str, ip: str, port: int) -> None:
        "Until `awake` is told. A worker that sleeps already gets the datagram at once, too."
        known = self._sleepers.get(name)
        since = known.since if known is not None else self._reactor.seconds()
        self.awake(name)
        self._sleepers[name] = _Sleeper(ip, port, since, None, known.warned_at if known else None)
        self._send(name)

    def since(self, name: str) -> float | None:
        "The second in which the worker was first told; None: it is awake."
        sleeper = self._sleepers.get(name)
        return sleeper.since if sleeper is not None else None

    def awake(self, name: str) -> None:
        sleeper = self._sleepers.pop(name, None)
        if sleeper is not None and sleeper.timer is not None and sleeper.timer.active():
            sleeper.timer.cancel()

    def stop(self) -> Any:
        for name in list(self._sleepers):
            self.awake(name)
        port, self._port = self._port, None
        return maybeDeferred(port.stopListening) if port is not None else None

    def _send(self, name: str) -> None:
        sleeper = self._sleepers[name]
        sleeper.timer = self._reactor.callLater(REPEAT, self._send, name)
        try:
            if self._port is None:
                self._port = self._reactor.listenUDP(0, _Silent())
            self._port.write(WAKE_UP, (sleeper.ip, sleeper.port))
        except OSError as error:
            self._log.warn("No datagram to {name}: {problem}", name=name, problem=str(error))
        self._warn(name, sleeper)

    def _warn(self, name: str, sleeper: _Sleeper) -> None:
        now = self._reactor.seconds()
        if now - sleeper.since < WARN_AFTER:
            return
        if sleeper.warned_at is None or now - sleeper.warned_at >= WARN_AGAIN:
            sleeper.warned_at = now
            self._late(name, int(now - sleeper.since))


class _Silent(DatagramProtocol):
    "Nobody answers a wake-up."

    noisy = False

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        pass

    def connectionRefused(self) -> None:
        pass
