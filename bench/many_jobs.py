"""An engine with 2,000 jobs: start-up, memory, the state answer (also of 1,000), and what it uses when nothing is to be
done."""

from __future__ import annotations

import time

from bench.bench import Bench, cpu_seconds, memory_mb
from bench.figures import Figure, Goal, median
from bench.load import drive
from bench.objects import many_jobs
from tests.support.engine import EngineProcess

JOBS = 2000
#: the goals of the state answer are said for so many; the work grows with their number
STATE_JOBS = 1000
ANSWERS = 30
IDLE_SECONDS = 12
WARM = Goal(10, 2, lower=True)
COLD = Goal(120, 80, lower=True)
CPU = Goal(0.5, 0.2, lower=True)


def state(bench: Bench, engine: EngineProcess, jobs: int, goals: tuple[Goal | None, Goal | None]) -> list[Figure]:
    "The first answer of this run (nothing prepared), and the median of those that follow; a goal for each."
    cold = drive(engine.port, 1, lambda _: "<show_state/>", count=1)
    warm = drive(engine.port, 1, lambda _: "<show_state/>", count=bench.some(ANSWERS, 5))
    assert not cold.refused + warm.refused, "show_state was refused"
    size = f"{cold.bytes / 1024:,.0f} KB"
    first, then = goals
    return [
        Figure(f"state of {jobs:,} jobs, first", cold.ms(50), "ms", bench.database, first, size),
        Figure(f"state of {jobs:,} jobs, then", warm.ms(50), "ms", bench.database, then, f"p99 {warm.ms(99):.1f} ms"),
    ]


def state_with_goals(bench: Bench) -> list[Figure]:
    jobs = bench.some(STATE_JOBS, 50)
    with bench.engine() as engine:
        many_jobs(engine, jobs)
        engine.start()
        return state(bench, engine, jobs, (COLD, WARM))


def idle(bench: Bench, engine: EngineProcess, jobs: int) -> list[Figure]:
    "Percent of one core over at least ten seconds, and the memory afterwards."
    seconds = max(10.0, bench.seconds(IDLE_SECONDS))
    before, begun = cpu_seconds(engine.pid), time.monotonic()
    time.sleep(seconds)
    percent = 100 * (cpu_seconds(engine.pid) - before) / (time.monotonic() - begun)
    resident, proportional = memory_mb(engine.pid)
    detail = f"PSS {proportional:.0f} MB, {jobs:,} jobs"
    return [
        Figure("idle CPU", percent, "%", bench.database, CPU, f"over {seconds:.0f} s, {jobs:,} jobs"),
        Figure("resident memory", resident, "MB", bench.database, detail=detail),
    ]


def measure(bench: Bench) -> list[Figure]:
    jobs = bench.some(JOBS, 50)
    starts = []
    with bench.engine() as engine:
        many_jobs(engine, jobs)
        for _ in range(3):
            begun = time.monotonic()
            engine.start()
            starts.append(time.monotonic() - begun)
            engine.terminate()
        engine.start()
        found = len(engine.command("<show_state/>").findall(".//job"))
        assert found >= jobs, f"{found} of {jobs} jobs are loaded"
        engine.terminate()
        engine.start()
        figures = [*state(bench, engine, jobs, (None, None)), *idle(bench, engine, jobs)]
    what = f"start-up with {jobs:,} jobs"
    first = Figure(f"{what}, first", starts[0], "s", bench.database, detail="until it listens")
    later = Figure(f"{what}, again", median(starts[1:]), "s", bench.database, detail="nothing changed")
    return [first, later, *figures, *state_with_goals(bench)]
