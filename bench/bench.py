"""What every measurement gets: engines on the database of this run, and how much to do."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

from bench.limit import Limit
from models.connect import create
from models.upgrade import upgrade
from tests.support.engine import EngineProcess
from tests.support.postgres import PostgresServer

SCHEDULER_ID = "bench"


@dataclass
class Bench:
    """`scale` multiplies counts and times (1 is the real thing). `server` is None for SQLite."""

    database: str
    limit: Limit
    scale: float = 1.0
    server: PostgresServer | None = None
    say: Callable[[str], None] = field(default=lambda _: None)

    def some(self, count: int, at_least: int = 1) -> int:
        return max(at_least, int(count * self.scale))

    def seconds(self, seconds: float) -> float:
        return max(0.5, seconds * self.scale)

    @contextmanager
    def engine(self, *arguments: str) -> Iterator[EngineProcess]:
        "An engine in its own directory, not yet started; afterwards it is ended and everything removed."
        directory = Path(tempfile.mkdtemp(prefix="stellwerk-bench-"))
        url = self.server.create_database() if self.server else f"sqlite:///{directory / 'bench.db'}"
        upgrade(url)
        try:
            # as users have it: compiled modules are kept, whatever the environment of the measurement says
            environ = {"PYTHONDONTWRITEBYTECODE": ""}
            with EngineProcess(
                directory, url, scheduler_id=SCHEDULER_ID, arguments=arguments, environ=environ
            ) as engine:
                yield engine
        finally:
            if self.server:
                self.server.drop_database(url)
            shutil.rmtree(directory, ignore_errors=True)


class Recorded:
    "The database of an engine, seen from outside."

    def __init__(self, engine: EngineProcess) -> None:
        self._engine: Engine = create(engine.database_url, "reader")

    def __enter__(self) -> Recorded:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def number(self, query: str) -> int:
        "The single number that a query gives."
        with self._engine.connect() as connection:
            return int(connection.execute(text(query)).scalar() or 0)

    def rounds_ended(self) -> int:
        return self.number("SELECT count(*) FROM order_runs WHERE ended_at IS NOT NULL")

    def tasks_ended(self) -> int:
        return self.number("SELECT count(*) FROM tasks WHERE ended_at IS NOT NULL")


def cpu_seconds(pid: int) -> float:
    "What a process itself has used so far, without its children."
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def engine_cpu_seconds(pid: int) -> float:
    "What an engine has used so far, with its starter, but without the processes of its jobs."
    return cpu_seconds(pid) + sum(map(cpu_seconds, starters(pid)))


def engine_memory_mb(pid: int) -> tuple[float, float]:
    "As `memory_mb`, of an engine and its starter together."
    every = [memory_mb(each) for each in (pid, *starters(pid))]
    return sum(resident for resident, _ in every), sum(proportional for _, proportional in every)


def starters(pid: int) -> list[int]:
    "The process of an engine that starts those of its jobs."
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"netcore.starter" in Path(f"/proc/{child}/cmdline").read_bytes()]


def memory_mb(pid: int) -> tuple[float, float]:
    "Resident and proportional (shared pages divided among their users) memory in MB."
    kilobytes: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        kilobytes[name] = int(rest.split()[0])
    return kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024
