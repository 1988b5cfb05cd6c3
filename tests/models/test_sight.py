"A limited reader gets only rows in sight: from every function, in counts, joins and subqueries."

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, exists, func, select

from models import connect, read, sight, tables
from models.access import Access, Grant
from models.permissions import SHIPPED, Role
from scheduler.records import ObjectKind
from tests.support.rows import Rows, a_file, a_job, ago, fill


def limited(url: str, *grants: Grant) -> Iterator[Connection]:
    with Rows(url) as rows:
        fill(rows)
    engine = connect.create(url, "web")
    sight.install(engine)
    with connect.reading(engine) as connection:
        yield sight.limited_to(connection, Access(grants))
    engine.dispose()


@pytest.fixture
def housekeeper(database_url: str) -> Iterator[Connection]:
    "May see /housekeeping only."
    yield from limited(database_url, Grant(SHIPPED["viewer"], "", "/housekeeping/"))


@pytest.fixture
def stranger(sqlite_url: str) -> Iterator[Connection]:
    "May see everything, but on another scheduler."
    yield from limited(sqlite_url, Grant(SHIPPED["viewer"], "other", "/"))


def test_lists_counts_and_single_objects_are_limited(housekeeper: Connection) -> None:
    assert [row.path for row in read.jobs(housekeeper, "demo").rows] == ["/housekeeping/check_disk"]
    assert read.jobs(housekeeper, "demo").total == 1
    assert read.job(housekeeper, "demo", "/sales/load") is None
    assert read.job(housekeeper, "demo", "/housekeeping/check_disk") is not None
    assert read.chains(housekeeper, "demo").rows == ()
    assert read.chain(housekeeper, "demo", "/sales/daily") is None
    assert read.orders(housekeeper, "demo").rows == ()
    assert read.order(housekeeper, "demo", "/sales/daily", "late") is None
    assert all(task.job.startswith("/housekeeping/") for task in read.tasks(housekeeper, "demo"))
    assert read.runs(housekeeper, "demo") == []
    assert read.order_run(housekeeper, "demo", 3) is None
    assert all(row.path.startswith("/housekeeping/") for row in read.files_with_problems(housekeeper, "demo"))
    assert read.file(housekeeper, "demo", ObjectKind.JOB, "/sales/load") is None
    assert not any("sales" in row.object for row in read.recent_activity(housekeeper, "demo", limit=100))


def test_the_letter_case_of_a_folder_does_not_matter(database_url: str) -> None:
    with Rows(database_url) as rows:
        rows.put(a_file(a_job("/Payroll/Pay")))
    for connection in limited(database_url, Grant(SHIPPED["viewer"], "", "/payroll/")):
        assert read.file(connection, "demo", ObjectKind.JOB, "/Payroll/Pay") is not None
        assert read.file(connection, "demo", ObjectKind.JOB, "/sales/load") is None


def test_the_numbers_of_the_overview_count_what_is_in_sight(housekeeper: Connection) -> None:
    found = read.overview(housekeeper, "demo", ago(0))
    assert (found.jobs, found.chains, found.orders_total, found.jobs_stopped) == (1, 0, 0, 0)


def test_another_scheduler_is_another_place(stranger: Connection) -> None:
    assert read.jobs(stranger, "demo").rows == ()
    assert read.overview(stranger, "demo", ago(0)).jobs == 0


def test_inner_statements_and_aliases_are_limited_too(housekeeper: Connection) -> None:
    other = tables.jobs.alias()
    assert housekeeper.execute(select(func.count()).select_from(other)).scalar_one() == 1
    inner = select(tables.orders).subquery()
    assert housekeeper.execute(select(func.count()).select_from(inner)).scalar_one() == 0
    assert not housekeeper.execute(select(exists().where(tables.orders.c.order_id == "late"))).scalar_one()


def test_a_row_stays_when_only_what_is_joined_is_out_of_sight(sqlite_url: str) -> None:
    "Without config.view the file of a job is not told, but the job is."
    no_files = Role("no-files", "", "", ("jobs.view",))
    for connection in limited(sqlite_url, Grant(no_files)):
        rows = {row.path: row.problem_code for row in read.jobs(connection, "demo").rows}
        assert rows["/housekeeping/check_disk"] == ""
        assert len(rows) == 4


def test_a_folder_name_is_no_pattern(sqlite_url: str) -> None:
    for connection in limited(sqlite_url, Grant(SHIPPED["viewer"], "", "/%/"), Grant(SHIPPED["viewer"], "", "/s_les/")):
        assert read.jobs(connection, "demo").rows == ()


def test_without_limits_statements_are_left_alone(sqlite_url: str) -> None:
    for connection in limited(sqlite_url, Grant(SHIPPED["administrator"])):
        assert read.jobs(connection, "demo").total == 4
