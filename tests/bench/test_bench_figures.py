"A figure says honestly whether its goal is reached."

from __future__ import annotations

import pytest

from bench.figures import Figure, Goal, number, percentile, table

MORE = Goal(35, 50)
LESS = Goal(20, 10, lower=True)


@pytest.mark.parametrize(("goal", "value", "verdict"), [
    (MORE, 50, "target"), (MORE, 49.9, "must"), (MORE, 35, "must"), (MORE, 34.9, "short"),
    (LESS, 10, "target"), (LESS, 10.1, "must"), (LESS, 20, "must"), (LESS, 20.1, "short"),
])
def test_the_verdict_is_the_highest_bar_that_is_reached(goal: Goal, value: float, verdict: str) -> None:
    assert goal.reached(value) == verdict


def test_a_ratio_above_one_is_good_in_both_directions() -> None:
    assert Figure("a", 70, "%", goal=MORE).ratio == 2
    assert Figure("a", 10, "ms", goal=LESS).ratio == 2
    assert Figure("a", 10, "ms").ratio is None


def test_a_percentile_of_few_values_is_one_of_them() -> None:
    assert percentile([3, 1, 2], 50) == 2
    assert percentile([3, 1, 2], 99) == 3
    assert percentile(range(1000), 99) == 990


def test_numbers_are_short() -> None:
    assert [number(value) for value in (1234.5, 12.345, 0.04321)] == ["1,234", "12.3", "0.0432"]


def test_the_table_shows_what_falls_short() -> None:
    text = table([Figure("steps", 20, "%", "sqlite", MORE), Figure("limit", 1800, "/s")])
    (line,) = [line for line in text.splitlines() if line.startswith("steps")]
    assert line.split() == ["steps", "sqlite", "20", "%", ">=", "35", ">=", "50", "0.57", "SHORT"]
