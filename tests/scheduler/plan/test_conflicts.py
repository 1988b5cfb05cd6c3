"Starts that overtake each other, and more tasks at once than a process class permits."

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.plan.conflicts import Peak, clashes, overlapped, peaks

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "seconds", "found"),
    [
        ([0, 10, 20], 700, [0, 10]),
        ([0, 10, 30], 700, [0]),
        ([0, 10], 600, []),  # over just in time
        ([0, 10], None, []),
        ([], 5, []),
    ],
)
def test_a_start_is_overtaken_by_the_next_one(minutes: list[int], seconds: float | None, found: list[int]) -> None:
    assert overlapped([at(each) for each in minutes], seconds) == {at(each) for each in found}


def test_a_peak_lasts_as_long_as_there_are_too_many() -> None:
    spans = [(at(0), 600.0), (at(5), 600.0), (at(6), 60.0), (at(30), 60.0), (at(30), 60.0), (at(30), 60.0)]
    assert peaks(spans, 2) == [Peak(at(6), at(7), 3, 2), Peak(at(30), at(31), 3, 2)]
    assert peaks(spans, 3) == []
    assert peaks([(at(0), 60.0), (at(1), 60.0)], 1) == []  # one ends as the other begins


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=30), st.integers(1, 5))
def test_peaks_hold_exactly_the_moments_with_too_many(spans: list[tuple[int, int]], allowed: int) -> None:
    found = peaks([(at(begin), 60.0 * length) for begin, length in spans], allowed)
    for minute in range(80):
        running = sum(begin <= minute < begin + length for begin, length in spans)
        inside = [each for each in found if each.begin <= at(minute) < each.end]
        assert bool(inside) == (running > allowed)
        assert all(running <= each.most for each in inside)


@pytest.mark.parametrize(
    ("alone", "together", "allowed", "found"),
    [
        ([(0, 10), (5, 10)], [], None, [(5, 10, 2, 1)]),
        ([(0, 10), (10, 10)], [], None, []),  # one ends as the other begins
        ([(5, 2)], [(0, 10), (1, 10)], None, [(5, 7, 3, 1)]),
        ([], [(0, 10), (1, 10)], None, []),
        ([], [(0, 10), (1, 10), (2, 1)], 2, [(2, 3, 3, 2)]),
        ([(1, 1)], [(0, 10), (2, 10), (3, 10)], 2, [(1, 2, 2, 1), (3, 10, 3, 2)]),
    ],
)
def test_who_wants_a_lock_alone_is_in_the_way_of_all_others(
    alone: list[tuple[int, int]],
    together: list[tuple[int, int]],
    allowed: int | None,
    found: list[tuple[int, int, int, int]],
) -> None:
    spans = [[(at(begin), 60.0 * length) for begin, length in each] for each in (alone, together)]
    assert clashes(*spans, allowed) == [Peak(at(begin), at(end), most, limit) for begin, end, most, limit in found]
