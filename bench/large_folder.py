"""A hot folder with 10,000 jobs and 2,000 job chains, and 50,000 orders that wait while others run."""

from __future__ import annotations

import time

from bench.bench import Bench, Recorded, memory_mb
from bench.figures import Figure, Goal, median
from bench.load import drive
from bench.objects import chain_of, many_jobs
from bench.steps import one_pass
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until

JOBS, CHAINS, WAITING, ORDERS = 10_000, 2_000, 50_000, 100
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


def waiting_orders(bench: Bench) -> list[Figure]:
    "Steps per second without and with many orders that wait for their start time, in turn."
    waiting, orders = bench.some(WAITING, 1000), bench.some(ORDERS, 20)
    with bench.engine() as engine:
        chain_of(engine, "/speed", 5, "exit 0", tasks=4)
        chain_of(engine, "/later", 1, "exit 0")
        engine.start()
        with Recorded(engine) as recorded:
            one_pass(engine, recorded, 0, orders)
            alone = [one_pass(engine, recorded, number, orders)[0] for number in (1, 2, 3)]
            begun = time.monotonic()
            add_waiting(engine, waiting)
            added = waiting / (time.monotonic() - begun)
            beside = [one_pass(engine, recorded, number, orders)[0] for number in (4, 5, 6)]
        asked = drive(engine.port, 1, lambda _: '<show_job_chain job_chain="/later" max_orders="100"/>', count=5)
        assert not asked.refused, "show_job_chain was refused"
    slower = 100 * (1 - median(beside) / median(alone))
    return [
        Figure(f"steps beside {waiting:,} waiting orders, slower by", slower, "%", bench.database, SLOWER,
               f"{median(alone):.0f} /s alone, {median(beside):.0f} /s beside"),
        Figure("  adding them, 500 to a command", added, "/s", bench.database),
        Figure("  their chain shown, 100 of them", asked.ms(50), "ms", bench.database),
    ]  # fmt: skip


def add_waiting(engine: EngineProcess, count: int) -> None:
    def command(number: int) -> str:
        first, last = number * 500, min(count, number * 500 + 500)
        orders = "".join(f'<add_order job_chain="/later" id="w{n}" at="now+86400"/>' for n in range(first, last))
        return f"<commands>{orders}</commands>"

    added = drive(engine.port, 2, command, count=-(-count // 500))
    assert not added.refused, "orders were refused"
