"What members of an active cluster read and write of each other's steps, and the fence of each of them."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.batch import Writer
from models.connect import Engine, create, reading, writing
from models.errors import FenceError
from models.members import Member, put_member
from models.read import members
from models.sharing import declare_dead, renew_member
from models.sharing_line import SharingLine
from scheduler.changes import Change, Kind
from scheduler.cluster.assignment import Assignment, Heard, Report, ReportKey, Wanted

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ME = Member("id/one:1", "one", 1, "1", NOW, "running", run_token="r1", distributed=True)
ENDED = Report(7, Heard.ENDED, "r1", "{}", b"a log\0")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create(database_url, "web")
    yield engine
    engine.dispose()


@pytest.fixture
def line(database_url: str, engine: Engine) -> Iterator[SharingLine]:
    with writing(engine) as connection:
        put_member(connection, "id", ME, NOW)
    line = SharingLine(database_url, "id")
    yield line
    line.close()


@pytest.fixture
def writer(database_url: str) -> Iterator[Writer]:
    writer = Writer(database_url, "id", "id/lead:2")
    writer.open(NOW)
    yield writer
    writer.close()


def test_a_report_is_there_once_and_goes_with_the_batch_that_drops_it(line: SharingLine, writer: Writer) -> None:
    started = Report(7, Heard.STARTED, "r1", '{"pid": 3}')
    line.put(ME, [ENDED])
    line.put(ME, [started, replace_body(ENDED)])
    assert line.reports() == [started, ENDED]
    drop = tuple((Report, ReportKey(7, heard)) for heard in (Heard.STARTED, Heard.ENDED))
    writer.write([Change(Kind.TASK_REPORTED, "/", drop=drop)], now=NOW)
    assert line.reports() == []


def replace_body(report: Report) -> Report:
    "As if it were told a second time."
    return Report(report.task_id, report.heard, report.member_run, "other", report.log)


def test_each_run_of_a_member_finds_its_own_assignments(line: SharingLine, writer: Writer) -> None:
    mine = [Assignment(1, Wanted.LAUNCH, "r1", "a"), Assignment(1, Wanted.END, "r1", "b"),
            Assignment(2, Wanted.LAUNCH, "r1", "c")]  # fmt: skip
    put = (*reversed(mine), Assignment(3, Wanted.LAUNCH, "r2", "d"))
    writer.write([Change(Kind.ORDER_TAKEN, "/", put=put)], now=NOW)
    assert line.assignments("r1") == mine
    writer.write([Change(Kind.ORDER_TAKEN, "/", drop=((Assignment, mine[0].key),))], now=NOW)
    assert line.assignments("r1") == mine[1:]


def test_what_was_declared_dead_neither_reports_nor_beats(line: SharingLine, writer: Writer, engine: Engine) -> None:
    assert declare(engine, writer.token)
    with pytest.raises(FenceError):
        line.put(ME, [ENDED])
    with pytest.raises(FenceError), writing(engine) as connection:
        renew_member(connection, "id", ME, NOW)
    assert line.reports() == []


def test_another_run_of_the_member_has_another_fence(line: SharingLine, engine: Engine) -> None:
    with writing(engine) as connection:
        put_member(connection, "id", replace(ME, run_token="r2"), NOW)
    with pytest.raises(FenceError):
        line.put(ME, [ENDED])


def test_who_has_beaten_since_is_not_declared_dead(line: SharingLine, writer: Writer, engine: Engine) -> None:
    with reading(engine) as connection:
        (seen,) = members(connection, "id")
    with writing(engine) as connection:
        renew_member(connection, "id", ME, NOW + timedelta(seconds=1))
    with writing(engine) as connection:
        assert not declare_dead(connection, "id", seen, by="id/lead:2", token=writer.token)
    line.put(ME, [ENDED])


def test_only_who_leads_declares_dead(line: SharingLine, writer: Writer, engine: Engine) -> None:
    assert not declare(engine, "somebody else")
    line.put(ME, [ENDED])


def declare(engine: Engine, token: str) -> bool:
    with reading(engine) as connection:
        (seen,) = members(connection, "id")
    with writing(engine) as connection:
        return declare_dead(connection, "id", seen, by="id/lead:2", token=token)
