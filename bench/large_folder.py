"""A hot folder with 10,000 jobs and 2,000 job chains, and 50,000 orders that wait while others run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.bench import Bench, Recorded, memory_mb
from bench.figures import Figure, Goal, median
from bench.load import drive
from bench.objects import chain_of, many_jobs
from bench.steps import one_pass
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until

JOBS, CHAINS, WAITING, ORDERS = 10_000, 2_000, 50_000, 100
#: turns of the engines with and without orders that wait
PASSES = 9
#: seconds before a change in which nothing changes: looks that follow each other closely make pauses
QUIET = 5.0
#: seconds that a changed file rests before it is taken
AGEING = 3.0
LOAD = Goal(10, 5, lower=True)
CHANGE = Goal(1.0, 0.5, lower=True)
MEMORY = Goal(400, 250, lower=True)
SLOWER = Goal(10, 5, lower=True)


def folder(engine: EngineProcess, jobs: int, chains: int) -> None:
    many_jobs(engine, jobs)
    for number in range(chains):
        folder_name = f"folder{number * 5 // 100:03}"
        nodes = "".join(
            f'<job_chain_node state="{n}" job="job{number * 5 + n:05}" error_state="failed"/>' for n in range(5)
        )
        ends = '<job_chain_node.end state="done"/><job_chain_node.end state="failed"/>'
        engine.write(f"{folder_name}/chain{number:05}.job_chain.xml", f"<job_chain>{nodes}{ends}</job_chain>")


def measure(bench: Bench) -> list[Figure]:
    return [*load(bench), *waiting_orders(bench)]


def load(bench: Bench) -> list[Figure]:
    "The first start with all files, a changed file, and the memory afterwards."
    jobs, chains = bench.some(JOBS, 500), bench.some(CHAINS, 100)
    with bench.engine() as engine:
        folder(engine, jobs, chains)
        begun = time.monotonic()
        engine.start(deadline=120)
        cold = time.monotonic() - begun
        changed = [change(engine, f"n{number}") for number in range(3)]
        resident, _ = memory_mb(engine.pid)
    what = f"{jobs:,} jobs, {chains:,} chains"
    return [
        Figure(f"cold load of {what}", cold, "s", bench.database, LOAD, "from the start of the process"),
        Figure("  a changed file, after its rest", median(changed), "s", bench.database, CHANGE, f"rests {AGEING:g} s"),
        Figure("  resident memory", resident, "MB", bench.database, MEMORY),
    ]


def change(engine: EngineProcess, title: str) -> float:
    "Seconds from the end of the ageing time to the new version's effect, after a quiet time."
    time.sleep(QUIET)
    xml = f'<job title="{title}" order="yes"><script language="shell">exit 0</script></job>'
    engine.write("folder000/job00000.job.xml", xml)
    begun = time.monotonic()
    wait_until(
        lambda: engine.command('<show_job job="/folder000/job00000"/>').get("title") == title,
        60, "the changed job", interval=0.05,
    )  # fmt: skip
    return max(0.0, time.monotonic() - begun - AGEING)


class Side:
    "An engine with orders that wait, or without; per pass: steps per second, and milliseconds of CPU for each."

    def __init__(self, engine: EngineProcess, recorded: Recorded, orders: int) -> None:
        self.engine = engine
        self._recorded = recorded
        self._orders = orders
        self._passes = 0
        self.rates: list[float] = []
        self.costs: list[float] = []

    def take(self) -> None:
        self._passes += 1
        rate, cost = one_pass(self.engine, self._recorded, self._passes, self._orders)
        self.rates.append(rate)
        self.costs.append(cost)


@contextmanager
def side(bench: Bench) -> Iterator[Side]:
    with bench.engine() as engine:
        chain_of(engine, "/speed", 5, "exit 0", tasks=4)
        chain_of(engine, "/later", 1, "exit 0")
        engine.start()
        with Recorded(engine) as recorded:
            yield Side(engine, recorded, bench.some(ORDERS, 20))


def waiting_orders(bench: Bench) -> list[Figure]:
    """Steps per second of two engines that take turns, one of which holds many orders that wait for their start time.

    The same engine before and after would be compared over minutes, in which the machine changes more than the goal
    allows.
    """
    waiting = bench.some(WAITING, 1000)
    with side(bench) as alone, side(bench) as beside:
        begun = time.monotonic()
        add_waiting(beside.engine, waiting)
        added = waiting / (time.monotonic() - begun)
        for each in (alone, beside):
            each.take()  # until everything is loaded
            each.rates, each.costs = [], []
        for number in range(PASSES):
            for each in (alone, beside) if number % 2 else (beside, alone):
                each.take()
        port = beside.engine.port
        asked = drive(port, 1, lambda _: '<show_job_chain job_chain="/later" max_orders="100"/>', count=5)
        assert not asked.refused, "show_job_chain was refused"
    slower = 100 * (1 - _compared(beside.rates, alone.rates))
    dearer = 100 * (_compared(beside.costs, alone.costs) - 1)
    speeds = f"{median(alone.rates):.0f} /s alone, {median(beside.rates):.0f} /s beside, median of {PASSES} turns"
    costs = f"{median(alone.costs):.2f} ms alone, {median(beside.costs):.2f} ms beside"
    return [
        Figure(f"steps beside {waiting:,} waiting orders, slower by", slower, "%", bench.database, SLOWER, speeds),
        Figure("  engine's CPU per step, more by", dearer, "%", bench.database, detail=costs),
        Figure("  adding them, 500 to a command", added, "/s", bench.database),
        Figure("  their chain shown, 100 of them", asked.ms(50), "ms", bench.database),
    ]


def _compared(ours: list[float], theirs: list[float]) -> float:
    "How many times theirs; each turn by itself."
    return median([one / other for one, other in zip(ours, theirs, strict=True)])


def add_waiting(engine: EngineProcess, count: int) -> None:
    def command(number: int) -> str:
        first, last = number * 500, min(count, number * 500 + 500)
        orders = "".join(f'<add_order job_chain="/later" id="w{n}" at="now+86400"/>' for n in range(first, last))
        return f"<commands>{orders}</commands>"

    added = drive(engine.port, 2, command, count=-(-count // 500))
    assert not added.refused, "orders were refused"
