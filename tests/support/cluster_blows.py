"""What life does to members of a cluster, to their network, their database and their clocks.

The harness plays the service manager too: a member whose process has ended is started again.
"""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress

from stellwerk.client import Client, ClientError
from tests.support.cluster import Cluster, Member
from tests.support.cut import Way
from tests.support.false_clock import FalseClock
from tests.support.postgres import PostgresServer


class Blows:
    """`ways`: the members' ways to the database, by name; empty on SQLite. `shared`: all members work, and any may be
    hit. `clocks`: the members' clocks that can be set, by name.

    What each blow is comes from the seed alone, so a seed repeats them; when they fall depends on the machine.
    """

    def __init__(
        self, cluster: Cluster, seed: int, ways: dict[str, Way], server: PostgresServer | None, shared: bool,
        clocks: dict[str, FalseClock],
    ) -> None:
        self._cluster = cluster
        self._seed = seed
        self._rng = random.Random(seed)
        self._returns = random.Random(seed)
        self._revive_at: dict[str, float] = {}
        self._ways = ways
        self._server = server
        self._shared = shared
        self._clocks = clocks
        #: the names of those that have fallen
        self.told: list[str] = []

    def strike(self) -> None:
        self._rng = random.Random(f"{self._seed}/{len(self.told)}")
        blow = self._rng.choice(self._known())
        self.told.append(blow.__name__.lstrip("_"))
        blow()

    def _known(self) -> list[Callable[[], None]]:
        blows: list[Callable[[], None]] = [
            self._kill_active, self._kill_active, self._kill_waiting, self._freeze, self._switch_over, self._sigterm,
            self._kill_all, *([self._kill_active] if self._shared else []),
        ]  # fmt: skip
        blows += [self._cut, self._slow, self._restart_server] if self._ways else [self._lock_database]
        return [*blows, *([self._set_clock] if self._clocks else [])]

    def revive(self) -> None:
        "Whoever has ended comes back after a while, as a service manager would do it."
        for member in self._cluster.members:
            if member.alive:
                self._revive_at.pop(member.name, None)
            elif time.monotonic() >= self._revive_at.setdefault(
                member.name, time.monotonic() + self._returns.uniform(0.1, 1.5)
            ):
                member.launch()

    def _active(self) -> Member:
        return next((m for m in self._cluster.members if m.alive and m.leads), self._cluster.members[0])

    def _struck(self) -> Member:
        "Whom the blow hits: the one at work; where all are, any of them."
        living = [member for member in self._cluster.members if member.alive]
        return self._rng.choice(living) if self._shared and living else self._active()

    def _kill_active(self) -> None:
        self._signal(self._active(), signal.SIGKILL)

    def _kill_waiting(self) -> None:
        waiting = [member for member in self._cluster.members if member.waits]
        if waiting:
            self._signal(self._rng.choice(waiting), signal.SIGKILL)

    def _kill_all(self) -> None:
        for member in self._cluster.members:
            self._signal(member, signal.SIGKILL)

    def _sigterm(self) -> None:
        self._signal(self._struck(), signal.SIGTERM)

    def _freeze(self) -> None:
        member, seconds = self._struck(), self._rng.choice([0.5, 2.0, 3.5, 4.2, 6.0])
        self._signal(member, signal.SIGSTOP)
        self._pass(seconds)
        self._signal(member, signal.SIGCONT)

    def _switch_over(self) -> None:
        member = self._active()
        with suppress(ClientError, AssertionError), Client("127.0.0.1", member.port, timeout=2.0) as client:
            client.execute('<terminate continue_exclusive_operation="yes" restart="yes" timeout="2"/>')

    def _cut(self) -> None:
        way = self._ways[self._struck().name]
        way.cut()
        self._pass(self._rng.choice([0.5, 2.0, 3.5, 4.5, 7.0]))
        way.restore()

    def _slow(self) -> None:
        for way in self._ways.values():
            way.delay = self._rng.choice([0.05, 0.3])
        self._pass(2.0)
        for way in self._ways.values():
            way.delay = 0.0

    def _restart_server(self) -> None:
        assert self._server is not None
        self._server.kill9()
        self._pass(self._rng.choice([0.2, 1.0, 4.5]))
        self._server.start()

    def _lock_database(self) -> None:
        file = self._cluster.database_url.removeprefix("sqlite:///")
        with sqlite3.connect(file, isolation_level=None, timeout=10) as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._pass(self._rng.choice([0.5, 2.0, 4.5]))
            connection.execute("COMMIT")
        connection.close()

    def _set_clock(self) -> None:
        self._clocks[self._struck().name].set(self._rng.choice([-3600, -60, 0, 60, 3600]))
        self._pass(self._rng.choice([0.5, 5.0]))

    def _pass(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.revive()
            time.sleep(0.05)

    def _signal(self, member: Member, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if member.alive:
                member.signal(number)
