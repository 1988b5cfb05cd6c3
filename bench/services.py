"""How long nobody hosts the services: from the blow on the process that does until another one says that it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack

from bench.bench import Bench
from bench.figures import Figure, Goal
from tests.support.services import ServicesProcess
from tests.support.waiting import wait_until

KILLS, FROSTS = 6, 3
KILLED, FROZEN = Goal(5, 5, lower=True), Goal(15, 15, lower=True)


def measure(bench: Bench) -> list[Figure]:
    with bench.engine() as engine, ExitStack() as stack:
        every = [stack.enter_context(ServicesProcess(engine, name)) for name in ("one", "other")]
        killed = [_until_the_other(every, _kill) for _ in range(bench.some(KILLS))]
        frozen = [_until_the_other(every, ServicesProcess.freeze) for _ in range(bench.some(FROSTS))]
    of_kills, of_frosts = f"{len(killed)} times", f"{len(frozen)} times"
    return [
        Figure("services killed: longest time without", max(killed), "s", bench.database, KILLED, of_kills),
        Figure("services frozen: longest time without", max(frozen), "s", bench.database, FROZEN, of_frosts),
    ]


def _kill(services: ServicesProcess) -> None:
    services.kill9()


def _until_the_other(every: list[ServicesProcess], strike: Callable[[ServicesProcess], None]) -> float:
    "Seconds; afterwards both are there again."
    wait_until(lambda: [each for each in every if each.hosts()], 60, "one that hosts")
    active, other = sorted(every, key=ServicesProcess.hosts, reverse=True)
    wait_until(lambda: other.instance() is not None, 60, "one that stands by")
    begun = time.monotonic()
    strike(active)
    wait_until(other.hosts, 60, "the other one hosts")
    taken = time.monotonic() - begun
    beat = active.beat()
    if active.process is not None and active.process.poll() is not None:
        active.start()
    else:
        active.thaw()
    wait_until(lambda: not active.hosts() and active.beat() != beat, 60, "it stands by")
    return taken
