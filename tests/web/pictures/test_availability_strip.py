"Bars for hours or days in which a member was heard of, and the words that say the same."

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.beats import Heard
from web.pictures.availability import availability, begin_of

NOW = datetime(2026, 3, 29, 14, 25, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_the_last_bar_is_that_of_the_hour_or_day_that_goes_on() -> None:
    assert begin_of("hour", NOW) == datetime(2026, 3, 28, 15, tzinfo=UTC)
    assert begin_of("day", NOW) == datetime(2026, 2, 28, tzinfo=UTC)


def test_a_full_bar_a_lower_one_with_a_mark_and_gaps() -> None:
    begin = begin_of("hour", NOW)
    heard = [Heard("a", begin, 60, 0), Heard("a", begin + 2 * HOUR, 60, 15), Heard("a", begin + 23 * HOUR, 25, 25)]
    strip = availability(heard, "hour", NOW)
    assert [(bar.x, bar.height, bar.gap) for bar in strip.bars] == [(0, 20, False), (20, 15, True), (230, 1, True)]
    assert strip.words == "Last 24 hours: heard of in 72 % of 145 recorded minutes, silent in 2 hours"
    assert strip.width == 240


@pytest.mark.parametrize(("span", "words"), [("hour", "24 hours"), ("day", "30 days")])
def test_nothing_recorded_is_said(span: str, words: str) -> None:
    strip = availability([], span, NOW)  # type: ignore[arg-type]
    assert (strip.bars, strip.words) == ((), f"Nothing is recorded of the last {words}")


def test_what_lies_outside_is_left_out() -> None:
    begin = begin_of("day", NOW)
    heard = [Heard("a", begin - DAY, 9, 0), Heard("a", begin + 29 * DAY, 9, 0), Heard("a", begin + 30 * DAY, 9, 0)]
    assert [bar.x for bar in availability(heard, "day", NOW).bars] == [290]
