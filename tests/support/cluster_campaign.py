"""A campaign against a cluster: orders and commands keep coming while its members get what life has for them.

    complaints = Campaign(cluster, seed).run(rounds)      # and `story` tells what has happened
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import func, select

from models.tables import order_runs, orders, tasks
from tests.support.campaign_client import CampaignClient
from tests.support.campaign_ledger import observed
from tests.support.campaign_site import HALTED, PERMANENT, configure
from tests.support.cluster import Cluster, Member
from tests.support.cluster_blows import Blows
from tests.support.cluster_checker import complaints, gathered
from tests.support.cluster_witness import Sampler, Witness
from tests.support.cut import Way
from tests.support.false_clock import FalseClock
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until

#: seconds after which nobody will be at work any more: three members whose clocks can be set are given twice the work
#: when they start, and on a busy machine share it with others
RECOVERY = 180
#: commands that are acknowledged from the recovery after a blow to the next one
BETWEEN_BLOWS = 15
#: seconds after which the next blow comes all the same
LONGEST_PAUSE = 20
#: seconds for the ends of all orders that a blow has left behind
REST = 120


class Campaign:
    """`ways`: the members' ways to the database, by name; empty on SQLite. `shared`: all members work, and any may be
    hit. `clocks`: the members' clocks that can be set, by name."""

    def __init__(
        self, cluster: Cluster, seed: int, ways: dict[str, Way] | None = None, server: PostgresServer | None = None,
        shared: bool = False, clocks: dict[str, FalseClock] | None = None,
    ) -> None:
        self.cluster = cluster
        self.seed = seed
        self.shared = shared
        self.clocks = clocks or {}
        self.blows = Blows(cluster, seed, ways or {}, server, shared, self.clocks)
        self.forgotten: list[str] = []
        self.directory = cluster.directory
        self.client = CampaignClient(seed, self.directory, self._listening)

    def configure(self) -> None:
        configure(self.cluster.members[0], self.directory, self.shared)

    def _listening(self) -> list[Member]:
        "Whom the client may ask: the one at work; where all are, any of them."
        living = [member for member in self.cluster.members if member.alive]
        if self.shared:
            return [member for member in living if member.last_event("waiting", "ready") is not None]
        return [member for member in living if member.leads]

    def _strike(self) -> None:
        "The blows of one round, and some time to recover from them."
        self.blows.strike()

        def recovered() -> bool:
            self.blows.revive()
            return any(member.active for member in self.cluster.members)

        try:
            wait_until(recovered, RECOVERY, f"a member at work after {self._last_blows}", interval=0.1)
        except AssertionError as failure:
            raise AssertionError(f"{self.story}; {failure}\n{self._last_words()}") from None
        self._let_client_work()

    def _let_client_work(self) -> None:
        "However slow the machine is, something happens between two blows."
        wanted = self.client.done + BETWEEN_BLOWS
        end = time.monotonic() + LONGEST_PAUSE
        while self.client.done < wanted and time.monotonic() < end:
            self.blows.revive()
            time.sleep(0.02)

    def _last_words(self) -> str:
        members = self.cluster.members
        return "\n".join(f"{each.name}: {each.stdout[-2000:]}\n{each.stderr[-1000:]}" for each in members)

    # -- the course

    def run(self, rounds: int) -> list[str]:
        "All complaints."
        url = self.cluster.database_url
        with Witness(url) as witness, Sampler(url, self.cluster.id) as sampler:
            self.cluster.members[0].start()
            for member in self.cluster.members[1:]:
                self.cluster.launch(member)
            self.client.halt()
            self.client.start()
            for _ in range(rounds):
                self._strike()
                self._compare_with_commands()
            self.client.end()
            self._come_to_rest()
            given, forgotten = self.client.given, self.forgotten
            evidence = self.cluster.ask(lambda c: gathered(
                c, self.cluster.id, self.directory, given.accepted, given.unsure, witness.rows(), forgotten))
        print(self.story)
        return [*complaints(evidence), *sorted(sampler.complaints)]

    def _compare_with_commands(self) -> None:
        "What the client was told holds, whoever is at work now."
        with self.client.quiet:
            found = self.cluster.ask(lambda connection: observed(connection, self.cluster.id))
            self.forgotten += [f"after {self._last_blows}: {each}" for each in self.client.ledger.complaints(found)]

    def _come_to_rest(self) -> None:
        "What is stopped stays so; then all goes on, and ends."
        self._until(lambda: any(member.active for member in self.cluster.members), "a member at work in the end")
        self._compare_with_commands()
        self._look_at_halted()
        self.client.release()
        self._until(self._all_ended, "the ends of all orders")
        if not self.clocks:  # by another clock it begins when that shows the time
            rounds = self._rounds_of_permanent()
            if not self._until(lambda: self._rounds_of_permanent() > rounds, "the next round of the permanent order"):
                self.forgotten.append("the permanent order does not begin anew")
        chain, order = PERMANENT
        suspend = f'<modify_order job_chain="{chain}" order="{order}" suspended="yes"/>'
        self.client.insist((f"order {order}", "suspended"), "yes", suspend)
        self._until(self._nothing_runs, "the end of what nobody knows of")

    def _until(self, condition: Callable[[], bool], what: str) -> bool:
        "Whether it has come; the checker says what has not."
        def reached() -> bool:
            self.blows.revive()
            return condition()

        try:
            return bool(wait_until(reached, REST, what, interval=0.2))
        except AssertionError:
            return False

    def _look_at_halted(self) -> None:
        marks = self.directory / "marks"
        if marks.exists() and any(line.split()[2] == HALTED[1] for line in marks.read_text().splitlines()):
            self.forgotten.append(f"a step began at {HALTED}, where commands had stopped it")

    def _ended(self) -> set[str]:
        ended = select(order_runs.c.order_id).where(
            order_runs.c.scheduler_id == self.cluster.id, order_runs.c.ended_at.is_not(None)
        )
        return set(self.cluster.ask(lambda connection: connection.execute(ended).scalars().all()))

    def _all_ended(self) -> bool:
        return self._ended() >= set().union(*self.client.given.accepted.values())

    def _rounds_of_permanent(self) -> int:
        rounds = select(func.count()).where(
            order_runs.c.scheduler_id == self.cluster.id, order_runs.c.order_id == PERMANENT[1],
            order_runs.c.ended_at.is_not(None),
        )  # fmt: skip
        return int(self.cluster.ask(lambda connection: connection.execute(rounds).scalar_one()))

    def _nothing_runs(self) -> bool:
        under_way = select(func.count()).where(
            orders.c.scheduler_id == self.cluster.id, orders.c.state != "ended", orders.c.chain != "/hold",
            orders.c.order_id != PERMANENT[1],
        )  # fmt: skip
        left = self.cluster.ask(lambda connection: connection.execute(under_way).scalar_one())
        return not left and not self._open_tasks()

    def _open_tasks(self) -> int:
        open_ = select(func.count()).where(
            tasks.c.scheduler_id == self.cluster.id, tasks.c.started_at.is_not(None), tasks.c.ended_at.is_(None)
        )
        return int(self.cluster.ask(lambda connection: connection.execute(open_).scalar_one()))

    @property
    def _last_blows(self) -> str:
        return ", ".join(self.blows.told[-1])

    @property
    def story(self) -> str:
        "For the report of a failure."
        counts = f"{self.client.given.count} orders and files; commands {self.client.counts}"
        blows = " | ".join(map(", ".join, self.blows.told))
        return f"SEED={self.seed}; blows: {blows}; each kind: {self.blows.counts}; {counts}; {self.directory}"
