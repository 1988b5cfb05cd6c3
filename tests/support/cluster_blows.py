"""What life does to members of a cluster, to their network, their database and their clocks.

The harness plays the service manager too: a member whose process has ended is started again.
"""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress

from stellwerk.client import Client, ClientError
from tests.support.cluster import Cluster, Member
from tests.support.cut import Way
from tests.support.false_clock import FalseClock
from tests.support.postgres import PostgresServer

#: begun by the first `next`, it goes on as many seconds later as it yields, and is over when it ends
Course = Iterator[float]
#: what falls on every cluster, and what on the database or on the way there; clocks need a library
ON_MEMBERS = ("kill_active", "kill_waiting", "kill_all", "freeze", "switch_over", "sigterm")
ON_SQLITE, ON_POSTGRES, ON_CLOCKS = ("lock_database",), ("cut", "slow", "restart_server"), ("set_clock",)
#: seconds from one blow of a round to the next one: within a take-over, or as soon as one is over
APART = (0.0, 0.3, 1.5)


def hands(kinds: Sequence[str], rng: random.Random) -> Iterator[tuple[str, ...]]:
    """Which kinds of blows fall in one round after the other: one to three of them. None comes again before all others
    have come, so that chance does not spare the cluster the worse ones."""
    while True:
        deck = rng.sample(kinds, len(kinds))
        while deck:
            size = rng.randint(1, 3)
            yield tuple(deck[:size])
            del deck[:size]


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
        self._returns = random.Random(seed)
        self._revive_at: dict[str, float] = {}
        self._ways = ways
        self._server = server
        self._shared = shared
        self._clocks = clocks
        self._hands = hands(
            [*ON_MEMBERS, *(ON_POSTGRES if ways else ON_SQLITE), *(ON_CLOCKS if clocks else ())], random.Random(seed)
        )
        #: the blows of each round, by their names
        self.told: list[tuple[str, ...]] = []

    def strike(self) -> None:
        "The blows of one round; they may fall into each other, and all are over when it returns."
        hand = next(self._hands)
        self.told.append(hand)
        at, under_way = time.monotonic(), []
        for name in hand:
            rng = random.Random(f"{self._seed}/{len(self.told)}/{name}")
            under_way.append((at, getattr(self, f"_{name}")(rng)))
            at += rng.choice(APART)
        while under_way:
            self.revive()
            under_way = [later for each in under_way if (later := _gone_on(*each))]
            time.sleep(0.05)

    @property
    def counts(self) -> dict[str, int]:
        "How often each kind has come."
        return dict(Counter(name for hand in self.told for name in hand))

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

    def _struck(self, rng: random.Random) -> Member:
        "Whom the blow hits: the one at work; where all are, any of them."
        living = [member for member in self._cluster.members if member.alive]
        return rng.choice(living) if self._shared and living else self._active()

    # -- the kinds

    def _kill_active(self, _: random.Random) -> Course:
        self._signal(self._active(), signal.SIGKILL)
        yield from ()

    def _kill_waiting(self, rng: random.Random) -> Course:
        waiting = [member for member in self._cluster.members if member.waits]
        if waiting:
            self._signal(rng.choice(waiting), signal.SIGKILL)
        yield from ()

    def _kill_all(self, _: random.Random) -> Course:
        for member in self._cluster.members:
            self._signal(member, signal.SIGKILL)
        yield from ()

    def _sigterm(self, rng: random.Random) -> Course:
        self._signal(self._struck(rng), signal.SIGTERM)
        yield from ()

    def _freeze(self, rng: random.Random) -> Course:
        member = self._struck(rng)
        self._signal(member, signal.SIGSTOP)
        yield rng.choice([0.5, 2.0, 3.5, 4.2, 6.0])
        self._signal(member, signal.SIGCONT)

    def _switch_over(self, _: random.Random) -> Course:
        with suppress(ClientError, AssertionError), Client("127.0.0.1", self._active().port, timeout=2.0) as client:
            client.execute('<terminate continue_exclusive_operation="yes" restart="yes" timeout="2"/>')
        yield from ()

    def _cut(self, rng: random.Random) -> Course:
        way = self._ways[self._struck(rng).name]
        way.cut()
        yield rng.choice([0.5, 2.0, 3.5, 4.5, 7.0])
        way.restore()

    def _slow(self, rng: random.Random) -> Course:
        delay = rng.choice([0.05, 0.3])
        for way in self._ways.values():
            way.delay = delay
        yield rng.choice([2.0, 5.0])
        for way in self._ways.values():
            way.delay = 0.0

    def _restart_server(self, rng: random.Random) -> Course:
        assert self._server is not None
        self._server.kill9()
        yield rng.choice([0.2, 1.0, 4.5, 8.0])
        self._server.start()

    def _lock_database(self, rng: random.Random) -> Course:
        file = self._cluster.database_url.removeprefix("sqlite:///")
        connection = sqlite3.connect(file, isolation_level=None, timeout=0)
        try:
            while not _locked(connection):  # a frozen member may keep it for a while
                yield 0.05
            yield rng.choice([0.5, 2.0, 4.5, 8.0])
        finally:
            connection.close()

    def _set_clock(self, rng: random.Random) -> Course:
        self._clocks[self._struck(rng).name].set(rng.choice([-3600, -60, 0, 60, 3600]))
        yield rng.choice([0.5, 5.0])

    def _signal(self, member: Member, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if member.alive:
                member.signal(number)


def _gone_on(at: float, course: Course) -> tuple[float, Course] | None:
    "The same, or what comes of it when its time has come; None: it is over."
    if time.monotonic() < at:
        return at, course
    seconds = next(course, None)
    return None if seconds is None else (time.monotonic() + seconds, course)


def _locked(connection: sqlite3.Connection) -> bool:
    "Whether nobody else can write into it now."
    with suppress(sqlite3.OperationalError):
        connection.execute("BEGIN IMMEDIATE")
    return connection.in_transaction
