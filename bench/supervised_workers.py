"""Many workers in one process: the real worker side without an engine behind it. Words come in, answers go out.

    begin                   there: the workers have begun
    wait VERSION SECONDS    there: all of them have that version
    times VERSION SECONDS   for each worker the time (seconds since 1970) at which the version was in effect
    lost SECONDS            there: none of them is connected
    paired SECONDS          there: all of them are
    opened                  how many connections were opened since the start
    end
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred, succeed
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineOnlyReceiver

from netcore.supervised import channel
from netcore.supervised.cache import Cache
from netcore.supervised.link import Facts
from netcore.supervised.worker import Worker
from scheduler.supervisor.addresses import addresses_of
from scheduler.supervisor.linking import LinkState
from scheduler.supervisor.settings import AsWorker

reactor: Any = installed


class Member:
    "One worker; `at` is when each version was in effect."

    def __init__(self, directory: Path, port: int, name: str, key: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.at: dict[int, float] = {}
        settings = AsWorker(key=key)
        facts = Facts(name, name, "bench", "here", 1, 0, 0)
        self.worker = Worker(
            reactor, addresses_of(f"127.0.0.1:{port}"), facts, Cache(str(directory / "cache")), lambda: settings,
            None, "", self._applied, tuple, lambda text: succeed(""), lambda: None, lambda host: None,
        )
        self.worker.start()

    def _applied(self) -> Deferred[None]:
        self.at.setdefault(self.worker.number, time.time())
        return succeed(None)

    @property
    def paired(self) -> bool:
        return self.worker.links[0].state is LinkState.PAIRED


class Words(LineOnlyReceiver):
    delimiter = b"\n"

    def __init__(self, make: Callable[[], list[Member]], opened: list[int]) -> None:
        self._make = make
        self._members: list[Member] = []
        self._opened = opened

    def lineReceived(self, line: bytes) -> None:
        word, *arguments = line.decode().split()
        match word:
            case "begin":
                self._members = self._make()
                self.sendLine(b"there")
            case "wait":
                self._when(lambda: all(int(arguments[0]) in m.at for m in self._members), arguments[1], "there")
            case "times":
                number = int(arguments[0])
                self._when(
                    lambda: all(number in m.at for m in self._members), arguments[1],
                    lambda: " ".join(f"{m.at[number]:.4f}" for m in self._members if number in m.at),
                )  # fmt: skip
            case "lost":
                self._when(lambda: not any(m.paired for m in self._members), arguments[0], "there")
            case "paired":
                self._when(lambda: all(m.paired for m in self._members), arguments[0], "there")
            case "opened":
                self.sendLine(str(len(self._opened)).encode())
            case _:
                self.sendLine(b"")
                reactor.callLater(0, reactor.stop)

    def _when(self, condition: Callable[[], bool], seconds: str, answer: str | Callable[[], str]) -> None:
        deadline = reactor.seconds() + float(seconds)

        def look() -> None:
            if not condition() and reactor.seconds() < deadline:
                reactor.callLater(0.005, look)
                return
            late = [member.worker.links[0].state.value for member in self._members if not member.paired]
            text = answer() if callable(answer) else answer if condition() else f"too late, {len(late)} not paired"
            self.sendLine(text.encode())

        look()

    def connectionLost(self, reason: Any = None) -> None:
        if reactor.running:
            reactor.stop()


def main(words: list[str]) -> None:
    directory, port, count, key = Path(words[0]), int(words[1]), int(words[2]), words[3]
    opened: list[int] = []
    made = channel.Channel.connectionMade

    def counted(self: channel.Channel) -> None:
        opened.append(1)
        made(self)

    channel.Channel.connectionMade = counted  # type: ignore[method-assign]
    reactor.suggestThreadPoolSize(4)

    def make() -> list[Member]:
        return [Member(directory / f"w{number}", port, f"w{number}", key) for number in range(count)]

    reactor.callWhenRunning(lambda: StandardIO(Words(make, opened)))
    reactor.run()


if __name__ == "__main__":
    main(sys.argv[1:])
