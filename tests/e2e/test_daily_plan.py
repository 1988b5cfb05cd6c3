"The plan is kept by the services, obeyed by the engine, and outlives both."

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
                for entry in read.plan_entries(connection, self._scheduler_id, each.day, Wanted(text=name)).rows
            ]
        return [entry for entry in found if entry.path == name]

    def states(self, name: str) -> list[EntryState]:
        return [entry.state for entry in self.entries(name)]

    def actions(self, name: str) -> list[OverrideAction | None]:
        return [entry.action for entry in self.entries(name)]


def test_starts_are_planned_changed_obeyed_and_followed(tmp_path: Path) -> None:
    with EngineProcess(tmp_path, arguments=("-time-zone=UTC",)) as engine, ServicesProcess(engine) as hosted:
        plan = Plan(engine)
        engine.start()
        hosted.wait_until_it_hosts()
        first, second, far = soon(16), soon(18), soon(3600)
        job_at(engine, "/good", first, second)
        job_at(engine, "/bad", first, script="exit 3")
        job_at(engine, "/moved", far)
        known = {"/good", "/bad", "/moved"}
        engine.wait_until(lambda: known <= jobs_of(engine), 15, "jobs of the engine; the services may be faster")
        wait_until(lambda: plan.states("/good") == [EntryState.PLANNED] * 2, 30, "the plan")
        wait_until(lambda: plan.states("/moved") == [EntryState.PLANNED], 30, "the plan")
        skip = f'<plan.change job="/good" action="skip" planned="{text(second)}" reason="not today" author="me"/>'
        engine.command(skip)
        engine.command(f'<plan.change job="/moved" action="move" planned="{text(far)}" start="{text(first)}"/>')
        engine.command(f'<plan.change job="/good" action="add" start="{text(far)}"/>')
        wanted = [EntryState.FINISHED, EntryState.SKIPPED, EntryState.PLANNED]
        wait_until(lambda: plan.states("/good") == wanted, 30, "one start, and one that is left out")
        assert plan.actions("/good") == [None, OverrideAction.SKIP, OverrideAction.ADD]
        assert plan.entries("/good")[1].reason == "not today"
        wait_until(lambda: plan.states("/bad") == [EntryState.FAILED], 20, "the failed start")
        wait_until(lambda: plan.states("/moved") == [EntryState.FINISHED], 20, "the moved start")
        [moved] = plan.entries("/moved")
        assert moved.planned_at == far
        assert moved.started_at is not None
        assert abs((moved.started_at - first).total_seconds()) < 5
        assert any("planned" in run.text for run in hosted.runs("daily_plan"))
        assert hosted.end() == 0


def test_another_instance_goes_on_after_death_frost_and_a_wish(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine, ServicesProcess(engine, "one") as one:
        one.wait_until_it_hosts()
        with ServicesProcess(engine, "two") as two:
            wait_until(lambda: two.instance() is not None, 20, "the second instance")
            assert not two.hosts()
            one.kill9()
            two.wait_until_it_hosts(15)
            with ServicesProcess(engine, "three") as three:
                wait_until(lambda: three.instance() is not None, 20, "the third instance")
                os.kill(two.pid, signal.SIGSTOP)
                three.wait_until_it_hosts(20)
                os.kill(two.pid, signal.SIGCONT)
                wait_until(lambda: not two.hosts(), 15, "the thawed instance notices")
                assert three.hosts()
                database = create(engine.database_url, "web")
                with writing(database) as connection:
                    assert services.want_instance(connection, engine.scheduler_id, "two", "somebody", soon(0))
                    assert not services.want_instance(connection, engine.scheduler_id, "nobody", "somebody", soon(0))
                database.dispose()
                two.wait_until_it_hosts(15)
                wait_until(lambda: not three.hosts(), 15, "the other one stands by")
                assert two.end() == 0
                assert two.instance() is None, "who ends in order is not taken for dead"
                three.wait_until_it_hosts(10)
