"""The plan of a large day: working it out beside an engine that goes on starting, its page, and a changed schedule.

10,000 jobs start hourly, so tomorrow has 240,000 entries (of today only the rest is planned: the files are new).
No start of them falls due while this runs: the minute of the hour is half an hour away.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench.bench import Bench, Recorded
from bench.figures import Figure, Goal, percentile
from bench.latency import submit
from bench.objects import chain_of
from models import read
from models.connect import create, reading
from models.upgrade import upgrade
from tests.support.engine import EngineProcess
from tests.support.services import ServicesProcess
from tests.support.waiting import wait_until
from tests.support.web_site import Site, an_account

JOBS, USERS = 10_000, 1_000
WORKED_OUT = Goal(20, 10, lower=True)
SLOWER = Goal(20, 10, lower=True)
PAGE = Goal(200, 80, lower=True)
CHANGED = Goal(3, 1.5, lower=True)
ORDERS = 150


def measure(bench: Bench) -> list[Figure]:
    jobs, users = bench.some(JOBS, 200), bench.some(USERS, 20)
    with bench.engine("-time-zone=UTC") as engine:
        upgrade(engine.database_url)
        an_account(engine.database_url)
        pipe = _prepare(engine, jobs, users)
        engine.start()
        try:
            with Recorded(engine) as recorded:
                return _measured(bench, engine, recorded, pipe, jobs, users)
        finally:
            os.close(pipe)


def _prepare(engine: EngineProcess, jobs: int, users: int) -> int:
    "The files; the first `users` jobs have one schedule in common. The pipe that tells of starts."
    path = Path(engine.directory) / "started"
    os.mkfifo(path)
    chain_of(engine, "/quick", 1, f"echo x > '{path}'")
    engine.write("hourly.schedule.xml", _schedule(0))
    own = f"<run_time>{_period(0)}</run_time>"
    for number in range(jobs):
        run_time = '<run_time schedule="/hourly"/>' if number < users else own
        engine.job(f"/folder{number % 100:02}/job{number:05}", _job(run_time))
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)


def _period(later: int) -> str:
    minute = (datetime.now(UTC) + timedelta(minutes=30 + later)).minute
    return f'<period begin="00:{minute:02}" absolute_repeat="3600"/>'


def _schedule(later: int) -> str:
    return f"<schedule>{_period(later)}</schedule>"


def _job(run_time: str) -> str:
    return f'<job><script language="shell">exit 0</script>{run_time}</job>'


def _measured(
    bench: Bench, engine: EngineProcess, recorded: Recorded, pipe: int, jobs: int, users: int
) -> list[Figure]:
    alone = _starts(engine, recorded, pipe, 0, bench.some(ORDERS, 20))
    with ServicesProcess(engine, "bench", "plan.days_ahead=1", "-time-zone=UTC") as services:
        services.wait_until_it_hosts(60)
        begun = time.monotonic()
        beside: list[float] = []
        ended = threading.Event()
        first = bench.some(ORDERS, 20)

        def watch() -> None:
            while not ended.is_set():
                beside.extend(_starts(engine, recorded, pipe, first + len(beside), 10))

        thread = threading.Thread(target=watch)
        thread.start()
        wanted = 24 * jobs
        try:
            wait_until(lambda: _days(recorded) == 1, 600, "the plan", interval=0.2)
            worked_out = time.monotonic() - begun
        finally:
            ended.set()
            thread.join()
        entries = _entries(engine)
        if entries != wanted:
            raise AssertionError(f"{entries} entries, not {wanted}")
        page = _page(engine)
        minute = (datetime.now(UTC) + timedelta(minutes=35)).minute
        begun = time.monotonic()
        engine.write("hourly.schedule.xml", _schedule(5))
        engine.command("<check_folders/>")
        wait_until(lambda: _hourly_at(recorded, minute) == users, 120, "the change", interval=0.05)
        changed = time.monotonic() - begun
    slower = 100 * (percentile(beside, 99) / percentile(alone, 99) - 1)
    what = f"plan of a day with {wanted:,} entries"
    p99 = f"p99 {percentile(alone, 99):.1f} ms alone, {percentile(beside, 99):.1f} ms beside, {len(beside)} starts"
    return [
        Figure(what, worked_out, "s", bench.database, WORKED_OUT, "beside an engine that starts orders"),
        Figure("starts meanwhile, p99 slower by", slower, "%", bench.database, SLOWER, p99),
        Figure(f"page of the {what}", page, "ms", bench.database, PAGE, "median of 10, with counts and drawing"),
        Figure(f"schedule of {users:,} objects changed", changed, "s", bench.database, CHANGED, "until it is planned"),
    ]


def _starts(engine: EngineProcess, recorded: Recorded, pipe: int, before: int, count: int) -> list[float]:
    values = []
    for number in range(before, before + count):
        values.append(submit(engine, pipe, number))
        wait_until(lambda: recorded.rounds_ended() > number, what="the order's end", interval=0.005)  # noqa: B023
    return values


def _tomorrow() -> str:
    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


def _days(recorded: Recorded) -> int:
    "Whether tomorrow is worked out; that is written last."
    return recorded.number(f"SELECT count(*) FROM plan_days WHERE day = '{_tomorrow()}'")  # noqa: S608


def _entries(engine: EngineProcess) -> int:
    "As the pages count them."
    connected = create(engine.database_url, "reader")
    with reading(connected) as connection:
        total = read.plan_entries(connection, engine.scheduler_id, date.fromisoformat(_tomorrow())).total
    connected.dispose()
    return total


def _hourly_at(recorded: Recorded, minute: int) -> int:
    "How many users of the schedule start at this minute of each hour of tomorrow."
    series = f"day = '{_tomorrow()}' AND series LIKE '[[{60 * minute},3600,24,%/hourly\"]]'"
    return recorded.number(f"SELECT count(*) FROM plan_starts WHERE {series}")  # noqa: S608


def _page(engine: EngineProcess) -> float:
    "Milliseconds of the list as the server makes it."
    site = Site(engine.database_url)
    site.enter()
    address = f"/s/{engine.scheduler_id}/plan?day={_tomorrow()}"
    try:
        wait_until(lambda: "Plan day" in site.get(address).text, 30, "the page of the planned day")
        values = []
        for _ in range(10):
            begun = time.monotonic()
            assert site.get(address).status_code == 200
            values.append(1000 * (time.monotonic() - begun))
    finally:
        site.close()
    return percentile(values, 50)
