"A time of day alone gets its day: the next one, or that of a planned start, also when the clock is changed."

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.clock_times import Here, clock_of, with_day

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 3, 28, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("06:00", time(6)), (" 6:00 ", time(6)), ("23:59:58", time(23, 59, 58)), ("0:00", time(0)),
        ("24:00", None), ("6", None), ("06:60", None), ("06:00Z", None), ("+06:00", None), ("٠٦:٠٠", None), ("", None),
    ],
)  # fmt: skip
def test_only_a_time_of_day_is_one(text: str, clock: time | None) -> None:
    assert clock_of(text) == clock


@pytest.mark.parametrize(
    ("clock", "planned", "instant"),
    [
        (time(21, 31), "", "2026-03-28T20:31:00Z"),
        (time(21, 30), "", "2026-03-29T19:30:00Z"),  # it is that time now, so the next one is meant
        (time(6), "", "2026-03-29T04:00:00Z"),
        (time(2, 30), "", "2026-03-29T01:00:00Z"),  # skipped: the change itself
        (time(6), "2026-10-25 02:00", "2026-10-25T05:00:00Z"),
        (time(2, 30), "2026-10-25 01:00", "2026-10-25T00:30:00Z"),  # doubled: the first one
        (time(6), "2026-03-20T23:30:00Z", "2026-03-21T05:00:00Z"),  # there it is the next day already
        (time(6), "02:00", "2026-03-29T04:00:00Z"),
    ],
)
def test_the_day_is_the_next_one_or_that_of_the_planned_start(clock: time, planned: str, instant: str) -> None:
    assert with_day(clock, Here(EVENING, BERLIN), planned) == instant


@given(
    st.integers(1_600_000_000, 2_100_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.times(),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"]),
)
def test_the_next_one_lies_ahead_and_at_most_a_day_and_a_change_away(now: datetime, at: time, name: str) -> None:
    clock = at.replace(microsecond=0)
    found = datetime.fromisoformat(with_day(clock, Here(now, ZoneInfo(name))))
    assert timedelta() < found - now <= timedelta(hours=25)
