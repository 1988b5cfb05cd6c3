"""`python -m bench [--database sqlite|postgres] [--only NAME,…] [--quick]`"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    clean_up,
    cluster,
    commands,
    crowd,
    large_folder,
    latency,
    many_jobs,
    plan,
    python_jobs,
    run_times,
    services,
    sharing,
    startup,
    steps,
    supervisor,
    web,
)
from bench.bench import Bench
from bench.figures import Figure, Goal, table
from bench.limit import Limit
from tests.support.postgres import NoPostgres, PostgresServer

MEASUREMENTS = {
    "steps": steps.measure, "latency": latency.measure, "commands": commands.measure, "startup": startup.measure,
    "python_jobs": python_jobs.measure, "many_jobs": many_jobs.measure, "run_times": run_times.measure,
    "large_folder": large_folder.measure, "crowd": crowd.measure,
    "cluster": cluster.measure, "sharing": sharing.measure,
    "clean_up": clean_up.measure, "services": services.measure, "supervisor": supervisor.measure,
    "web": web.measure, "plan": plan.measure,
}
RESULTS = Path(__file__).resolve().parents[1] / "var" / "bench"
POSTGRES_SHARE = Goal(60, 85)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed beside what the machine can do.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], action="append", help="default: both")
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help=f"some of {','.join(MEASUREMENTS)}")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: its figures mean little")
    parser.add_argument("--output", type=Path, default=RESULTS, help="directory for the JSON file (var/bench)")
    chosen = parser.parse_args(words)
    chosen.only = chosen.only.split(",")
    if unknown := set(chosen.only) - set(MEASUREMENTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there is {', '.join(MEASUREMENTS)}")
    return chosen


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(chosen: argparse.Namespace) -> tuple[list[Figure], list[str]]:
    "All figures, and what could not be measured."
    figures: list[Figure] = []
    failures: list[str] = []
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stellwerk-bench-")))
        limit = Limit(directory, 0.5 if chosen.quick else 2.0)
        limit.take()
        for database in chosen.database or ["sqlite", "postgres"]:
            bench = Bench(database, limit, 0.1 if chosen.quick else 1.0, say=say)
            if database == "postgres":
                try:
                    bench.server = PostgresServer()
                except NoPostgres as problem:
                    failures.append(f"postgres: {problem}")
                    continue
                stack.callback(bench.server.remove)
                bench.server.start()
            for name in chosen.only:
                say(f"{database}: {name} …")
                try:
                    figures += MEASUREMENTS[name](bench)
                except Exception as error:  # one that fails must not hide the others' figures
                    say(f"{type(error).__name__}: {error}")
                    failures.append(f"{database}, {name}: {type(error).__name__}: {str(error).partition(chr(10))[0]}")
        limit.take()
        return [*limit.figures(), *figures, *compared(figures)], failures


def compared(figures: Sequence[Figure]) -> list[Figure]:
    "Steps on PostgreSQL as a share of those on SQLite: shares of L, because the machine changes between the two."
    share = {each.database: each.value for each in figures if each.what.strip() == "of the limit L"}
    if not share.keys() >= {"sqlite", "postgres"}:
        return []
    percent = 100 * share["postgres"] / share["sqlite"]
    return [Figure("steps on PostgreSQL, of SQLite's", percent, "%", goal=POSTGRES_SHARE)]


def machine() -> dict[str, object]:
    return {
        "python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version, "load": os.getloadavg(),
    }


def main(words: Sequence[str]) -> int:
    "The exit status: 0 when every `must` is reached, 1 when one is missed, 2 when something could not be measured."
    chosen = arguments(words)
    at = datetime.now(UTC)
    begun = time.monotonic()
    before, load_before = machine(), os.getloadavg()[0]
    figures, failures = run(chosen)
    print(table(figures))
    for failure in failures:
        print(f"not measured: {failure}")
    chosen.output.mkdir(parents=True, exist_ok=True)
    file = chosen.output / f"{at:%Y%m%dT%H%M%SZ}.json"
    result = {
        "at": at.isoformat(), "seconds": round(time.monotonic() - begun), "quick": chosen.quick, "machine": before,
        "load_after": os.getloadavg(), "figures": [each.as_json() for each in figures], "not_measured": failures,
    }
    file.write_text(json.dumps(result, indent=2) + "\n")
    print(f"\nload {load_before:.1f} before, {os.getloadavg()[0]:.1f} after; {file}")
    short = [each for each in figures if each.verdict == "short"]
    if short:
        print(f"{len(short)} figures fall short of their must")
    return 2 if failures else 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
