"""Steps per second: orders that pass through a chain of five nodes, every step a process that ends at once.

From the first command to the last end in the recorded history. While this runs a client asks for the state every
second, so that the lateness of the reactor afterwards is that of a busy engine.
"""

from __future__ import annotations

import time

from bench.bench import Bench, Recorded, engine_cpu_seconds
from bench.figures import Figure, Goal, median
from bench.lateness import lateness
from bench.load import drive
from bench.objects import chain_of
from tests.support.engine import EngineProcess

STEPS = 5
ORDERS = 100
PASSES = 7
SHARE = Goal(50, 70)
CPU = Goal(1.0, 0.6, lower=True)


def one_pass(engine: EngineProcess, recorded: Recorded, number: int, orders: int) -> tuple[float, float]:
    "Steps per second, and milliseconds of CPU for each: the engine's and its starter's."
    before = recorded.rounds_ended()
    cpu = engine_cpu_seconds(engine.pid)
    begun = time.monotonic()
    added = drive(engine.port, 1, lambda n: f'<add_order job_chain="/speed" id="p{number}-{n}"/>', count=orders)
    assert not added.refused, "orders were refused"
    asked = begun
    while recorded.rounds_ended() < before + orders:
        if time.monotonic() - asked > 1:
            engine.command("<show_state/>")
            asked = time.monotonic()
        if time.monotonic() - begun > 300:
            raise AssertionError("the orders did not end within 300 s")
        time.sleep(0.05)
    seconds = time.monotonic() - begun
    steps = orders * STEPS
    return steps / seconds, (engine_cpu_seconds(engine.pid) - cpu) * 1000 / steps


def measure(bench: Bench) -> list[Figure]:
    orders = bench.some(ORDERS, 10)
    with bench.engine() as engine:
        chain_of(engine, "/speed", STEPS, "exit 0", tasks=4)
        engine.start()
        with Recorded(engine) as recorded:
            one_pass(engine, recorded, 0, min(orders, 10))
            rates, shares, costs = [], [], []
            limit = bench.limit.take()
            for number in range(1, PASSES + 1):
                before = limit
                rate, cost = one_pass(engine, recorded, number, orders)
                limit = bench.limit.take()
                rates.append(rate)
                costs.append(cost)
                shares.append(100 * rate / ((before + limit) / 2))
            expected = min(orders, 10) * STEPS + PASSES * orders * STEPS
            steps = recorded.number("SELECT count(*) FROM order_steps WHERE ended_at IS NOT NULL AND exit_code = 0")
            assert steps == expected, f"{steps} steps are recorded, {expected} were expected"
        late = lateness(engine, bench.database)
    detail = f"{orders} orders x {STEPS} steps, median of {PASSES}, {min(rates):,.0f} to {max(rates):,.0f}"
    turns = f"L before and after each pass, {min(shares):.0f} to {max(shares):.0f} %"
    return [
        Figure("steps through a chain", median(rates), "/s", bench.database, detail=detail),
        Figure("  of the limit L", median(shares), "%", bench.database, SHARE, turns),
        Figure("  engine's CPU per step", median(costs), "ms", bench.database, CPU, "without the job's process"),
        *late,
    ]
