"""A small engine: from the start of its process to the first job that is recorded, and its memory at rest."""

from __future__ import annotations

import time

from bench.bench import Bench, Recorded, engine_memory_mb
from bench.figures import Figure, Goal, median
from bench.objects import chain_of
from tests.support.waiting import wait_until

STARTS = 5
FIRST_JOB = Goal(1.5, 0.8, lower=True)
MEMORY = Goal(70, 55, lower=True)


def measure(bench: Bench) -> list[Figure]:
    listening, first_job, memory = [], [], []
    for _ in range(bench.some(STARTS, 2)):
        with bench.engine() as engine:
            chain_of(engine, "/first", 1, "exit 0")
            engine.write("first,order.order.xml", "<order/>")
            with Recorded(engine) as recorded:
                recorded.tasks_ended()
                begun = time.monotonic()
                engine.start()
                listening.append(time.monotonic() - begun)
                wait_until(recorded.tasks_ended, what="the first job", interval=0.01)
                first_job.append(time.monotonic() - begun)
            memory.append(engine_memory_mb(engine.pid))
    resident = median([each[0] for each in memory])
    return [
        Figure("start-up until it listens", median(listening), "s", bench.database),
        Figure("start-up to the first job recorded", median(first_job), "s", bench.database, FIRST_JOB),
        Figure("memory of a small engine, PSS", median([each[1] for each in memory]), "MB", bench.database, MEMORY,
               f"resident {resident:.0f} MB"),
    ]
