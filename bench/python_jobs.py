"""What a step of a Python job costs beside the engine: `python -m bench.python_jobs`.

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


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="stellwerk-bench-") as name:
        directory = Path(name)
        seconds, cpu = steps(directory, STEPS)
        start = sorted(started(directory) for _ in range(STARTS))[STARTS // 2]
    sys.stdout.write(f"step   {seconds * 1e6:6.0f} µs, of it processor time of the child {cpu * 1e6:.0f} µs\n")
    sys.stdout.write(f"start  {start * 1e3:6.1f} ms until the script is loaded\n")


if __name__ == "__main__":
    main()
