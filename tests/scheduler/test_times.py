from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.errors import Code, WorkloadError
from scheduler.times import NEVER, parse_at, time_text, time_text_seconds, to_utc

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2024, 1, 31, 10, 20, 30, 123456, UTC)


def test_instants_are_written_in_utc():
    assert time_text(NOW) == "2024-01-31T10:20:30.123Z"
    assert time_text_seconds(NOW) == "2024-01-31T10:20:30Z"
    assert time_text(datetime(2024, 1, 31, 11, 0, tzinfo=timezone(timedelta(hours=1)))) == "2024-01-31T10:00:00.000Z"
    assert NEVER.startswith("2038-01-19 ")


def test_a_naive_time_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="no time zone"):
        time_text(datetime(2024, 1, 31))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", NOW),
        ("now", NOW),
        (" now ", NOW),
        ("never", None),
        ("now+60", NOW + timedelta(seconds=60)),
        ("now + 60", NOW + timedelta(seconds=60)),
        ("now+1.5", NOW + timedelta(seconds=1.5)),
        ("now+10:30", NOW + timedelta(hours=10, minutes=30)),
        ("now + 00:00:07", NOW + timedelta(seconds=7)),
        ("2024-01-31 12:00", datetime(2024, 1, 31, 11, 0, tzinfo=UTC)),
        ("2024-07-31T12:00:05", datetime(2024, 7, 31, 10, 0, 5, tzinfo=UTC)),
        ("2024-07-31 12:00:05.25", datetime(2024, 7, 31, 10, 0, 5, 250000, tzinfo=UTC)),
        ("2024-07-31T12:00:05.123456789Z", datetime(2024, 7, 31, 12, 0, 5, 123456, tzinfo=UTC)),
        ("2024-07-31 12:00:05Z", datetime(2024, 7, 31, 12, 0, 5, tzinfo=UTC)),
        ("2024-07-31 12:00:05+0000", datetime(2024, 7, 31, 12, 0, 5, tzinfo=UTC)),
        ("2024-07-31T12:00:05+02:00", datetime(2024, 7, 31, 10, 0, 5, tzinfo=UTC)),
        ("2024-07-31 24:00", datetime(2024, 7, 31, 22, 0, tzinfo=UTC)),
        ("31.07.2024 12:00", datetime(2024, 7, 31, 10, 0, tzinfo=UTC)),
        ("7/31/2024 12:00", datetime(2024, 7, 31, 10, 0, tzinfo=UTC)),
        ("20240731 12:00", datetime(2024, 7, 31, 10, 0, tzinfo=UTC)),
        ("2024-07-31", datetime(2024, 7, 30, 22, 0, tzinfo=UTC)),
    ],
)
def test_start_times_that_are_understood(text, expected):
    assert parse_at(text, NOW, BERLIN) == expected


@pytest.mark.parametrize(
    "text",
    ["soon", "now+", "now-60", "now+1:60", "now+10:30:60", "2024-02-30 10:00", "2024-01-31 25:00", "2024-01-31 24:01",
     "2024-01-31 10:60", "2024-01-31 10", "12:00", "now+999999999999", "0001-01-01 00:00", "9999-12-31 24:00",
     "2024-01-31 10:00 CET", "٢٠٢٤-01-31 10:00", "period"],
)  # fmt: skip
def test_start_times_that_are_refused(text):
    with pytest.raises(WorkloadError) as refusal:
        parse_at(text, NOW, BERLIN)
    assert refusal.value.code is Code.BAD_TIME


@given(st.text(max_size=30))
def test_any_text_is_an_instant_or_a_refusal(text):
    with suppress(WorkloadError):
        parse_at(text, NOW, BERLIN)


def test_a_local_time_that_spring_skips_means_the_change_itself():
    # 2024-03-31: 02:00 becomes 03:00 in Berlin, which is 01:00 UTC
    for minute in (0, 1, 30, 59):
        assert parse_at(f"2024-03-31 02:{minute:02}", NOW, BERLIN) == datetime(2024, 3, 31, 1, 0, tzinfo=UTC)
    assert parse_at("2024-03-31 03:00", NOW, BERLIN) == datetime(2024, 3, 31, 1, 0, tzinfo=UTC)
    assert parse_at("2024-03-31 01:59", NOW, BERLIN) == datetime(2024, 3, 31, 0, 59, tzinfo=UTC)


def test_a_local_time_that_autumn_doubles_means_its_first_occurrence():
    assert parse_at("2024-10-27 02:30", NOW, BERLIN) == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
def test_local_time_comes_back_unless_it_is_skipped(local, name):
    zone = ZoneInfo(name)
    instant = to_utc(local, zone)
    again = instant.astimezone(zone).replace(tzinfo=None)
    assert again == local or (again > local and again - local <= timedelta(hours=1))
