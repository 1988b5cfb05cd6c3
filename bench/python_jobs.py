"""Steps of Python jobs beside those of shell jobs, in one engine: `python -m bench --only python_jobs`.

And what such a step costs beside the engine: `python -m bench.python_jobs`.

One task server gets one order after the other, each with ten parameters, of which the script reads one and sets
one. Told are the time of a step from the message to the result, the processor time of the child in it, and the
time from the start of the process until its script is loaded.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from bench.bench import Bench, Recorded
from bench.figures import Figure, Goal, median
from bench.load import drive
from bench.objects import chain_of
from tests.support.engine import EngineProcess
from tests.support.task_server import TaskServer, an_order

STEPS = 10_000
STARTS = 10

SCRIPT = """
def spooler_process():
    params = spooler_task.order.params
    params["copy"] = params.value("p1")
    return True
"""
PARAMS = {f"p{n}": f"value {n}" for n in range(10)}


def started(directory: Path) -> float:
    "Seconds from the start of the process until its script is loaded."
    begun = time.perf_counter()
    with TaskServer(directory) as server:
        server.begin(SCRIPT)
        seconds = time.perf_counter() - begun
        server.end()
        server.exit_status()
    return seconds


def steps(directory: Path, count: int) -> tuple[float, float]:
    "Seconds of one step, and seconds of the child's processor time in it."
    with TaskServer(directory) as server:
        server.begin(SCRIPT)
        server.open()
        cpu, begun = _cpu(server), time.perf_counter()
        for number in range(count):
            server.call({"type": "process", "order": an_order(id=str(number), params=PARAMS)})
        seconds = time.perf_counter() - begun
        used = _cpu(server) - cpu
        server.end()
        server.exit_status()
    return seconds / count, used / count


def _cpu(server: TaskServer) -> float:
    "User and system time of the child."
    fields = Path(f"/proc/{server.child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# -- with an engine

#: as many tasks of both kinds as the default process class has processes
NODES, TASKS, ORDERS, PASSES = 5, 3, 400, 3
TIMES = Goal(5, 8)


def measure(bench: Bench) -> list[Figure]:
    orders = bench.some(ORDERS, 20)
    with bench.engine() as engine:
        chain_of(engine, "/shell", NODES, "exit 0", tasks=TASKS)
        _python_chain(engine, "/python")
        engine.start()
        with Recorded(engine) as recorded:
            for chain in ("/python", "/shell"):
                _rate(engine, recorded, chain, "warm", 20)
            shell, python = [], []
            for number in range(PASSES):
                shell.append(_rate(engine, recorded, "/shell", str(number), max(20, orders // 4)))
                python.append(_rate(engine, recorded, "/python", str(number), orders))
            tasks = recorded.number("SELECT count(*) FROM tasks WHERE job_key LIKE '/python_%'")
    times = [one / other for one, other in zip(python, shell, strict=True)]
    detail = f"{orders} orders x {NODES} steps, median of {PASSES}, {min(python):,.0f} to {max(python):,.0f}"
    return [
        Figure("steps of Python jobs", median(python), "/s", bench.database, detail=f"{detail}, {tasks} processes"),
        Figure("  steps of shell jobs beside", median(shell), "/s", bench.database),
        Figure("  times as many", median(times), "", bench.database, TIMES),
    ]


def _python_chain(engine: EngineProcess, path: str) -> None:
    chain_of(engine, path, NODES, "exit 0")
    xml = (
        f'<job order="yes" stop_on_error="no" tasks="{TASKS}" idle_timeout="never">'
        '<script language="python">def spooler_process(): return True</script></job>'
    )
    for number in range(1, NODES + 1):
        engine.job(f"{path}_{number}", xml)


def _rate(engine: EngineProcess, recorded: Recorded, chain: str, name: str, orders: int) -> float:
    "Steps per second, from the resumption of the chain, before which all orders have gathered, to the last end."
    before = recorded.rounds_ended()
    engine.command(f'<job_chain.modify job_chain="{chain}" state="stopped"/>')
    added = drive(engine.port, 4, lambda n: f'<add_order job_chain="{chain}" id="{name}-{n}"/>', count=orders)
    assert not added.refused, "orders were refused"
    begun = time.monotonic()
    engine.command(f'<job_chain.modify job_chain="{chain}" state="running"/>')
    while recorded.rounds_ended() < before + orders:
        assert time.monotonic() - begun < 300, "the orders did not end within 300 s"
        time.sleep(0.02)
    return orders * NODES / (time.monotonic() - begun)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="stellwerk-bench-") as name:
        directory = Path(name)
        seconds, cpu = steps(directory, STEPS)
        start = sorted(started(directory) for _ in range(STARTS))[STARTS // 2]
    sys.stdout.write(f"step   {seconds * 1e6:6.0f} µs, of it processor time of the child {cpu * 1e6:.0f} µs\n")
    sys.stdout.write(f"start  {start * 1e3:6.1f} ms until the script is loaded\n")


if __name__ == "__main__":
    main()
