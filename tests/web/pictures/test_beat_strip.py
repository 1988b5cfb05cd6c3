"""The strip of signs of life: bars that differ in height and form, and words that say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.cluster.beat_minutes import BeatMinute
from web.pictures.beats import MINUTES, STEP, begin_of, kind_of, recent, strip

NOW = datetime(2026, 3, 29, 14, 0, 30, tzinfo=UTC)


def minute(back: int, silent: float) -> BeatMinute:
    return BeatMinute("a", NOW.replace(second=0) - timedelta(minutes=back), silent)


@pytest.mark.parametrize(("silent", "kind"), [(0, "regular"), (2.1, "regular"), (2.2, "late"), (3.5, "silent")])
def test_a_minute_is_as_good_as_its_longest_silence(silent: float, kind: str) -> None:
    assert kind_of(silent) == kind


def test_minutes_stand_at_their_place_and_gaps_stay_gaps() -> None:
    found = strip([minute(60, 0.9), minute(59, 2.5), minute(1, 32.0)], NOW)
    assert [(bar.x // STEP, bar.kind) for bar in found.bars] == [(0, "regular"), (1, "late"), (59, "silent")]
    assert len({bar.height for bar in found.bars}) == 3, "told apart without colour"
    assert found.words == (
        "3 minutes of the last hour: 1 regular, 1 late, 1 silent, 57 without record; longest silence 32 s"
    )
    assert (found.worst, found.worst_at) == (32.0, minute(1, 32.0).minute)


def test_what_is_older_or_younger_is_not_shown() -> None:
    found = strip([minute(61, 9.0), minute(0, 9.0)], NOW)
    assert found.bars == ()
    assert found.words == "No minute of the last hour is recorded"


def test_a_good_hour_says_so() -> None:
    found = strip([minute(back, 0.4) for back in range(1, MINUTES + 1)], NOW)
    assert found.words == "60 minutes of the last hour: 60 regular; never silent for a second"
    assert begin_of(NOW) == minute(60, 0).minute


def test_ten_minutes_end_with_the_newest_part_and_gaps_stay_gaps() -> None:
    found = recent([0.4, None, 42.0])
    assert [(bar.x // STEP, bar.kind) for bar in found.bars] == [(57, "regular"), (59, "silent")]
    assert found.words == "Of ten seconds each: 1 regular, 1 silent, 58 without record; longest silence 42 s"
    assert recent([]).worst is None
    assert recent([None]).words == "Nothing is known of the last ten minutes"
