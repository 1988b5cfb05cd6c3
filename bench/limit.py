"""What the machine can do at most: starting `/bin/sh SCRIPT` and nothing else.

The script is the same as the jobs' one and ends at once. Four are in flight; nobody records anything.
"""

from __future__ import annotations

import os
import select
import subprocess
import time
from pathlib import Path

from bench.figures import Figure, median

IN_FLIGHT = 4


def starts_per_second(script: Path, seconds: float, in_flight: int = IN_FLIGHT) -> float:
    "Processes started and ended within about `seconds`, per second."
    poll = select.epoll()
    running: dict[int, subprocess.Popen[bytes]] = {}
    ended = 0
    begun = time.monotonic()
    end = begun + seconds

    def start() -> None:
        process = subprocess.Popen(["/bin/sh", str(script)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        descriptor = os.pidfd_open(process.pid)
        running[descriptor] = process
        poll.register(descriptor, select.EPOLLIN)

    for _ in range(in_flight):
        start()
    while running:
        for descriptor, _ in poll.poll():
            running.pop(descriptor).wait()
            poll.unregister(descriptor)
            os.close(descriptor)
            ended += 1
            if time.monotonic() < end:
                start()
    poll.close()
    return ended / (time.monotonic() - begun)


class Limit:
    "The limit of this run: taken again and again, because other work on the machine comes and goes."

    def __init__(self, directory: Path, seconds: float) -> None:
        self._script = directory / "nothing.sh"
        self._script.write_text("exit 0\n")
        self._seconds = seconds
        self.taken: list[float] = []

    def take(self) -> float:
        "The limit now, in processes per second."
        self.taken.append(starts_per_second(self._script, self._seconds))
        return self.taken[-1]

    def figures(self) -> list[Figure]:
        if not self.taken:
            return []
        spread = f"{min(self.taken):,.0f} to {max(self.taken):,.0f} in {len(self.taken)} takes"
        return [Figure("bare processes (the limit L)", median(self.taken), "/s", detail=spread)]
