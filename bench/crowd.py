"""The whole state of 2,000 jobs, asked for while steps run, and by sixty at once: what they get, and who has to wait.

The crowd is a process of its own, so that the latencies measured beside it are those of the engine. It comes twice:
while steps use all that the machine has, where each answer waits for two commits, too, and again when they have ended.
"""

from __future__ import annotations

import time
from multiprocessing import Process

from bench.bench import Bench
from bench.figures import Figure, Goal
from bench.lateness import lateness
from bench.load import Answers, drive
from bench.objects import chain_of, many_jobs
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until

JOBS = 2000
CROWD = 60
STEPS = 3
STATE = Goal(10, 30)
#: of somebody who asks for something small meanwhile
WAIT = Goal(50, 20, lower=True)
SMALL = '<show_order job_chain="/speed" order="resting"/>'


def busy(bench: Bench, engine: EngineProcess, jobs: int) -> Figure:
    "One client asks again and again while orders go through a chain."
    added = drive(engine.port, 4, lambda n: f'<add_order job_chain="/speed" id="{n}"/>', count=bench.some(3000, 200))
    assert not added.refused, "orders were refused"
    command = '<show_state what="job_chains" max_orders="0"/>'
    answers = drive(engine.port, 1, lambda _: command, seconds=bench.seconds(5))
    chain = engine.command('<show_job_chain job_chain="/speed" max_orders="0"/>')
    left = int(chain.get("orders", "0")) - 1
    detail = f"p50 {answers.ms(50):.0f} ms, p99 {answers.ms(99):.0f} ms, {left} orders were left"
    assert left > 0 or bench.scale < 1, "the orders had ended before the measurement did"
    return Figure(f"state of {jobs:,} jobs while steps run", answers.per_second, "/s", bench.database, STATE, detail)


def crowd(bench: Bench, engine: EngineProcess, company: str, goal: Goal | None) -> list[Figure]:
    "Sixty ask at once, and again when they have their answers; somebody else asks for something small meanwhile."
    rounds = bench.some(5, 1)
    many = Process(target=drive, args=(engine.port, CROWD, _whole), kwargs={"count": CROWD * rounds})
    begun = time.monotonic()
    many.start()
    beside: list[float] = []
    while many.is_alive():
        beside += drive(engine.port, 1, lambda _: SMALL, count=20).latencies
    seconds = time.monotonic() - begun
    assert many.exitcode == 0, "the crowd was not answered"
    waits = Answers(len(beside) / seconds, beside, 0, 0)
    detail = f"p50 {waits.ms(50):.1f} ms, max {max(beside) * 1000:.0f} ms"
    return [
        Figure(f"a small question beside {company}, p99", waits.ms(99), "ms", bench.database, goal, detail),
        Figure(f"  states for {company}", CROWD * rounds / seconds, "/s", bench.database),
    ]


def rest(engine: EngineProcess) -> None:
    "Until all steps have ended."
    ask = '<show_job_chain job_chain="/speed" max_orders="0"/>'
    wait_until(lambda: engine.command(ask).get("orders") == "1", 300, "the ends of all orders", interval=0.2)


def _whole(number: int) -> str:
    return "<show_state/>"


def measure(bench: Bench) -> list[Figure]:
    jobs = bench.some(JOBS, 50)
    with bench.engine() as engine:
        many_jobs(engine, jobs)
        chain_of(engine, "/speed", STEPS, "exit 0", tasks=2)
        engine.start()
        engine.command('<add_order job_chain="/speed" id="resting" at="never"/>')
        figures = [busy(bench, engine, jobs), *crowd(bench, engine, f"{CROWD} and steps", None)]
        rest(engine)
        figures += crowd(bench, engine, str(CROWD), WAIT)
        return figures + lateness(engine, bench.database)
