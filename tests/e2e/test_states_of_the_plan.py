"""Every state that an entry of the plan may have, as a real engine brings it about.

The service that keeps the plan runs in the test, by a clock that the test sets; so nobody waits until a start is late.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event

import pytest

from models import read
from models.connect import reading
from models.read.plan_entries import PlanEntry, Wanted
from models.right import Right
from netcore.options import parse_options
from netcore.services.daily_plan import DailyPlan
from netcore.services.service import Surroundings
from netcore.settings import read_settings
from scheduler.plan.day import PlanDays
from scheduler.run_time.clock import zone_named
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until


class Plan:
    "The plan of an engine, looked at when the clock shows `now`, in the zone of the engine."

    def __init__(self, engine: EngineProcess, zone: str) -> None:
        self.now = datetime.now(UTC)
        self.right = Right(engine.database_url, engine.scheduler_id, "the test", "token")
        self.right.take(None, self.now)
        words = [f"-id={engine.scheduler_id}", f"-config={engine.config}", f"-db={engine.database_url}"]
        words += [f"-var-dir={engine.directory}", f"-time-zone={zone}"]
        mistakes: list[str] = []
        settings = read_settings(parse_options(words, mistakes), {}, mistakes)
        assert not mistakes, mistakes
        around = Surroundings(settings, self.right, lambda: self.now, Event())
        self._days = PlanDays(zone_named(zone))
        self._first = self._days.day_of(self.now)
        self._service = DailyPlan(around, self._days, {}, 1)

    def entries(self, folder: str) -> list[PlanEntry]:
        self._service.run()
        days = [self._first + timedelta(days=day) for day in (0, 1)]
        with reading(self.right.engine) as connection:
            pages = [read.plan_entries(connection, self.right.scheduler_id, day, Wanted(text=folder)) for day in days]
        return [entry for page in pages for entry in page.rows]

    def states(self, folder: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in sorted(self.entries(folder), key=lambda each: each.planned_at):
            found.setdefault(each.path.removeprefix(f"{folder}/"), []).append(each.state.value)
        return found

    def wait_for(self, folder: str, **states: list[str]) -> None:
        wait_until(lambda: states.items() <= self.states(folder).items(), 60, f"{states} in {self.states(folder)}")


@contextmanager
def plan_of(engine: EngineProcess, zone: str) -> Iterator[Plan]:
    plan = Plan(engine, zone)
    try:
        yield plan
    finally:
        plan.right.close()


def zone_at_day(now: datetime) -> str:
    "Of two zones the one in which no day ends soon: what is planned here belongs to one day."
    return "UTC" if 2 <= now.hour < 22 else "Etc/GMT+12"


def write(engine: EngineProcess, folder: str, begin: datetime) -> None:
    "Jobs that start at `begin`; one of the narrow process class once more ten minutes later."
    wait = f"while [ ! -e {engine.directory}/go ]; do sleep 0.1; done"
    soon, later, far = (begin + timedelta(minutes=minutes) for minutes in (0, 10, 60))
    engine.write(f"{folder}/narrow.process_class.xml", '<process_class max_processes="1"/>')
    for name, script, starts in (
        ("done", "exit 0", [soon]), ("bad", "exit 3", [soon]), ("left_out", "exit 0", [soon]),
        ("long", wait, [soon]), ("far", "exit 0", [far]), ("queued", "exit 0", [soon, later]), ("first", wait, []),
        ("waiting", "exit 0", [soon]),
    ):  # fmt: skip
        narrow = 'process_class="narrow"' if name in ("queued", "first", "waiting") else ""
        ats = "".join(f'<at at="{start:%Y-%m-%d %H:%M:%S}"/>' for start in starts)
        run_time = f"<run_time>{ats}</run_time>" if ats else ""
        script = f'<script language="shell">{script}</script>'
        engine.job(f"{folder}/{name}", f'<job stop_on_error="no" {narrow}>{script}{run_time}</job>')


def run_once(engine: EngineProcess, job: str) -> None:
    "So that it is known how long it takes."
    go = engine.directory / "go"
    go.touch()
    engine.command(f'<start_job job="{job}"/>')
    history = f'<show_job job="{job}" what="task_history"/>'
    engine.wait_until(lambda: engine.command(history).xpath("history/history.entry[@end_time]"), 60, "its end")
    go.unlink()


def begun(engine: EngineProcess, zone: str) -> tuple[str, datetime]:
    "The folder of the jobs, all of which the engine knows before their first start. Busy machines get more time."
    for attempt in range(6):
        folder = f"/try{attempt}"
        ahead = timedelta(seconds=8 * 2**attempt)
        begin = (datetime.now(zone_named(zone)) + ahead).replace(microsecond=0)
        write(engine, folder, begin)
        every = ("done", "bad", "left_out", "long", "far", "queued", "first", "waiting")
        names = {f"{folder}/{name}" for name in every}
        shown = '<show_state what="jobs"/>'
        engine.command("<check_folders/>")
        engine.wait_until(lambda: names <= {job.get("path") for job in engine.command(shown).iter("job")}, 60, "jobs")  # noqa: B023
        run_once(engine, f"{folder}/long")
        engine.command(f'<start_job job="{folder}/first"/>')
        at = f"{begin.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
        with suppress(AssertionError):  # a refusal, when it came too late
            engine.command(f'<plan.change job="{folder}/left_out" action="skip" planned="{at}" reason="a test"/>')
            if datetime.now(UTC) < begin:
                return folder, begin
        (engine.directory / "go").touch()
    raise AssertionError("the machine is too slow for starts minutes ahead")


@pytest.mark.longest
def test_every_state_is_reached_by_what_the_engine_does(tmp_path: Path, database_url: str) -> None:
    zone = zone_at_day(datetime.now(UTC))
    with EngineProcess(tmp_path, database_url, arguments=(f"-time-zone={zone}",)) as engine:
        engine.start()
        folder, begin = begun(engine, zone)
        with plan_of(engine, zone) as plan:
            plan.now = begin + timedelta(seconds=10)
            plan.wait_for(folder, done=["finished"], bad=["failed"], long=["started"], far=["planned"])
            plan.wait_for(folder, queued=["submitted", "planned"], left_out=["skipped"])
            plan.now = begin + timedelta(minutes=5)
            plan.wait_for(folder, long=["overdue"], queued=["late", "planned"], far=["planned"])
            plan.now = begin + timedelta(minutes=10, seconds=10)
            plan.wait_for(folder, queued=["missed", "submitted"], long=["overdue"])
            # the day is over; of what still waits for its process nobody can say that it is missed
            plan.now = datetime.combine(begin.date(), time.max, begin.tzinfo) + timedelta(minutes=1)
            plan.wait_for(folder, waiting=["late"], long=["overdue"])
            (tmp_path / "go").touch()
            plan.wait_for(folder, long=["finished"], waiting=["finished"])
            [took] = [each for each in plan.entries(folder) if each.path == f"{folder}/long"]
            assert took.expected_seconds is not None
            assert took.started_at is not None
            assert took.ended_at is not None
            assert begin - timedelta(seconds=1) <= took.started_at <= took.ended_at
