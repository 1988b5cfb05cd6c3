"""What clean-up costs the engine: how long its commits take while a million old tasks are deleted.

The commits are those of the engine's own writer, one change each, a hundred in a second, from this process; the
services are a process of their own, as always.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import text

from bench.bench import SCHEDULER_ID, Bench, Recorded
from bench.figures import Figure, Goal, percentile
from models import services
from models.batch import Writer
from models.connect import create, writing
from scheduler.changes import Change, Kind
from tests.support.engine import EngineProcess
from tests.support.services import ServicesProcess

ROWS = 1_000_000
EVERY = 0.01
#: seconds after which what is left stays
AT_MOST = 200.0
LONGEST = Goal(100, 50, lower=True)
_OLD = "2020-01-01T00:00:00.000000+00:00"
_COLUMNS = (
    "scheduler_id, id, job_key, job, state, cause, name, params, force, started_at, ended_at, chain, order_id, node, "
    "steps, state_text, log_file, trigger_files"
)
_VALUES = (
    f"'{SCHEDULER_ID}', n, '/a/job', '/a/job', 'ended', 'queue', '', '[]', {{true}}, '{_OLD}', '{_OLD}', '', '', '', "
    "1, '', '', ''"
)
_FILL = {
    "sqlite": f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {{rows}}) "  # noqa: S608
    f"INSERT INTO tasks ({_COLUMNS}) SELECT {_VALUES.format(true='1')} FROM numbers",
    "postgres": f"INSERT INTO tasks ({_COLUMNS}) SELECT {_VALUES.format(true='true')} "  # noqa: S608
    "FROM generate_series(1, {rows}) n",
}


def fill(engine: EngineProcess, database: str, rows: int) -> None:
    connected = create(engine.database_url, "web")
    with writing(connected) as connection:
        connection.execute(text(_FILL[database].replace("{rows}", str(rows))))
    connected.dispose()


def ask(engine: EngineProcess) -> None:
    connected = create(engine.database_url, "web")
    with writing(connected) as connection:
        services.put_state(connection, SCHEDULER_ID, "clean_up", run_asked_at=datetime.now(UTC))
    connected.dispose()


def commits(writer: Writer, seconds: float, hosted: ServicesProcess | None = None) -> list[float]:
    "Milliseconds of each commit: for so many seconds, or until the clean-up of `hosted` is done."
    values: list[float] = []
    end = time.monotonic() + seconds
    looked = 0.0
    while True:
        begun = time.monotonic()
        writer.write([Change(Kind.JOB_CHANGED, "/a/job")], now=datetime.now(UTC))
        ended = time.monotonic()
        values.append((ended - begun) * 1000)
        if ended > end:
            return values
        if hosted is not None and ended - looked > 1:
            looked = ended
            if hosted.runs("clean_up"):
                return values
        time.sleep(EVERY)


def measure(bench: Bench) -> list[Figure]:
    rows = bench.some(ROWS, 10_000)
    with bench.engine() as engine:
        fill(engine, bench.database, rows)
        writer = Writer(engine.database_url, SCHEDULER_ID, "bench")
        writer.open(datetime.now(UTC))
        try:
            hosting = ServicesProcess(engine, "one", "clean_up.tasks=30", "clean_up.window=never")
            with hosting as hosted, Recorded(engine) as recorded:
                hosted.wait_until_it_hosts()
                before = commits(writer, bench.seconds(5))
                begun = time.monotonic()
                ask(engine)
                during = commits(writer, AT_MOST, hosted)
                took = time.monotonic() - begun
                left = recorded.number("SELECT count(*) FROM tasks")
        finally:
            writer.close()
    usual = f"without it at most {max(before):.0f} ms, {len(during)} commits"
    gone = f"{rows - left:,} of {rows:,} rows in {took:.0f} s"
    return [
        Figure("clean-up: longest commit of the engine", max(during), "ms", bench.database, LONGEST, usual),
        Figure("clean-up: commits of the engine, p99", percentile(during, 99), "ms", bench.database),
        Figure("clean-up: rows deleted", (rows - left) / took, "/s", bench.database, detail=gone),
    ]
