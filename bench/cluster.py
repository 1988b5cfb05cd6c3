"""How long nobody works: from the blow on the member at work to the first step that another one starts.

An order goes round in a chain for ever; each step writes the port of its engine into a named pipe that this
process waits for. Both instants are read from one clock.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.bench import Bench, Recorded
from bench.figures import Figure, Goal, percentile
from models.upgrade import upgrade
from tests.support.cluster import Cluster, Member
from tests.support.cut import Way

RUNS, SLOW_RUNS = 20, 4
NAMES = ("one", "other")
KILLED_P50 = Goal(500, 300, lower=True)
KILLED_P99 = Goal(1000, 500, lower=True)
FROZEN = Goal(5000, 4500, lower=True)
SWITCHED = Goal(500, 400, lower=True)
NOTHING_LOST = Goal(0, 0, lower=True)
ROUND = """<job_chain><job_chain_node state="a" job="turn" next_state="b"/>
<job_chain_node state="b" job="turn" next_state="a"/></job_chain>"""

#: steps that did not come to a good end, or were followed by one of the same node, since the step of that number
_WRONG = """SELECT count(*) FROM order_steps AS one
LEFT JOIN order_steps AS next ON next.history_id = one.history_id AND next.step = one.step + 1
WHERE one.step > {last} AND one.ended_at IS NOT NULL AND (coalesce(one.exit_code, 1) <> 0 OR next.node = one.node)"""


class Pipe:
    "Who has started a step: read from the pipe that the steps write into."

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def first_of(self, member: Member) -> float:
        "The instant at which a step of that engine has spoken."
        wanted = str(member.port).encode()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([self._pipe], [], [], 1)[0] and wanted in os.read(self._pipe, 1 << 16).split():
                return time.monotonic()
        raise AssertionError(f"{member.name} has started no step within 30 s")

    def close(self) -> None:
        os.close(self._pipe)


@contextmanager
def cluster_of(bench: Bench, ways: dict[str, Way] | None = None) -> Iterator[tuple[Cluster, Pipe]]:
    "`ways`: the members' ways to the server, by name; without, they go there straight."
    directory = Path(tempfile.mkdtemp(prefix="stellwerk-bench-"))
    url = bench.server.create_database() if bench.server else f"sqlite:///{directory / 'bench.db'}"
    upgrade(url)
    try:
        with Cluster(directory, url, url_of=_by_ways(bench, url, ways) if ways else None) as cluster:
            pipe = Pipe(directory / "steps")
            one, other = map(cluster.primary, NAMES)
            for member in (one, other):
                member.environ["PYTHONDONTWRITEBYTECODE"] = ""
            script = f"echo $SCHEDULER_TCP_PORT > '{directory / 'steps'}'; sleep 0.02"
            one.shell_job("/turn", script, 'order="yes" stop_on_error="no"')
            one.chain("/round", ROUND)
            cluster.start(one, other)
            one.add_order("/round", "1")
            yield cluster, pipe
            pipe.close()
    finally:
        if bench.server:
            bench.server.drop_database(url)
        shutil.rmtree(directory, ignore_errors=True)


def _by_ways(bench: Bench, url: str, ways: dict[str, Way]) -> Callable[[str], str]:
    assert bench.server is not None
    direct = f":{bench.server.port}/"
    return lambda name: url.replace(direct, f":{ways[name].port}/")


def gaps(
    cluster: Cluster, pipe: Pipe, runs: int, blow: Callable[[Member], object],
    mend: Callable[[Member], object] = lambda _: None,
) -> list[float]:
    "Milliseconds, once for each run; the members change places each time. `mend` comes before whoever was hit returns."
    values = []
    active, waiting = cluster.members
    if not active.active:
        active, waiting = waiting, active
    for _ in range(runs):
        pipe.first_of(active)
        begun = time.monotonic()
        blow(active)
        values.append((pipe.first_of(waiting) - begun) * 1000)
        if active.alive and active.process is not None:
            active.process.wait(30)
        mend(active)
        cluster.launch(active)
        active, waiting = waiting, active
    return values


def measure(bench: Bench) -> list[Figure]:
    with cluster_of(bench) as (cluster, pipe):
        bench.say("  frozen …")
        frozen = gaps(cluster, pipe, bench.some(SLOW_RUNS, 1), lambda member: member.signal(signal.SIGSTOP))
        bench.say("  killed …")
        killed = gaps(cluster, pipe, bench.some(RUNS, 2), lambda member: member.signal(signal.SIGKILL))
        bench.say("  switched over …")
        with Recorded(cluster.members[0]) as recorded:
            last = recorded.number("SELECT max(step) FROM order_steps")
            switched = gaps(cluster, pipe, bench.some(RUNS, 2), _switch_over)
            steps = recorded.number(f"SELECT count(*) FROM order_steps WHERE step > {last}")  # noqa: S608
            wrong = recorded.number(_WRONG.format(last=last))
    name = "kill -9 -> first step of the other member"
    return [
        Figure(f"{name}, p50", percentile(killed, 50), "ms", bench.database, KILLED_P50, f"{len(killed)} runs"),
        Figure(f"{name}, p99", percentile(killed, 99), "ms", bench.database, KILLED_P99),
        Figure("fail-safe switch-over, p50", percentile(switched, 50), "ms", bench.database, SWITCHED,
               f"{len(switched)} runs"),
        Figure("fail-safe switch-over, p99", percentile(switched, 99), "ms", bench.database, SWITCHED),
        Figure("  steps that it lost or repeated", wrong, "", bench.database, NOTHING_LOST, f"of {steps}"),
        Figure("frozen -> first step of the other member", max(frozen), "ms", bench.database, FROZEN,
               f"the worst of {len(frozen)}"),
        *_cut_off(bench),
    ]


def _cut_off(bench: Bench) -> list[Figure]:
    "Nobody is cut off from a file."
    if bench.server is None:
        return []
    bench.say("  cut off …")
    with ExitStack() as stack:
        ways = {name: stack.enter_context(Way(bench.server.port)) for name in NAMES}
        cluster, pipe = stack.enter_context(cluster_of(bench, ways))
        cut = gaps(
            cluster, pipe, bench.some(SLOW_RUNS, 1), lambda member: ways[member.name].cut(),
            lambda member: ways[member.name].restore(),
        )  # fmt: skip
    return [Figure("cut off -> first step of the other member", max(cut), "ms", bench.database, FROZEN,
                   f"the worst of {len(cut)}")]  # fmt: skip


def _switch_over(member: Member) -> None:
    member.command('<terminate continue_exclusive_operation="yes"/>')
