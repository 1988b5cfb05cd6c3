"What is old goes, a little at a time, and nothing else does."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from models import file_versions, notices, operations, plan, reports, services, tables
from models.batch import TaskLog
from models.clean_up import CHOOSE
from models.operations import Operation, State
from models.plan import EntryRow
from models.reports import Ran
from netcore.services.clean_up import CleanUp
from scheduler.changes import Change, Kind
from scheduler.monitor.events import Event
from scheduler.monitor.notice import Notice, NoticeState
from scheduler.monitor.rules import Severity
from scheduler.plan.expected import Expected
from scheduler.plan.state import EntryState
from scheduler.records import TaskState
from scheduler.retention import ALONE, BESIDE, DAYS, LEAST, MOST, Retention, Window, next_size
from scheduler.run_time.calendar import StartKind
from tests.support.hosting import Hosting
from tests.support.rows import SCHEDULER, Rows, a_run, a_step, a_task

UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def hosting(database_url: str, tmp_path: Path) -> Iterator[Hosting]:
    found = Hosting(database_url, tmp_path)
    yield found
    found.close()


def test_every_kind_has_its_way_of_deleting() -> None:
    assert CHOOSE.keys() == DAYS.keys()


def test_old_rows_of_each_kind_go_and_others_stay(hosting: Hosting) -> None:
    fill(hosting)
    short = Retention(dict.fromkeys(DAYS, 10))
    cleaning = CleanUp(hosting.around, short)
    assert cleaning.run() == ""  # without a window only when somebody wants it
    told = cleaning.run_asked()
    single = ("plan", "notices", "operations", "logins", "reports", "beats", "versions")
    for part in ("3 tasks", "2 orders", *(f"1 {kind}" for kind in single)):
        assert part in told
    assert [row.id for row in hosting.rows(tables.tasks)] == [3, 4, 6]
    assert [row.task_id for row in hosting.rows(tables.task_logs)] == [6]
    assert [row.history_id for row in hosting.rows(tables.order_runs)] == [2, 4]
    assert [row.history_id for row in hosting.rows(tables.order_steps)] == [2, 4]
    assert [row.number for row in hosting.rows(tables.notices)] == [2, 3]
    assert [row.day for row in hosting.rows(tables.plan_entries)] == [hosting.now.date().isoformat()]
    assert len(hosting.rows(tables.report_days)) == 1
    assert [row.minute for row in hosting.rows(tables.beat_minutes)] == [hosting.now]
    assert [row.key for row in hosting.rows(tables.operations)] == ["new", "waits"]
    assert [row.operation for row in hosting.rows(tables.file_versions)] == ["new"]
    assert cleaning.run_asked() == "nothing is old enough"


def fill(hosting: Hosting) -> None:
    now = hosting.now
    old, older = now - timedelta(days=11), now - timedelta(days=99)
    with Rows(hosting.url) as rows:
        rows.put(
            a_task(1, started_at=older, ended_at=older), a_task(2, started_at=older, ended_at=older),
            a_task(3, started_at=older, ended_at=now), a_task(4, state=TaskState.RUNNING, started_at=older),
            a_task(5, started_at=old, ended_at=old), a_task(6, started_at=now, ended_at=now),
            [a_run(number, ended_at=end, started_at=older) for number, end in enumerate((old, None, old, now), 1)],
            [a_step(number, 1, number) for number in (1, 2, 3, 4)],
            logs=[TaskLog(5, b"log"), TaskLog(6, b"log")],
        )  # fmt: skip
    with hosting.connection() as connection:
        minutes = [{"scheduler_id": SCHEDULER, "minute": at, "member_id": "a", "silent": 0.0} for at in (old, now)]
        connection.execute(insert(tables.beat_minutes), minutes)
        over = NoticeState.CLOSED
        for number, state, end in ((1, over, old), (2, NoticeState.OPEN, None), (3, over, now)):
            notice = Notice(
                number, "r", Event.JOB_FAILED, Severity.MINOR, "/a", "/a", "", "", state, older, older, ended_at=end
            )
            notices.put(connection, SCHEDULER, [notice])
        for day in (now, old):
            expected = Expected("job", "/a", "/a", day, day, StartKind.SINGLE)
            row = EntryRow(day.date(), expected, state=EntryState.FINISHED)
            plan.replace_entries(connection, SCHEDULER, day.date(), [], [row])
            reports.add(connection, SCHEDULER, [(day.date().isoformat(), Ran("job", "/a", day, day, False))])
        attempts = [{"time": at, "account_key": "a", "address": "", "succeeded": True} for at in (old, now)]
        connection.execute(insert(tables.login_attempts), attempts)
        for key, at, state in (("new", now, "done"), ("old", old, "done"), ("waits", old, "waiting")):
            operation = Operation(key, 1, "me", SCHEDULER, "job.stop", "/a", "", State(state), at)
            operations.begin(connection, operation)
            written = '<modify_hot_folder><lock name="a"/></modify_hot_folder>'
            saved = replace(operation, action="file.edit", command=written)
            if key != "waits":
                file_versions.keep_after(connection, saved, at)


