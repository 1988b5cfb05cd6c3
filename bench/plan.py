"""The plan of a large day: working it out beside an engine that goes on starting, its page, and a changed schedule.

10,000 jobs start hourly, so tomorrow has 240,000 entries (of today only the rest is planned: the files are new).
No start of them falls due while this runs: the minute of the hour is half an hour away.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench.bench import Bench, Recorded
from bench.figures import Figure, Goal, percentile
from bench.latency import submit
from bench.objects import chain_of
from models import read
from models.connect import create, reading
from models.upgrade import upgrade
from stellwerk.client import Client
from tests.support.engine import EngineProcess
from tests.support.services import ServicesProcess
from tests.support.waiting import wait_until
from tests.support.web_site import Site, an_account

JOBS, USERS = 10_000, 1_000
WORKED_OUT = Goal(20, 10, lower=True)
SLOWER = Goal(20, 10, lower=True)
PAGE = Goal(200, 80, lower=True)
CHANGED = Goal(3, 1.5, lower=True)
ORDERS = 600


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
    minute = _minute_in(30)
    engine.write("hourly.schedule.xml", _schedule(minute))
    own = f"<run_time>{_period(minute)}</run_time>"
    for number in range(jobs):
        run_time = '<run_time schedule="/hourly"/>' if number < users else own
        engine.job(f"/folder{number % 100:02}/job{number:05}", _job(run_time))
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)


def _minute_in(minutes: int) -> int:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).minute


def _period(minute: int) -> str:
    return f'<period begin="00:{minute:02}" absolute_repeat="3600"/>'


def _schedule(minute: int) -> str:
    return f"<schedule>{_period(minute)}</schedule>"


def _job(run_time: str) -> str:
    return f'<job><script language="shell">exit 0</script>{run_time}</job>'


def _measured(
    bench: Bench, engine: EngineProcess, recorded: Recorded, pipe: int, jobs: int, users: int
) -> list[Figure]:
    starts = Starts(engine, recorded, pipe)
    alone = starts.several(bench.some(ORDERS, 20))
    with ServicesProcess(engine, "bench", "plan.days_ahead=1", "-time-zone=UTC") as services:
        services.wait_until_it_hosts(60)
        begun = time.monotonic()
        with starts.going_on() as beside:
            wait_until(lambda: _days(recorded) == 1, 600, "the plan", interval=0.2)
            worked_out = time.monotonic() - begun
        wanted = 24 * jobs
        entries = _entries(engine)
        if entries != wanted:
            raise AssertionError(f"{entries} entries, not {wanted}")
        page = _page(engine)
        changed, since_written = _change(engine, recorded, users)
    # half of them before and half after, as a machine is not always as fast
    alone += starts.several(bench.some(ORDERS, 20))
    slower = 100 * (percentile(beside, 99) / percentile(alone, 99) - 1)
    what = f"plan of a day with {wanted:,} entries"
    p99 = f"p99 {percentile(alone, 99):.1f} ms of {len(alone)} alone, {percentile(beside, 99):.1f} ms of {len(beside)}"
    until = f"until it is planned; {since_written:.1f} s after the file was written, which rests first"
    return [
        Figure(what, worked_out, "s", bench.database, WORKED_OUT, "beside an engine that starts orders"),
        Figure("starts meanwhile, p99 slower by", slower, "%", bench.database, SLOWER, p99),
        Figure("starts meanwhile, p50", percentile(beside, 50), "ms", bench.database, None, f"{_p50(alone)} alone"),
        Figure(f"page of the {what}", page, "ms", bench.database, PAGE, "median of 10, with counts and drawing"),
        Figure(f"schedule of {users:,} objects changed", changed, "s", bench.database, CHANGED, until),
    ]


def _p50(values: list[float]) -> str:
    return f"{percentile(values, 50):.1f} ms"


class Starts:
    "Orders, one after the other: milliseconds until the job of each has started."

    def __init__(self, engine: EngineProcess, recorded: Recorded, pipe: int) -> None:
        self._engine = engine
        self._recorded = recorded
        self._pipe = pipe
        self._made = 0

    def several(self, count: int) -> list[float]:
        with Client("127.0.0.1", self._engine.port) as client:
            return [self._one(client) for _ in range(count)]

    @contextmanager
    def going_on(self) -> Iterator[list[float]]:
        "In a thread, until the block ends; then they are all there."
        values: list[float] = []
        ended = threading.Event()

        def go_on() -> None:
            while not ended.is_set():
                values.extend(self.several(10))

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield values
        finally:
            ended.set()
            thread.join()

    def _one(self, client: Client) -> float:
        taken = submit(client, self._pipe, self._made)
        self._made += 1
        wait_until(lambda: self._recorded.rounds_ended() >= self._made, what="the order's end", interval=0.005)
        return taken


def _change(engine: EngineProcess, recorded: Recorded, users: int) -> tuple[float, float]:
    "Seconds until the plan has it: since the engine has taken the changed schedule, and since its file was written."
    of_files = "SELECT max(id) FROM journal WHERE kind LIKE 'file.%'"
    before = recorded.number(of_files)
    minute = _minute_in(35)
    begun = time.monotonic()
    engine.write("hourly.schedule.xml", _schedule(minute))
    wait_until(lambda: recorded.number(of_files) > before, 60, "the changed schedule", interval=0.02)
    taken = time.monotonic()
    wait_until(lambda: _hourly_at(recorded, minute) == users, 120, "the change", interval=0.02)
    planned = time.monotonic()
    return planned - taken, planned - begun


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
