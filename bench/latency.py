"""From sending add_order to the first line of the job's script, on an idle system.

The script writes into a named pipe that this process waits for, so both instants are read from one clock. The price of
that (opening the pipe, waking up) is about 0.1 ms and is contained in the figure.
"""

from __future__ import annotations

import os
import select
import time
from pathlib import Path

from bench.bench import Bench, Recorded
from bench.figures import Figure, Goal, percentile
from bench.objects import chain_of
from stellwerk.client import Client
from tests.support.waiting import wait_until

ORDERS = 300
P50 = Goal(5, 3, lower=True)
P99 = Goal(20, 10, lower=True)


def submit(client: Client, pipe: int, number: int) -> float:
    "Milliseconds until the script has spoken."
    begun = time.monotonic()
    client.execute(f'<add_order job_chain="/quick" id="{number}"/>')
    if not select.select([pipe], [], [], 30)[0]:
        raise AssertionError("the job did not start within 30 s")
    spoken = time.monotonic()
    os.read(pipe, 100)
    return (spoken - begun) * 1000


def measure(bench: Bench) -> list[Figure]:
    count = bench.some(ORDERS, 20)
    with bench.engine() as engine:
        path = Path(engine.directory) / "started"
        os.mkfifo(path)
        # open for both directions: the pipe stays open between two jobs
        pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        chain_of(engine, "/quick", 1, f"echo x > '{path}'")
        engine.start()
        values = []
        try:
            with Recorded(engine) as recorded, Client("127.0.0.1", engine.port) as client:
                for number in range(count + 10):
                    values.append(submit(client, pipe, number))
                    ended = number + 1
                    wait_until(lambda: recorded.rounds_ended() >= ended, what="the order's end", interval=0.005)  # noqa: B023
        finally:
            os.close(pipe)
    warm, what = values[10:], "order sent -> job started"
    return [
        Figure(f"{what}, p50", percentile(warm, 50), "ms", bench.database, P50, f"{count} single orders"),
        Figure(f"{what}, p99", percentile(warm, 99), "ms", bench.database, P99, f"max {max(warm):.1f} ms"),
    ]
