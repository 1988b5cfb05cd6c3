"""Whenever the services are killed, the next ones go on: no planned start is lost or told twice, and what goes on at
its time is noted once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models import audit, read, tables
from models.connect import create, reading
from models.read.plan_entries import Wanted
from scheduler.plan.state import EntryState
from tests.support.engine import EngineProcess
from tests.support.services import ServicesProcess
from tests.support.transaction_holder import TransactionHolder
from tests.support.waiting import wait_until

JOBS = 12


def jobs_ahead(engine: EngineProcess) -> str:
    "The folder of jobs with one start each, half a second apart, none of which has come. Busy machines get more time."
    for attempt in range(6):
        folder, lead = f"/try{attempt}", 8 * 2**attempt
        begin = (datetime.now(UTC) + timedelta(seconds=lead)).replace(microsecond=0)
        for number in range(JOBS):
            start = begin + timedelta(seconds=number // 2)
            run_time = f'<run_time><at at="{start:%Y-%m-%d %H:%M:%S}"/></run_time>'
            engine.job(f"{folder}/j{number:02}", f'<job><script language="shell">exit 0</script>{run_time}</job>')
        engine.command("<check_folders/>")
        engine.wait_until(lambda: known(engine, folder) == JOBS, 60, "the jobs")  # noqa: B023
        if datetime.now(UTC) < begin - timedelta(seconds=1):
            return folder
    raise AssertionError("the machine is too slow for starts minutes ahead")


def known(engine: EngineProcess, folder: str) -> int:
    shown = engine.command('<show_state what="jobs"/>').iter("job")
    return sum(str(job.get("path")).startswith(f"{folder}/") for job in shown)


class Told:
    "What the plan says of the jobs, as name and state of each entry."

    def __init__(self, engine: EngineProcess, folder: str) -> None:
        self._engine = engine
        self._folder = folder
        self.database = create(engine.database_url, "reader")

    def entries(self) -> list[tuple[str, EntryState]]:
        today, scheduler_id = datetime.now(UTC).date(), self._engine.scheduler_id
        with reading(self.database) as connection:
            days = read.planned_days(connection, scheduler_id, today - timedelta(days=1), today + timedelta(days=1))
            pages = [
                read.plan_entries(connection, scheduler_id, each.day, Wanted(text=self._folder), 0, 500)
                for each in days
            ]
        return sorted((entry.path, entry.state) for page in pages for entry in page.rows)

    def finished(self) -> int:
        return sum(state is EntryState.FINISHED for _, state in self.entries())

    def released(self) -> list[str]:
        "The jobs of which the audit says that they went on at their time."
        with reading(self.database) as connection:
            found = audit.entries(connection, only=audit.Filter(self._engine.scheduler_id, action="job.unstop"))
        return sorted(entry.object for entry in found)

    def runs(self) -> dict[str, int]:
        c = tables.tasks.c
        statement = select(c.job, func.count().label("runs")).where(c.job.startswith(self._folder)).group_by(c.job)
        with reading(self.database) as connection:
            return {row.job: row.runs for row in connection.execute(statement)}


def test_a_process_that_is_frozen_within_a_transaction_keeps_nobody_from_taking_over(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine, ServicesProcess(engine, "one") as one:
        one.wait_until_it_hosts()
        with ServicesProcess(engine, "two") as two:
            wait_until(lambda: two.instance() is not None, 30, "the second instance")
            one.freeze()
            with TransactionHolder(engine.database_url) as holder:
                holder.process.send_signal(signal.SIGSTOP)
                two.wait_until_it_hosts(60)
                assert holder.process.wait(30) == -signal.SIGKILL


@pytest.mark.longest
def test_no_planned_start_and_no_release_is_lost_or_told_twice(tmp_path: Path, database_url: str) -> None:
    with EngineProcess(tmp_path, database_url, arguments=("-time-zone=UTC",)) as engine:
        held = [f"/held/h{number}" for number in range(5)]
        for path in held:
            engine.shell_job(path, "exit 0")
        engine.start()
        told = Told(engine, jobs_ahead(engine))
        moments: list[Callable[[ServicesProcess], bool]] = [
            lambda services: services.instance() is not None,
            lambda services: services.hosts(),
            lambda _: len(told.entries()) == JOBS,
            lambda _: told.finished() > 0,
            lambda _: told.finished() > JOBS // 2,
        ]
        assert len(moments) == len(held)
        for number, moment in enumerate(moments):
            engine.command(f'<modify_job job="{held[number]}" cmd="stop" until="now+1"/>')
            with ServicesProcess(engine, f"number {number}") as services:
                wait_until(lambda: moment(services), 90, f"moment {number}; {services.said()}")  # noqa: B023
                services.kill9()
        names = [name for name, _ in told.entries()]
        with ServicesProcess(engine, "the last one"):
            wait_until(lambda: told.finished() == JOBS, 90, "the whole plan")
            assert [name for name, _ in told.entries()] == names
            wait_until(lambda: len(told.released()) >= len(held), 90, "all releases")
        assert len(set(names)) == len(names) == JOBS
        assert told.runs() == dict.fromkeys(names, 1)
        assert told.released() == held
        told.database.dispose()
