"""Of each minute that is over the longest silence of each member."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduler.cluster.beat_minutes import BeatMinute, BeatMinutes

BEGIN = datetime(2026, 3, 29, 14, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def test_a_minute_is_told_once_when_it_is_over() -> None:
    minutes = BeatMinutes()
    assert minutes.look({"a": 0.0, "b": 0.2}, after(10)) == []
    assert minutes.look({"a": 4.04, "b": 0.1}, after(59.9)) == []
    assert minutes.look({"a": 1.0}, after(60)) == [BeatMinute("a", BEGIN, 4.0), BeatMinute("b", BEGIN, 0.2)]
    assert minutes.look({"a": 0.0}, after(61)) == []
    assert minutes.look({}, after(300)) == [BeatMinute("a", after(60), 1.0)], "minutes that nobody watched are missing"
    assert minutes.look({}, after(400)) == []
