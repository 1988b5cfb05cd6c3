"Lists of a plan day are the same whether its starts have entries yet or not, page by page and through each filter."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import Connection, Engine

from models import plan, plan_starts
from models.connect import writing
from models.plan import EntryRow
from models.plan_starts import StartsRow, values_of
from models.read.plan_entries import ALL, PlanEntry, Wanted, entries_of_keys, plan_entries, plan_rows
from scheduler.plan.expected import Expected
from scheduler.plan.override import OverrideAction, PlanKey
from scheduler.plan.series import series_of
from scheduler.plan.state import EntryState
from scheduler.run_time.calendar import StartKind

DAY = date(2030, 3, 5)
BEGIN = datetime(2030, 3, 5, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = BEGIN + 2 * HOUR
WANTED = [
    ALL, Wanted(text="JOB1"), Wanted(schedule="/HOURLY"), Wanted((EntryState.PLANNED,)), Wanted((EntryState.FINISHED,)),
    Wanted(late=True), Wanted((EntryState.PLANNED, EntryState.SUBMITTED), text="sales", schedule="/hourly"),
]  # fmt: skip


def starts(number: int) -> list[Expected]:
    "Of a job: hourly by a schedule, or twice by its own run time, or one entry for many."
    name = f"/sales/job{number}" if number % 2 else f"/Job{number}"
    key = PlanKey("job", name.lower())
    if number % 5 == 4:
        return [Expected(*key, name, BEGIN, BEGIN, StartKind.REPEAT, every=60.0, until=BEGIN + HOUR, count=60)]
    hours, schedule = (range(24), "/hourly") if number % 3 else ((1, 9), "")
    return [Expected(*key, name, at, at, StartKind.GRID, schedule) for at in (BEGIN + each * HOUR for each in hours)]


def fill(connection: Connection, scheduler_id: str, told: bool) -> None:
    "Starts before NOW are finished; `told`: the others have entries, too."
    plan.put_day(connection, scheduler_id, DAY, (BEGIN, BEGIN + 24 * HOUR), "UTC", NOW)
    for number in range(12):
        entries = starts(number)
        rows = [
            EntryRow(DAY, each, "", 5.0, EntryState.FINISHED if each.planned_at < NOW else EntryState.PLANNED)
            for each in entries
            if told or each.planned_at < NOW
        ]
        plan.replace_entries(connection, scheduler_id, DAY, (), rows)
        ahead = [each.planned_at for each in entries if each.planned_at >= NOW]
        key = entries[0].plan_key
        row = StartsRow(DAY, key, entries[0].object, series_of(entries, BEGIN).text, min(ahead, default=None), 5.0)
        plan_starts.put_starts(connection, values_of(scheduler_id, [replace(row, next_at=None) if told else row]))
    skipped = Expected("job", "/job0", "/Job0", NOW, None, StartKind.SINGLE, override=3, action=OverrideAction.SKIP)
    plan.replace_entries(connection, scheduler_id, DAY, (), [EntryRow(DAY, skipped, state=EntryState.SKIPPED)])


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with writing(engine) as connection:
        fill(connection, "told", True)
        fill(connection, "ahead", False)
    return engine


def test_pages_of_starts_without_entries_are_those_of_entries(filled: Engine) -> None:
    with filled.connect() as connection:
        for wanted, (offset, limit) in product(WANTED, [(0, 7), (3, 50), (40, 1), (20, 25), (0, 1000), (999, 5)]):
            told, ahead = (
                plan_entries(connection, each, DAY, wanted, offset, limit) for each in ("told", "ahead")
            )
            assert ahead == told, (wanted, offset, limit)
        everything = plan_entries(connection, "ahead", DAY, ALL, 0, 1000)
        assert everything.total == len(everything.rows) == sum(len(starts(number)) for number in range(12)) + 1
        pages = [plan_entries(connection, "ahead", DAY, ALL, at, 10).rows for at in range(0, everything.total, 10)]
        assert [each for page in pages for each in page] == list(everything.rows)


def test_rows_of_a_drawing_and_of_objects_are_the_same_too(filled: Engine) -> None:
    with filled.connect() as connection:
        for wanted, (offset, objects) in product(WANTED, ((0, 3), (3, 3), (0, 200), (200, 3))):
            assert plan_rows(connection, "ahead", DAY, wanted, offset, objects) == plan_rows(
                connection, "told", DAY, wanted, offset, objects
            ), (wanted, offset, objects)
        keys = [PlanKey("job", "/job0"), PlanKey("job", "/sales/job1"), PlanKey("job", "/no")]
        span = (BEGIN, BEGIN + 24 * HOUR)
        ahead, told = (entries_of_keys(connection, each, DAY, keys, span) for each in ("ahead", "told"))
        assert ahead.keys() == {*keys[:2]}
        assert {key: sorted(found, key=at) for key, found in ahead.items()} == {
            key: sorted(found, key=at) for key, found in told.items()
        }
        some = entries_of_keys(connection, "ahead", DAY, keys, (NOW, NOW + HOUR))
        assert {key: [at(each) for each in found] for key, found in some.items()} == {
            key: [at(each) for each in found if NOW <= each.planned_at <= NOW + HOUR] for key, found in ahead.items()
        }


def at(entry: PlanEntry) -> tuple[datetime, int]:
    return entry.planned_at, entry.override


def test_counts_of_a_day_are_the_same(filled: Engine) -> None:
    with filled.connect() as connection:
        told, ahead = (plan.summary_of(connection, each, DAY, BEGIN) for each in ("told", "ahead"))
    assert ahead == told
    assert sum(count for *_, count in ahead) == sum(len(starts(number)) for number in range(12)) + 1


def test_a_day_that_is_not_worked_out_is_empty(engine: Engine) -> None:
    with engine.connect() as connection:
        assert plan_entries(connection, "nobody", DAY).rows == ()
        assert plan_rows(connection, "nobody", DAY) == ([], 0)
