"""The database is gone for all: members wait, running steps run on, nobody is replaced, and it goes on by itself.

It stays away for longer than anybody waits for anything, so an hour would be no other case.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from models.connect import PATIENCE
from models.tables import order_runs
from models.takeovers import takeovers
from netcore.cluster.machine import process_start
from scheduler.cluster.sight import DEAD_AFTER
from tests.support.cluster import Cluster, Member
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until

CHAIN = """<job_chain distributed="{}"><job_chain_node state="1" job="step"/><job_chain_node state="2" job="quick"/>
<job_chain_node.end state="done"/></job_chain>"""


def configure(cluster: Cluster, member: Member, shared: bool) -> None:
    "Step 1 stays until it is told to end. Where steps are shared, each member runs one at a time."
    tasks = 1 if shared else 5
    member.shell_job("/step", f"""echo "$SCHEDULER_ORDER_ID $$" >> "{cluster.directory}/began"
while [ ! -e "{cluster.directory}/go.$SCHEDULER_ORDER_ID" ]; do sleep 0.1; done""", f'order="yes" tasks="{tasks}"')
    member.shell_job("/quick", "exit 0", 'order="yes" tasks="5"')
    member.chain("/way", CHAIN.format("yes" if shared else "no"))


def processes(cluster: Cluster) -> dict[str, int]:
    "Of the first steps, by order; AssertionError when one of them has begun twice."
    file = cluster.directory / "began"
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    found = {order: int(pid) for order, pid in lines}
    assert len(found) == len(lines), f"a step has begun twice: {lines}"
    return found


def ended(cluster: Cluster) -> set[str]:
    return set(cluster.ask(lambda c: c.execute(
        select(order_runs.c.order_id).where(order_runs.c.node == "done")).scalars().all()))  # fmt: skip


def misses_database(member: Member) -> bool:
    return member.command('<show_state what="none"/>').get("db_waiting") == "yes"


@pytest.mark.postgres
@pytest.mark.parametrize("shared", [False, True], ids=["passive", "active"])
def test_an_outage_costs_time_and_nothing_else(
    tmp_path: Path, postgres_url: str, postgres_server: PostgresServer, shared: bool
) -> None:
    with Cluster(tmp_path, postgres_url) as cluster:
        make = cluster.sharing if shared else cluster.member
        one, other = make("one"), make("other")
        configure(cluster, one, shared)
        cluster.start(one, other)
        wait_until(lambda: other.shares if shared else other.waits, 30, "the other one")
        for order in ("a", "b"):
            one.add_order("/way", order)
        running = wait_until(lambda: len(p := processes(cluster)) == 2 and p, 30, "both steps")
        gone_at = time.monotonic()
        postgres_server.kill9()
        wait_until(lambda: misses_database(one), what="that it misses the database")
        refused = one.command('<add_order job_chain="/way" id="late"/>', refused=True)
        assert refused.get("code") == "SCHEDULER-184"
        (tmp_path / "go.a").touch()
        if not shared:  # who comes now, waits as well
            wait_until(lambda: misses_database(other), what="that it misses the database")
            other.kill9()
            other.launch()
        wait_until(lambda: time.monotonic() > gone_at + DEAD_AFTER + PATIENCE + 2, interval=0.2)
        assert set(processes(cluster)) == {"a", "b"}, "nobody begins anything"
        assert process_start(running["a"]) is None
        assert process_start(running["b"]) is not None, "what runs, runs on"
        assert (one.alive, other.alive) == (True, True)

        postgres_server.start()
        wait_until(lambda: not misses_database(one), 60, "that it has found the database")
        one.add_order("/way", "c")
        wait_until(lambda: ended(cluster) == {"a"}, what="the end of the order whose step has ended meanwhile")
        for order in ("b", "c"):
            (tmp_path / f"go.{order}").touch()
        wait_until(lambda: ended(cluster) == {"a", "b", "c"}, what="the ends of all orders")
        assert set(processes(cluster)) == {"a", "b", "c"}
        wait_until(lambda: one.active, what="the one at work")
        wait_until(lambda: other.shares if shared else other.waits, what="the other one")
        assert len(cluster.ask(lambda c: takeovers(c, cluster.id))) == 1
