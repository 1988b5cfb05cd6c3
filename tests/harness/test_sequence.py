"No test is lost when long ones are brought forward."

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from tests.support.sequence import shared


def test_long_ones_stand_at_the_begin_of_each_stretch() -> None:
    long, short = [["A1", "A2"], ["B"], ["C"]], ["d", "e", "f", "g", "h", "i"]
    assert shared(long, short, 2) == ["A1", "A2", "C", "d", "e", "B", "f", "g", "h", "i"]


@given(st.lists(st.lists(st.integers(), max_size=9), max_size=9), st.lists(st.integers(), max_size=99),
       st.integers(1, 9))  # fmt: skip
def test_each_stays_there_once(long: list[list[int]], short: list[int], workers: int) -> None:
    assert sorted(shared(long, short, workers)) == sorted([*chain.from_iterable(long), *short])
