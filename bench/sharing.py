"""Active clusters: steps per second of one, two and four members on this machine, and how even the steps are spread.

The same work as in `steps`: orders that pass through a distributed chain of five nodes, every step a process that ends
at once. With balancing, so that each step may be given to another member. On a machine where one member alone uses all
processors the others cannot add anything; what is measured is what sharing costs.

And how soon a member is woken: from sending an order to the first line of its script at another member, when the
leading one has no place for it; as in `latency`, which tells how long that takes at home.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.bench import Bench, Recorded, cpu_seconds
from bench.figures import Figure, Goal, median, percentile
from bench.latency import submit
from bench.load import drive
from bench.steps import ORDERS, STEPS
from models.upgrade import upgrade
from stellwerk.client import Client
from tests.support.cluster import Cluster, Member
from tests.support.engine import CONFIG
from tests.support.waiting import wait_until

MEMBERS = (1, 2, 4)
PASSES = 3
SHARE = Goal(90, 100)
SPREAD = Goal(20, 10, lower=True)
WOKEN = Goal(50, 20, lower=True)
_BALANCED = '<params><param name="scheduler.order.distributed.balanced" value="true"/></params>'


@contextmanager
def cluster_of(bench: Bench, members: int) -> Iterator[Cluster]:
    directory = Path(tempfile.mkdtemp(prefix="stellwerk-bench-"))
    url = bench.server.create_database() if bench.server else f"sqlite:///{directory / 'bench.db'}"
    upgrade(url)
    try:
        with Cluster(directory, url) as cluster:
            cluster.config.write_text(CONFIG.replace("<config>", f"<config>{_BALANCED}"))
            for number in range(members):
                cluster.sharing(f"m{number}").environ["PYTHONDONTWRITEBYTECODE"] = ""
            first = cluster.members[0]
            first.shell_job("/job", "exit 0", 'order="yes" tasks="4" stop_on_error="no"')
            nodes = "".join(f'<job_chain_node state="{number}" job="job"/>' for number in range(STEPS))
            first.chain("/speed", f'<job_chain distributed="yes">{nodes}<job_chain_node.end state="end"/></job_chain>')
            cluster.start(*cluster.members)
            for member in cluster.members:
                wait_until(lambda each=member: each.shares, 30, f"{member.name} works")  # type: ignore[misc]
            yield cluster
    finally:
        if bench.server:
            bench.server.drop_database(url)
        shutil.rmtree(directory, ignore_errors=True)


def one_pass(cluster: Cluster, recorded: Recorded, number: int, orders: int) -> tuple[float, float]:
    "Steps per second, and milliseconds of CPU of all engines for each."
    before = recorded.rounds_ended()
    cpu = sum(cpu_seconds(member.pid) for member in cluster.members)
    begun = time.monotonic()
    port = cluster.members[0].port
    added = drive(port, 1, lambda n: f'<add_order job_chain="/speed" id="p{number}-{n}"/>', count=orders)
    assert not added.refused, "orders were refused"
    wait_until(lambda: recorded.rounds_ended() >= before + orders, 300, "the ends of all orders", interval=0.05)
    seconds = time.monotonic() - begun
    used = sum(cpu_seconds(member.pid) for member in cluster.members) - cpu
    return orders * STEPS / seconds, used * 1000 / (orders * STEPS)


def measure(bench: Bench) -> list[Figure]:
    figures: list[Figure] = []
    alone = 0.0
    for members in MEMBERS:
        rate, cost, spread = _of(bench, members, bench.some(ORDERS, 10))
        name = f"{members} members that share" if members > 1 else "1 member of an active cluster"
        figures.append(Figure(f"steps through a distributed chain, {name}", rate, "/s", bench.database))
        figures.append(Figure("  CPU of all engines per step", cost, "ms", bench.database))
        if members == 1:
            alone = rate
            continue
        figures.append(Figure("  of one member's", 100 * rate / alone, "%", bench.database, SHARE))
        figures.append(Figure("  farthest from an even spread", spread, "%", bench.database, SPREAD))
    return [*figures, *waking(bench)]


def waking(bench: Bench) -> list[Figure]:
    count = bench.some(ORDERS, 20)
    with cluster_of(bench, 2) as cluster, Recorded(cluster.members[0]) as recorded:
        leader = cluster.members[0]
        path = cluster.directory / "started"
        os.mkfifo(path)
        pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        try:
            _occupy(leader, path)
            values = []
            with Client("127.0.0.1", leader.port) as client:
                for number in range(count + 10):
                    values.append(submit(client, pipe, number))
                    wait_until(lambda: recorded.rounds_ended() > number, what="the order's end", interval=0.005)  # noqa: B023
        finally:
            os.close(pipe)
    warm, what = values[10:], "order sent -> job started at another member"
    return [
        Figure(f"{what}, p50", percentile(warm, 50), "ms", bench.database, detail=f"{count} single orders"),
        Figure(f"{what}, p99", percentile(warm, 99), "ms", bench.database, WOKEN, f"max {max(warm):.1f} ms"),
    ]


def _occupy(leader: Member, path: Path) -> None:
    "The leading member runs the one task of the job that it may for ever."
    script = f'[ "$SCHEDULER_ORDER_ID" = hold ] && exec sleep 3600\necho x > "{path}"'
    leader.shell_job("/one", script, 'order="yes" stop_on_error="no"')
    nodes = '<job_chain_node state="1" job="one"/><job_chain_node.end state="end"/>'
    leader.chain("/quick", f'<job_chain distributed="yes">{nodes}</job_chain>')
    leader.command("<check_folders/>")
    wait_until(lambda: leader.add_order("/quick", "hold") is not None, what="the chain")
    ask = '<show_order job_chain="/quick" order="hold"/>'
    wait_until(lambda: leader.command(ask).get("task"), what="the step of the leading member")


def _of(bench: Bench, members: int, orders: int) -> tuple[float, float, float]:
    with cluster_of(bench, members) as cluster, Recorded(cluster.members[0]) as recorded:
        one_pass(cluster, recorded, 0, min(orders, 10))
        measured = [one_pass(cluster, recorded, number, orders) for number in range(1, PASSES + 1)]
        steps = min(orders, 10) * STEPS + PASSES * orders * STEPS
        done = recorded.number("SELECT count(*) FROM order_steps WHERE ended_at IS NOT NULL AND exit_code = 0")
        assert done == steps, f"{done} steps are recorded, {steps} were expected"
        shares = [recorded.number(f"SELECT count(*) FROM tasks WHERE member_id = '{member.member_id}'")  # noqa: S608
                  for member in cluster.members]  # fmt: skip
        shares[0] += steps - sum(shares)  # what the leading member runs itself carries no name
    even = steps / members
    return (
        median([rate for rate, _ in measured]),
        median([cost for _, cost in measured]),
        max(abs(share - even) for share in shares) / even * 100,
    )
