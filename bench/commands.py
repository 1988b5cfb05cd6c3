"""Commands per second: reading (show_order) and durable writing (add_order), on one and on fifty connections."""

from __future__ import annotations

import time

from bench.bench import Bench, Recorded
from bench.figures import Figure, Goal
from bench.load import Answers, drive
from bench.objects import chain_of
from tests.support.engine import EngineProcess

CONNECTIONS = (1, 50)
SHOW = {50: Goal(3000, 6000)}
#: 64: as many as a busy caller has under way
ADD = {1: Goal(1000, 2000), 50: Goal(2000, 5000), 64: Goal(1500, 5000)}
OPEN_ORDERS = 10_000
RESTART = Goal(3, 1, lower=True)


def _remark(answers: Answers) -> str:
    return f"p50 {answers.ms(50):.2f} ms, p99 {answers.ms(99):.2f} ms"


def _checked(answers: Answers) -> Answers:
    assert not answers.refused, f"{answers.refused} commands were refused"
    return answers


def show(bench: Bench, engine: EngineProcess, connections: int) -> Figure:
    command = '<show_order job_chain="/speed" order="resting"/>'
    answers = _checked(drive(engine.port, connections, lambda _: command, seconds=bench.seconds(3)))
    what = f"show_order, {connections} connections"
    return Figure(what, answers.per_second, "/s", bench.database, SHOW.get(connections), _remark(answers))


def add(bench: Bench, engine: EngineProcess, connections: int, count: int) -> Figure:
    def command(number: int) -> str:
        return f'<add_order job_chain="/speed" id="c{connections}-{number}" at="never"/>'
    answers = _checked(drive(engine.port, connections, command, count=count))
    what = f"add_order, {connections} connections"
    return Figure(what, answers.per_second, "/s", bench.database, ADD[connections], _remark(answers))


def restart(bench: Bench, engine: EngineProcess, orders: int) -> Figure:
    "From the start of the process until it answers, with all the orders in its memory."
    engine.kill9()
    begun = time.monotonic()
    engine.start()
    engine.command('<show_order job_chain="/speed" order="c50-0"/>')
    seconds = time.monotonic() - begun
    return Figure(f"restart with {orders:,} open orders", seconds, "s", bench.database, RESTART, "after a sudden death")


def measure(bench: Bench) -> list[Figure]:
    orders = bench.some(OPEN_ORDERS, 200)
    with bench.engine() as engine:
        chain_of(engine, "/speed", 2, "exit 0")
        engine.start()
        engine.command('<add_order job_chain="/speed" id="resting" at="never" title="rests for ever"/>')
        figures = [show(bench, engine, connections) for connections in CONNECTIONS]
        counts = {1: orders // 5, 50: 2 * orders // 5, 64: orders - 3 * (orders // 5)}
        figures += [add(bench, engine, connections, count) for connections, count in counts.items()]
        with Recorded(engine) as recorded:
            stored = recorded.number("SELECT count(*) FROM orders")
        assert stored >= orders, f"{stored} of {orders} answered orders are stored"
        figures.append(restart(bench, engine, orders))
    return figures
