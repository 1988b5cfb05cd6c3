"Plan days: every instant lies in exactly one, whatever the clock does."

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.plan.day import PlanDays

ZONES = st.sampled_from(sorted(available_timezones()))
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2036, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001
BEGINS = st.integers(0, 86399)


@given(ZONES, BEGINS, INSTANTS)
def test_an_instant_lies_in_the_day_that_it_is_said_to_lie_in(zone: str, begin: int, instant: datetime) -> None:
    days = PlanDays(ZoneInfo(zone), begin)
    first, end = days.span(days.day_of(instant))
    assert first <= instant < end


@given(ZONES, BEGINS, st.dates(date(1990, 1, 1), date(2036, 1, 1)))
def test_days_follow_each_other_without_gaps(zone: str, begin: int, day: date) -> None:
    days = PlanDays(ZoneInfo(zone), begin)
    assert days.span(day)[1] == days.span(day + timedelta(days=1))[0]


@pytest.mark.parametrize(
    ("zone", "begin", "day", "first", "hours"),
    [
        ("Europe/Berlin", 0, "2026-03-29", "2026-03-28T23:00", 23),
        ("Europe/Berlin", 0, "2026-10-25", "2026-10-24T22:00", 25),
        ("Europe/Berlin", 6 * 3600, "2026-03-28", "2026-03-28T05:00", 23),
        ("Europe/Berlin", 6 * 3600, "2026-03-29", "2026-03-29T04:00", 24),
        ("Pacific/Kiritimati", 0, "2026-01-01", "2025-12-31T10:00", 24),
        ("Pacific/Pago_Pago", 0, "2026-01-01", "2026-01-01T11:00", 24),
        ("UTC", 0, "2028-02-29", "2028-02-29T00:00", 24),
    ],
)
def test_days_of_known_lengths(zone: str, begin: int, day: str, first: str, hours: int) -> None:
    start, end = PlanDays(ZoneInfo(zone), begin).span(date.fromisoformat(day))
    assert start == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert end - start == timedelta(hours=hours)


def test_a_day_that_a_zone_has_skipped_is_empty() -> None:
    "Samoa had no 30 December 2011."
    start, end = PlanDays(ZoneInfo("Pacific/Apia")).span(date(2011, 12, 30))
    assert start == end


def test_a_day_begins_within_the_day() -> None:
    with pytest.raises(ValueError, match="between"):
        PlanDays(ZoneInfo("UTC"), 86400)
