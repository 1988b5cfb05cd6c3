"The plan is kept by the services, obeyed by the engine, and outlives both."

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models import read, services
from models.connect import create, reading, writing
from models.read.plan_entries import PlanEntry, Wanted
from scheduler.plan.override import OverrideAction
from scheduler.plan.state import EntryState
from tests.support.engine import EngineProcess
from tests.support.services import ServicesProcess
from tests.support.waiting import wait_until


def soon(seconds: float) -> datetime:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


def text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%SZ")


def job_at(engine: EngineProcess, path: str, *starts: datetime, script: str = "exit 0") -> None:
    ats = "".join(f'<at at="{start:%Y-%m-%d %H:%M:%S}"/>' for start in starts)
    run_time = f"<run_time>{ats}</run_time>"
    engine.job(path, f'<job stop_on_error="no"><script language="shell">{script}</script>{run_time}</job>')


def jobs_of(engine: EngineProcess) -> set[str | None]:
    return {job.get("path") for job in engine.command('<show_state what="jobs"/>').iter("job")}


class Plan:
    "What the database says of the plan."

    def __init__(self, engine: EngineProcess) -> None:
        self._scheduler_id = engine.scheduler_id
        self._database = create(engine.database_url, "reader")

    def entries(self, name: str) -> list[PlanEntry]:
        today = datetime.now(UTC).date()
        with reading(self._database) as connection:
            first, last = today - timedelta(days=1), today + timedelta(days=2)
            days = read.planned_days(connection, self._scheduler_id, first, last)
            found = [
                entry
                for each in days
                for entry in read.plan_entries(connection, self._scheduler_id, each.day, Wanted(text=name), 0, 500).rows
            ]
        return [entry for entry in found if entry.path == name]

    def entry(self, name: str, planned_at: datetime) -> PlanEntry:
        return next(entry for entry in self.entries(name) if entry.planned_at == planned_at)

    def states(self, name: str) -> list[EntryState]:
        return [entry.state for entry in self.entries(name)]


def skip_one(engine: EngineProcess, starts: list[datetime]) -> datetime:
    "Leaves out the next start that is far enough away for the command to come in time."
    while True:
        at = next(start for start in starts if start > soon(4))
        skip = f'<plan.change job="/good" action="skip" planned="{text(at)}" reason="not today" author="me"/>'
        with suppress(AssertionError):  # a refusal, when it came too late
            engine.command(skip)
            if datetime.now(UTC) < at:
                return at


def test_starts_are_planned_changed_obeyed_and_followed(tmp_path: Path) -> None:
    with EngineProcess(tmp_path, arguments=("-time-zone=UTC",)) as engine, ServicesProcess(engine) as hosted:
        plan = Plan(engine)
        engine.start()
        hosted.wait_until_it_hosts()
        begin, far = soon(10), soon(3600)
        # enough starts that some are still to come, however slow the machine is
        starts = [begin + timedelta(seconds=3 * number) for number in range(60)]
        job_at(engine, "/good", *starts)
        job_at(engine, "/bad", begin, script="exit 3")
        job_at(engine, "/moved", far)
        known = {"/good", "/bad", "/moved"}
        engine.wait_until(lambda: known <= jobs_of(engine), 30, "jobs of the engine; the services may be faster")
        wait_until(lambda: len(plan.states("/good")) == len(starts), 30, "the plan")
        wait_until(lambda: plan.states("/moved") == [EntryState.PLANNED], 30, "the plan")
        engine.command(f'<plan.change job="/moved" action="move" planned="{text(far)}" start="{text(soon(2))}"/>')
        engine.command(f'<plan.change job="/good" action="add" start="{text(far)}"/>')
        skipped = skip_one(engine, starts)
        wait_until(lambda: plan.entry("/good", skipped).state is EntryState.SKIPPED, 60, "the start that is left out")
        wait_until(lambda: EntryState.FINISHED in plan.states("/good"), 60, "another one that is not")
        left_out, added = plan.entry("/good", skipped), plan.entries("/good")[-1]
        assert (left_out.action, left_out.reason) == (OverrideAction.SKIP, "not today")
        assert left_out.started_at is None
        assert (added.action, added.state) == (OverrideAction.ADD, EntryState.PLANNED)
        wait_until(lambda: plan.states("/bad") == [EntryState.FAILED], 30, "the failed start")
        wait_until(lambda: plan.states("/moved") == [EntryState.FINISHED], 30, "the moved start")
        [moved] = plan.entries("/moved")
        assert moved.planned_at == far
        assert moved.started_at is not None
        assert moved.started_at < far
        assert any("planned" in run.text for run in hosted.runs("daily_plan"))
        assert hosted.end() == 0


@pytest.mark.longest
def test_another_instance_goes_on_after_death_frost_and_a_wish(tmp_path: Path, database_url: str) -> None:
    with EngineProcess(tmp_path, database_url) as engine, ServicesProcess(engine, "one") as one:
        one.wait_until_it_hosts()
        with ServicesProcess(engine, "two") as two:
            wait_until(lambda: two.instance() is not None, 30, "the second instance")
            assert not two.hosts()
            one.kill9()
            two.wait_until_it_hosts(30)
            with ServicesProcess(engine, "three") as three:
                wait_until(lambda: three.instance() is not None, 30, "the third instance")
                two.freeze()
                three.wait_until_it_hosts(30)
                two.thaw()
                wait_until(lambda: not two.hosts(), 30, "the thawed instance notices")
                assert three.hosts()
                database = create(engine.database_url, "web")
                with writing(database) as connection:
                    assert services.want_instance(connection, engine.scheduler_id, "two", "somebody", soon(0))
                    assert not services.want_instance(connection, engine.scheduler_id, "nobody", "somebody", soon(0))
                database.dispose()
                two.wait_until_it_hosts(30)
                wait_until(lambda: not three.hosts(), 30, "the other one stands by")
                assert two.end() == 0
                assert two.instance() is None, "who ends in order is not taken for dead"
                three.wait_until_it_hosts(30)
