"""A campaign against a cluster: orders keep coming while its members get what life has for them.

The harness plays the service manager too: a member whose process has ended is started again.
"""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import func, select

from models.tables import order_runs, tasks
from stellwerk.client import Client, ClientError
from tests.support.cluster import Cluster, Member
from tests.support.cluster_checker import Sampler, complaints
from tests.support.cut import Way
from tests.support.false_clock import FalseClock
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until

NODES = ["1", "2"]
CHAIN = """<job_chain><job_chain_node state="1" job="work"/><job_chain_node state="2" job="served"/>
<job_chain_node.end state="done"/></job_chain>"""
SCRIPT = """exec 9>>"{directory}/locks/$SCHEDULER_ORDER_ID.$SCHEDULER_ORDER_STATE"
flock -n 9 || echo "$SCHEDULER_ORDER_ID $SCHEDULER_ORDER_STATE $$" >> "{directory}/overlaps"
echo "begin $SCHEDULER_ORDER_ID $SCHEDULER_ORDER_STATE $$" >> "{directory}/marks"
sleep 0.$(( $$ % 3 + 1 ))
echo "end $SCHEDULER_ORDER_ID $SCHEDULER_ORDER_STATE $$" >> "{directory}/marks"
"""
#: the same in Python, without the one call that a false clock breaks: `time.sleep`
SERVED = """import fcntl, os, select
def spooler_process():
    order = spooler_task.order
    step = " ".join((order.id, order.state, str(os.getpid()))) + chr(10)
    with open("{directory}/locks/" + order.id + "." + order.state, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            mark("overlaps", step)
        mark("marks", "begin " + step)
        select.select([], [], [], 0.1 + hash(order.id) % 3 / 10)
        mark("marks", "end " + step)
    return True
def mark(file, line):
    with open("{directory}/" + file, "a") as marks:
        marks.write(line)"""
#: seconds after which nobody will be at work any more: three members whose clocks can be set are given twice the work
#: when they start, and on a busy machine share it with others
RECOVERY = 180


