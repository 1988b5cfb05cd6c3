"""Orders keep coming while the engine is killed again and again: every order arrives at its end, none twice.

The short form runs with all tests; `make soak` runs the long one (SOAK_MINUTES, default 10) and watches the engine's
memory and open files as well.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.connect import create
from models.tables import order_runs, order_steps
from stellwerk.client import ClientError
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until

NODES = ("first", "second", "third")


@dataclass
class Campaign:
    "Orders that were accepted, by id, and how often the engine died."

    engine: EngineProcess
    marks: Path
    rng: random.Random
    accepted: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    deaths: int = 0

    def configure(self) -> None:
        "Three steps; each writes down, in one line, that it was there."
        script = f'echo "$SCHEDULER_ORDER_ID $SCHEDULER_ORDER_STATE" >> "{self.marks}"'
        for node in NODES:
            self.engine.shell_job(f"/{node}", script, 'order="yes" stop_on_error="no" tasks="4"')
        nodes = "".join(f'<job_chain_node state="{node}" job="{node}" error_state="failed"/>' for node in NODES)
        ends = '<job_chain_node.end state="done"/><job_chain_node.end state="failed"/>'
        self.engine.chain("/way", f"<job_chain>{nodes}{ends}</job_chain>")

    def add(self) -> None:
        "One more order. Without an answer it may have been accepted or not."
        order_id = f"order-{len(self.accepted) + len(self.unsure)}"
        try:
            self.engine.add_order("/way", order_id)
        except ClientError:
            self.unsure.append(order_id)
        else:
            self.accepted.append(order_id)

    def work(self, seconds: float) -> None:
        "Add orders for a while, a few at a time."
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for _ in range(self.rng.randint(1, 5)):
                self.add()
            time.sleep(self.rng.uniform(0, 0.02))

    def die_and_return(self) -> None:
        "Right in the middle of something: orders were sent, their answers are not all read."
        self.engine.kill9()
        self.deaths += 1
        self.engine.start()

    def starter(self) -> int:
        "The process of the engine that starts the others."
        def found() -> int | None:
            pid = self.engine.pid
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return next((int(child) for child in children if _is_starter(child)), None)
        return wait_until(found, what="a starter")

    def steps(self) -> int:
        "How many processes have written down that they were there."
        return len(self.marks.read_text().splitlines()) if self.marks.exists() else 0

    def wait_for_ends(self) -> None:
        store = create(self.engine.database_url, "reader")
        query = select(func.count(func.distinct(order_runs.c.order_id))).where(order_runs.c.ended_at.is_not(None))
        try:
            def all_ended() -> bool:
                with store.connect() as connection:
                    return int(connection.execute(query).scalar_one()) >= len(self.accepted)
            self.engine.wait_until(all_ended, 60, f"the end of {len(self.accepted)} orders")
        finally:
            store.dispose()

    def check(self) -> None:
        "Every accepted order went the whole way, once."
        known = set(self.accepted) | set(self.unsure)
        store = create(self.engine.database_url, "reader")
        with store.connect() as connection:
            runs = connection.execute(select(order_runs)).all()
            succeeded = connection.execute(
                select(order_steps.c.history_id, order_steps.c.node)
                .where(order_steps.c.exit_code == 0, order_steps.c.ended_at.is_not(None))).all()
        store.dispose()
        rounds = Counter(run.order_id for run in runs)
        assert set(self.accepted) <= set(rounds) <= known, "an accepted order has no history, or an unknown one has"
        assert max(rounds.values()) == 1, "an order was started anew although it had begun"
        assert {run.node for run in runs if run.order_id in set(self.accepted)} == {"done"}
        assert not [run.order_id for run in runs if run.failed]
        once = Counter((row.history_id, row.node) for row in succeeded)
        assert max(once.values()) == 1, "a step that was recorded as successful was run again"
        there = Counter(self.marks.read_text().splitlines())
        missing = [f"{order} {node}" for order in self.accepted for node in NODES if not there[f"{order} {node}"]]
        assert not missing, "a step is in the history but did not run"
        # one process may be repeated for each step that was under way when the engine died, and no other
        repeated = sum(count - 1 for count in there.values())
        assert repeated <= self.deaths * len(NODES) * 4


@pytest.fixture
def campaign(tmp_path: Path, database_url: str) -> Campaign:
    return Campaign(EngineProcess(tmp_path, database_url), tmp_path / "marks", random.Random(4711))


def test_every_accepted_order_ends_once_although_the_engine_dies_three_times(campaign: Campaign) -> None:
    with campaign.engine:
        campaign.configure()
        campaign.engine.start()
        for _ in range(3):
            campaign.work(campaign.rng.uniform(0.3, 0.8))
            campaign.die_and_return()
        campaign.work(0.3)
        campaign.wait_for_ends()
        campaign.check()
        assert campaign.engine.terminate() == 0


def test_several_hundred_orders_in_flight_survive_the_death_of_the_engine(campaign: Campaign) -> None:
    with campaign.engine:
        campaign.configure()
        campaign.engine.start()
        campaign.engine.command('<job_chain.modify job_chain="/way" state="stopped"/>')
        while len(campaign.accepted) < 400:
            campaign.add()
        # none comes to its end before the death, however late this test gets to look
        node = '<job_chain_node.modify job_chain="/way" state="third" action="{}"/>'
        campaign.engine.command(node.format("stop"))
        campaign.engine.command('<job_chain.modify job_chain="/way" state="running"/>')
        campaign.engine.wait_until(lambda: campaign.steps() > 100, what="a hundred steps")
        campaign.die_and_return()
        campaign.engine.command(node.format("process"))
        campaign.wait_for_ends()
        campaign.check()


def test_the_death_of_the_starter_costs_a_repetition_and_nothing_else(campaign: Campaign) -> None:
    with campaign.engine:
        campaign.configure()
        campaign.engine.start()
        for _ in range(3):
            campaign.work(0.3)
            os.kill(campaign.starter(), signal.SIGKILL)
            campaign.deaths += 1
        campaign.work(0.3)
        campaign.wait_for_ends()
        campaign.check()
        assert campaign.engine.alive
        assert campaign.engine.terminate() == 0


@pytest.mark.soak
def test_an_engine_under_load_for_a_long_time_loses_nothing_and_does_not_grow(campaign: Campaign) -> None:
    minutes = float(os.environ.get("SOAK_MINUTES", "10"))
    with campaign.engine:
        campaign.configure()
        campaign.engine.start()
        end = time.monotonic() + minutes * 60
        sizes: list[tuple[float, int]] = []
        while time.monotonic() < end:
            # the second half without deaths, because growth shows only in one long life
            dying = time.monotonic() < end - minutes * 30
            campaign.work(campaign.rng.uniform(1, 5))
            if dying:
                campaign.die_and_return()
            else:
                sizes.append(_size(campaign.engine.pid))
            campaign.wait_for_ends()
        campaign.check()
        quarter = max(1, len(sizes) // 4)
        early, late = sizes[quarter], sizes[-1]
        assert late[0] < early[0] * 1.25 + 5, f"memory grew from {early[0]:.0f} to {late[0]:.0f} MB"
        assert late[1] <= early[1] + 8, f"open files grew from {early[1]} to {late[1]}"


def _is_starter(pid: str) -> bool:
    "One that has died, and is not reaped yet, has no command line."
    return b"netcore.starter" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _size(pid: int) -> tuple[float, int]:
    "Resident memory in MB, and open files."
    pages = 0
    with suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, len(os.listdir(f"/proc/{pid}/fd"))