def test_the_journal_is_kept_until_every_service_has_dealt_with_it(hosting: Hosting) -> None:
    old = hosting.now - timedelta(days=20)
    hosting.write(*(Change(Kind.JOB_CHANGED, "/a") for _ in range(10)), at=old)
    hosting.write(Change(Kind.JOB_CHANGED, "/a"))
    cleaning = CleanUp(hosting.around, Retention({"journal": 7}))
    assert cleaning.run_asked() == "nothing is old enough"
    with hosting.connection() as connection:
        services.put_mark(connection, SCHEDULER, "history", 8)
        services.put_mark(connection, SCHEDULER, "monitor", 5)
    assert cleaning.run_asked() == "5 journal"
    with hosting.connection() as connection:
        for name in ("history", "monitor"):
            services.put_mark(connection, SCHEDULER, name, 11)
    assert cleaning.run_asked() == "5 journal"
    assert [row.id for row in hosting.rows(tables.journal)] == [11]


def test_it_runs_once_in_its_window_and_stops_with_it(hosting: Hosting) -> None:
    fill(hosting)
    hosting.now = datetime(2030, 1, 1, 0, 59, tzinfo=UTC)
    cleaning = CleanUp(hosting.around, Retention(dict.fromkeys(DAYS, 10), Window(3600, 7200, UTC_ZONE)))
    assert cleaning.run() == ""
    hosting.later(60)
    assert "tasks" in cleaning.run()
    assert not hosting.rows(tables.task_logs)
    assert cleaning.run() == ""
    hosting.later(3600)
    assert cleaning.run() == ""


def test_it_ends_between_two_transactions_when_it_has_to(hosting: Hosting) -> None:
    fill(hosting)
    hosting.around.ending.set()
    told = CleanUp(hosting.around, Retention(dict.fromkeys(DAYS, 10))).run_asked()
    assert told.endswith("the rest later")
    assert len(hosting.rows(tables.order_runs)) == 4


@pytest.mark.parametrize(
    ("begin", "end", "inside", "outside"),
    [
        (3600, 7200, "01:00 01:59", "00:59 02:00"),
        (82800, 3600, "23:00 00:00 00:59", "01:00 22:59"),
        (0, 0, "00:00 12:00", ""),
    ],
)
def test_a_window_may_go_over_midnight(begin: int, end: int, inside: str, outside: str) -> None:
    window = Window(begin, end, ZoneInfo("Europe/Berlin"))
    for clocks, wanted in ((inside, True), (outside, False)):
        for clock in clocks.split():
            at = datetime.fromisoformat(f"2026-06-01T{clock}:00+02:00").astimezone(UTC)
            assert window.holds(at) is wanted
    late = datetime.fromisoformat("2026-06-02T00:30:00+02:00")
    assert Window(82800, 3600, ZoneInfo("Europe/Berlin")).began_on(late) == "2026-06-01"


@given(st.integers(LEAST, MOST), st.floats(0, 10), st.sampled_from([ALONE, BESIDE]))
def test_the_number_of_rows_follows_what_they_cost(size: int, seconds: float, target: float) -> None:
    following = next_size(size, seconds, target)
    assert LEAST <= following <= MOST
    if seconds > target:
        assert following <= max(LEAST, size // 2)
    elif seconds < target / 2:
        assert following > size or following == MOST