class Campaign:
    """`ways`: the members' ways to the database, by name; empty on SQLite. `shared`: all members work, and any may be
    hit. `clocks`: the members' clocks that can be set, by name."""

    def __init__(
        self, cluster: Cluster, seed: int, ways: dict[str, Way] | None = None, server: PostgresServer | None = None,
        shared: bool = False, clocks: dict[str, FalseClock] | None = None,
    ) -> None:
        self.cluster = cluster
        self.seed = seed
        self.rng = random.Random(seed)
        self.ways = ways or {}
        self.server = server
        self.shared = shared
        self.clocks = clocks or {}
        self.accepted: set[str] = set()
        self.unsure: set[str] = set()
        self.suspended: set[str] = set()
        self.told: list[str] = []
        self._count = 0
        self._over = Event()
        self._revive_at: dict[str, float] = {}
        self.directory = cluster.directory

    # -- the client

    def configure(self) -> None:
        (self.directory / "locks").mkdir()
        member = self.cluster.members[0]
        member.shell_job("/work", SCRIPT.format(directory=self.directory), 'order="yes" stop_on_error="no" tasks="8"')
        member.job("/served", f"""<job order="yes" stop_on_error="no" tasks="4" idle_timeout="1">
<script language="python"><![CDATA[{SERVED.format(directory=self.directory)}]]></script></job>""")
        member.shell_job("/rest", "exit 0", 'order="yes"')
        member.chain("/way", CHAIN.replace("<job_chain>", '<job_chain distributed="yes">') if self.shared else CHAIN)
        member.chain("/hold", '<job_chain><job_chain_node state="1" job="rest"/><job_chain_node.end state="e"/></job_chain>')  # noqa: E501

    def _client(self) -> None:
        while not self._over.wait(self.rng.uniform(0.02, 0.08)):
            listening = [member for member in self.cluster.members if member.alive and self._takes_orders(member)]
            if listening:
                self._give(self.rng.choice(listening))

    def _takes_orders(self, member: Member) -> bool:
        return member.last_event("waiting", "ready") is not None if self.shared else self._ready(member)

    def _ready(self, member: Member) -> bool:
        event = member.last_event("waiting", "ready")
        return event is not None and event["event"] == "ready"

    def _give(self, member: Member) -> None:
        self._count += 1
        order = f"o{self._count}"
        if self._count % 10:
            sets = (self.accepted, f'<add_order job_chain="/way" id="{order}"/>')
        else:
            command = f'<add_order job_chain="/hold" id="{order}" at="never"/>'
            sets = (self.suspended, f'<commands>{command}<modify_order job_chain="/hold" order="{order}" suspended="yes"/></commands>')  # noqa: E501
        try:
            with Client("127.0.0.1", member.port, timeout=2.0) as client:
                done = client.execute(sets[1]).error is None
        except (ClientError, AssertionError):
            done = False
        if done:
            sets[0].add(order)
        else:
            self.unsure.add(order)

    # -- what life does

    def strike(self) -> None:
        "One blow, and some time to recover from it."
        blows: list[Callable[[], None]] = [
            self._kill_active, self._kill_active, self._kill_waiting, self._freeze, self._switch_over, self._sigterm,
            self._kill_all, *([self._kill_active] if self.shared else []),
        ]  # fmt: skip
        blows += [self._cut, self._slow, self._restart_server] if self.ways else [self._lock_database]
        blows += [self._set_clock] if self.clocks else []
        blow = self.rng.choice(blows)
        self.told.append(blow.__name__.lstrip("_"))
        blow()
        self._recover()

    def _recover(self) -> None:
        def recovered() -> bool:
            self._revive()
            return any(member.active for member in self.cluster.members)

        try:
            wait_until(recovered, RECOVERY, f"a member at work after {self.told[-1]}", interval=0.1)
        except AssertionError as failure:
            raise AssertionError(f"SEED={self.seed}; {failure}; blows: {self.told}\n{self._last_words()}") from None
        end = time.monotonic() + self.rng.uniform(0.2, 1.0)
        while time.monotonic() < end:
            self._revive()
            time.sleep(0.05)

    def _last_words(self) -> str:
        members = self.cluster.members
        return "\n".join(f"{each.name}: {each.stdout[-2000:]}\n{each.stderr[-1000:]}" for each in members)

    def _revive(self) -> None:
        "Whoever has ended comes back after a while, as a service manager would do it."
        for member in self.cluster.members:
            if member.alive:
                self._revive_at.pop(member.name, None)
            elif time.monotonic() >= self._revive_at.setdefault(
                member.name, time.monotonic() + self.rng.uniform(0.1, 1.5)
            ):
                member.launch()

    def _active(self) -> Member:
        return next((m for m in self.cluster.members if m.alive and self._ready(m)), self.cluster.members[0])

    def _struck(self) -> Member:
        "Whom the blow hits: the one at work; where all are, any of them."
        living = [member for member in self.cluster.members if member.alive]
        return self.rng.choice(living) if self.shared and living else self._active()

    def _kill_active(self) -> None:
        self._signal(self._active(), signal.SIGKILL)

    def _kill_waiting(self) -> None:
        waiting = [member for member in self.cluster.members if member.waits]
        if waiting:
            self._signal(self.rng.choice(waiting), signal.SIGKILL)

    def _kill_all(self) -> None:
        for member in self.cluster.members:
            self._signal(member, signal.SIGKILL)

    def _sigterm(self) -> None:
        self._signal(self._struck(), signal.SIGTERM)

    def _freeze(self) -> None:
        member, seconds = self._struck(), self.rng.choice([0.5, 2.0, 3.5, 4.2, 6.0])
        self._signal(member, signal.SIGSTOP)
        self._pass(seconds)
        self._signal(member, signal.SIGCONT)

    def _switch_over(self) -> None:
        member = self._active()
        with suppress(ClientError, AssertionError), Client("127.0.0.1", member.port, timeout=2.0) as client:
            client.execute('<terminate continue_exclusive_operation="yes" restart="yes" timeout="2"/>')

    def _cut(self) -> None:
        way = self.ways[self._struck().name]
        way.cut()
        self._pass(self.rng.choice([0.5, 2.0, 3.5, 4.5, 7.0]))
        way.restore()

    def _slow(self) -> None:
        for way in self.ways.values():
            way.delay = self.rng.choice([0.05, 0.3])
        self._pass(2.0)
        for way in self.ways.values():
            way.delay = 0.0

    def _restart_server(self) -> None:
        assert self.server is not None
        self.server.kill9()
        self._pass(self.rng.choice([0.2, 1.0, 4.5]))
        self.server.start()

    def _lock_database(self) -> None:
        file = self.cluster.database_url.removeprefix("sqlite:///")
        with sqlite3.connect(file, isolation_level=None, timeout=10) as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._pass(self.rng.choice([0.5, 2.0, 4.5]))
            connection.execute("COMMIT")
        connection.close()

    def _set_clock(self) -> None:
        self.clocks[self._struck().name].set(self.rng.choice([-3600, -60, 0, 60, 3600]))
        self._pass(self.rng.choice([0.5, 5.0]))

    def _pass(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._revive()
            time.sleep(0.05)

    def _signal(self, member: Member, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if member.alive:
                member.signal(number)

    # -- the course

    def run(self, rounds: int) -> list[str]:
        "All complaints."
        self.cluster.members[0].start()
        for member in self.cluster.members[1:]:
            self.cluster.launch(member)
        client = Thread(target=self._client, daemon=True)
        with Sampler(self.cluster.database_url, self.cluster.id) as sampler:
            client.start()
            for _ in range(rounds):
                self.strike()
            self._over.set()
            client.join()
            self._wait_for_ends()
            found = list(self.cluster.ask(lambda c: list(complaints(
                c, self.cluster.id, self.directory, self.accepted, self.unsure, NODES, self.suspended))))
        return [*found, *sorted(sampler.complaints)]

    def _wait_for_ends(self) -> None:
        ended = (
            select(func.count(func.distinct(order_runs.c.order_id)))
            .where(order_runs.c.scheduler_id == self.cluster.id, order_runs.c.ended_at.is_not(None))
            .where(order_runs.c.order_id.in_(self.accepted))
        )

        def all_ended() -> bool:
            self._revive()
            return int(self.cluster.ask(lambda c: c.execute(ended).scalar_one())) >= len(self.accepted)

        with suppress(AssertionError):  # the checker says which ones
            wait_until(all_ended, 60, "the ends of all orders", interval=0.2)
        with suppress(AssertionError):
            wait_until(self._nothing_runs, 30, "the end of what nobody knows of", interval=0.2)

    def _nothing_runs(self) -> bool:
        member = self.cluster.wait_for_active()
        with suppress(ClientError, AssertionError), Client("127.0.0.1", member.port, timeout=5.0) as client:
            answer = client.execute('<show_job_chain job_chain="/way" max_orders="0"/>')
            return answer.element.get("orders") == "0" and not self._open_tasks()
        return False

    def _open_tasks(self) -> int:
        open_ = select(func.count()).where(
            tasks.c.scheduler_id == self.cluster.id, tasks.c.started_at.is_not(None), tasks.c.ended_at.is_(None)
        )
        return int(self.cluster.ask(lambda connection: connection.execute(open_).scalar_one()))


def story(campaign: Campaign, directory: Path) -> str:
    "For the report of a failure."
    return f"blows: {campaign.told}; {len(campaign.accepted)} orders; {directory}"
