"The lines of a plan day, what became of them, and how long they should take."

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.plan.duration import expected_seconds
from scheduler.plan.expected import Expected, expected
from scheduler.plan.match import matched
from scheduler.plan.override import Override, OverrideAction, PlanKey
from scheduler.plan.state import Actual, EntryState, state_of, was_late
from scheduler.run_time.calendar import StartKind
from tests.support.run_times import BERLIN, at, plan

KEY = PlanKey("job", "/j")
DAY = at("2026-03-02 00:00"), at("2026-03-03 00:00")


def entries(text: str, *overrides: Override) -> list[Expected]:
    return expected(KEY, "/J", plan(text), overrides, *DAY)


def override(number: int, action: OverrideAction, planned: str = "", start: str = "") -> Override:
    return Override(
        number, "job", "/J", action, at(f"2026-03-02 {planned}") if planned else None,
        at(f"2026-03-02 {start}") if start else None, DAY[0],
    )  # fmt: skip


def clock(instant: datetime | None) -> str:
    return instant.astimezone(BERLIN).strftime("%H:%M") if instant is not None else ""


def test_each_single_start_and_each_point_of_a_wide_grid_is_a_line() -> None:
    found = entries(
        '<run_time><period begin="08:00" end="10:00" absolute_repeat="3600"/><period single_start="09:30"/></run_time>'
    )
    assert [(clock(each.planned_at), each.start_kind, each.every) for each in found] == [
        ("08:00", StartKind.GRID, 0), ("09:00", StartKind.GRID, 0), ("09:30", StartKind.SINGLE, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("period", "kind", "count"),
    [
        ('repeat="600"', StartKind.REPEAT, 12),
        ('repeat="50:00"', StartKind.REPEAT, 1),
        ('absolute_repeat="60"', StartKind.GRID, 120),
    ],
)
def test_dense_starts_and_repeats_are_one_line_for_each_period(period: str, kind: StartKind, count: int) -> None:
    [found] = entries(f'<run_time><period begin="08:00" end="10:00" {period}/></run_time>')
    assert (clock(found.planned_at), clock(found.until)) == ("08:00", "10:00")
    assert (found.start_kind, found.count) == (kind, count)


def test_changes_are_shown_at_the_start_that_they_are_about() -> None:
    found = entries(
        '<run_time><period single_start="08:00"/><period single_start="09:00"/></run_time>',
        override(3, OverrideAction.SKIP, "08:00"),
        override(4, OverrideAction.MOVE, "09:00", "11:00"),
        override(5, OverrideAction.ADD, "", "07:00"),
    )
    assert [(clock(each.planned_at), clock(each.start_at), each.override) for each in found] == [
        ("07:00", "07:00", 5), ("08:00", "", 3), ("09:00", "11:00", 4),
    ]  # fmt: skip


def test_a_change_of_one_point_of_a_dense_grid_has_a_line_of_its_own() -> None:
    found = entries(
        '<run_time><period begin="08:00" end="09:00" absolute_repeat="60"/></run_time>',
        override(1, OverrideAction.SKIP, "08:07"),
    )
    lines = [(clock(each.planned_at), each.count, each.override) for each in found]
    assert lines == [("08:00", 60, 0), ("08:07", 1, 1)]


SOON, LATER = timedelta(seconds=30), timedelta(seconds=90)
T = at("2026-03-02 10:00")


@pytest.mark.parametrize(
    ("start_at", "actual", "now", "state", "late"),
    [
        (None, None, T, EntryState.SKIPPED, False),
        (T, None, T - SOON, EntryState.PLANNED, False),
        (T, None, T + SOON, EntryState.SUBMITTED, False),
        (T, None, T + LATER, EntryState.LATE, True),
        (T, None, T + timedelta(hours=2), EntryState.MISSED, True),
        (T, Actual(T), T + SOON, EntryState.STARTED, False),
        (T, Actual(T + LATER), T + LATER + SOON, EntryState.STARTED, True),
        (T, Actual(T), T + timedelta(seconds=140), EntryState.STARTED, False),
        (T, Actual(T), T + timedelta(seconds=151), EntryState.OVERDUE, False),
        (T, Actual(T, T + SOON), T + LATER, EntryState.FINISHED, False),
        (T, Actual(T, T + SOON, True), T + LATER, EntryState.FAILED, False),
        (None, Actual(T), T + SOON, EntryState.STARTED, False),
    ],
)
def test_what_became_of_a_start(
    start_at: datetime | None, actual: Actual | None, now: datetime, state: EntryState, late: bool
) -> None:
    assert state_of(start_at, actual, 100.0, T + timedelta(hours=1), now) is state
    assert was_late(start_at, actual, now) is late


def test_without_former_runs_nothing_is_overdue() -> None:
    assert state_of(T, Actual(T), None, None, T + timedelta(days=3)) is EntryState.STARTED


def test_a_run_belongs_to_the_start_before_it_and_the_others_are_gone() -> None:
    lines = entries('<run_time><period begin="08:00" end="12:00" absolute_repeat="3600"/></run_time>')
    runs = [Actual(at("2026-03-02 09:30")), Actual(at("2026-03-02 10:00")), Actual(at("2026-03-02 10:20"))]
    found = matched(lines, runs, DAY[1])
    assert [[clock(run.started_at) for run in each.runs] for each in found] == [[], ["09:30"], ["10:00"], []]
    assert [clock(each.gone_at) for each in found] == ["09:00", "10:00", "11:00", "00:00"]


def test_a_dense_line_takes_all_its_runs() -> None:
    lines = entries('<run_time><period begin="08:00" end="09:00" repeat="60"/></run_time>')
    runs = [Actual(at("2026-03-02 08:00") + timedelta(minutes=n)) for n in range(-3, 50)]
    assert len(matched(lines, runs, DAY[1])[0].runs) == 50


@given(st.lists(st.floats(0, 1e6), max_size=80))
def test_the_expected_duration_lies_between_the_shortest_and_the_longest_of_the_last_runs(last: list[float]) -> None:
    found = expected_seconds(last)
    if not last:
        assert found is None
    else:
        assert found is not None
        assert min(last[:30]) <= found <= max(last[:30])


def test_one_outlier_does_not_change_what_is_expected() -> None:
    assert expected_seconds([10, 11, 12, 10, 3000]) == 11
    assert expected_seconds([10, 20]) == 15
