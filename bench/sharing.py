"""Active clusters: steps per second of one, two and four members on this machine, and how even the steps are spread.

The same work as in `steps`: orders that pass through a distributed chain of five nodes, every step a process that ends
at once. With balancing, so that each step may be given to another member. On a machine where one member alone uses all
processors the others cannot add anything; what is measured is what sharing costs. The orders wait in front of the chain
until it is released, because members that share must have something to share.

How much of that a single client sees that sends an order whenever the last one is answered, stands beside it: four
members do each step so soon that there is never more under way than this client has sent meanwhile, so what they do
cannot be gathered, and how soon an order is recorded is what is measured.

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

MEMBERS = (2, 4)
PASSES = 5
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


class Sharers:
    """Members that share, and what was measured of them: steps per second, and milliseconds of CPU of all engines for
    each step, of orders that wait; `one_by_one`: steps per second of orders that come one after the other."""

    def __init__(self, cluster: Cluster, recorded: Recorded, orders: int) -> None:
        self.cluster = cluster
        self._recorded = recorded
        self._orders = orders
        self._added = 0
        self.rates: list[float] = []
        self.costs: list[float] = []
        self.one_by_one: list[float] = []

    def take(self) -> None:
        rate, cost = self._pass(waiting=True)
        self.rates.append(rate)
        self.costs.append(cost)
        self.one_by_one.append(self._pass(waiting=False)[0])

    def _pass(self, *, waiting: bool) -> tuple[float, float]:
        leader = self.cluster.members[0]
        if waiting:
            _switch(leader, "stopped")
            self._add()
        cpu = self._cpu()
        begun = time.monotonic()
        if waiting:
            _switch(leader, "running")
        else:
            self._add()
        ended = self._recorded.rounds_ended
        wait_until(lambda: ended() >= self._added, 300, "the ends of all orders", interval=0.05)
        steps = self._orders * STEPS
        return steps / (time.monotonic() - begun), (self._cpu() - cpu) * 1000 / steps

    def _add(self) -> None:
        first = self._added
        self._added += self._orders
        leader = self.cluster.members[0]
        added = drive(leader.port, 1, lambda n: f'<add_order job_chain="/speed" id="{first + n}"/>', count=self._orders)
        assert not added.refused, "orders were refused"

    def _cpu(self) -> float:
        return sum(cpu_seconds(member.pid) for member in self.cluster.members)

    def spread(self) -> float:
        "How far the member is from an even spread that is farthest from it, in per cent. Every step was done once."
        steps = self._added * STEPS
        done = self._recorded.number("SELECT count(*) FROM order_steps WHERE ended_at IS NOT NULL AND exit_code = 0")
        assert done == steps, f"{done} steps are recorded, {steps} were expected"
        members = self.cluster.members
        shares = [self._recorded.number(f"SELECT count(*) FROM tasks WHERE member_id = '{member.member_id}'")  # noqa: S608
                  for member in members]  # fmt: skip
        shares[0] += steps - sum(shares)  # what the leading member runs itself carries no name
        even = steps / len(members)
        return max(abs(share - even) for share in shares) / even * 100


@contextmanager
def sharers(bench: Bench, members: int) -> Iterator[Sharers]:
    with cluster_of(bench, members) as cluster, Recorded(cluster.members[0]) as recorded:
        made = Sharers(cluster, recorded, bench.some(ORDERS, 10))
        made.take()  # until everything is loaded
        made.rates, made.costs, made.one_by_one = [], [], []
        yield made


def _switch(leader: Member, state: str) -> None:
    leader.command(f'<job_chain.modify job_chain="/speed" state="{state}"/>')


def measure(bench: Bench) -> list[Figure]:
    "One member and several take turns, so that what else the machine does counts for both."
    figures: list[Figure] = []
    with sharers(bench, 1) as alone:
        for members in MEMBERS:
            with sharers(bench, members) as several:
                for _ in range(PASSES):
                    alone.take()
                    several.take()
                figures += _compared(bench, alone, several)
        figures = [*_figures(bench, "1 member of an active cluster", alone), *figures]
    return [*figures, *waking(bench)]


def _figures(bench: Bench, name: str, found: Sharers) -> list[Figure]:
    low, high = min(found.rates), max(found.rates)
    detail = f"median of {len(found.rates)}, {low:,.0f} to {high:,.0f}"
    what = f"steps through a distributed chain, {name}"
    return [
        Figure(what, median(found.rates), "/s", bench.database, detail=detail),
        Figure("  CPU of all engines per step", median(found.costs), "ms", bench.database),
    ]


def _compared(bench: Bench, alone: Sharers, several: Sharers) -> list[Figure]:
    share = _share(several.rates, alone.rates)
    one_by_one = _share(several.one_by_one, alone.one_by_one)
    return [
        *_figures(bench, f"{len(several.cluster.members)} members that share", several),
        Figure("  of one member's", share, "%", bench.database, SHARE),
        Figure("  the same, orders one by one", one_by_one, "%", bench.database, detail="one client"),
        Figure("  farthest from an even spread", several.spread(), "%", bench.database, SPREAD),
    ]


def _share(ours: list[float], theirs: list[float]) -> float:
    "Per cent; each turn by itself."
    return 100 * median([one / other for one, other in zip(ours, theirs[-len(ours) :], strict=True)])


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
