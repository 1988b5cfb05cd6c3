"What clocks skip happens at the change; what they double happens once, the first time."

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.run_time.calendar import starts_between
from scheduler.run_time.job_starts import interval_at, next_single_start
from tests.support.run_times import BERLIN, at, plan


@pytest.mark.parametrize(("zone", "clock", "day", "start"), [
    ("Europe/Berlin", "02:30", "2024-03-31", "2024-03-31 01:00Z"),
    ("Europe/Berlin", "02:00", "2024-03-31", "2024-03-31 01:00Z"),
    ("Europe/Berlin", "03:00", "2024-03-31", "2024-03-31 01:00Z"),
    ("Europe/Berlin", "02:30", "2024-10-27", "2024-10-27 00:30Z"),
    ("Europe/Berlin", "02:00", "2024-10-27", "2024-10-27 00:00Z"),
    ("Europe/Berlin", "03:00", "2024-10-27", "2024-10-27 02:00Z"),
    ("Europe/Helsinki", "03:30", "2012-03-25", "2012-03-25 01:00Z"),
    ("Europe/Helsinki", "03:30", "2012-10-28", "2012-10-28 00:30Z"),
    ("Australia/Sydney", "02:30", "2024-10-06", "2024-10-05 16:00Z"),
    ("Australia/Sydney", "02:30", "2024-04-07", "2024-04-06 15:30Z"),
    ("Australia/Lord_Howe", "02:10", "2024-10-06", "2024-10-05 15:30Z"),
    ("America/Sao_Paulo", "00:30", "2018-11-04", "2018-11-04 03:00Z"),
    ("America/St_Johns", "00:00", "2006-10-29", "2006-10-29 02:30Z"),
    ("Pacific/Apia", "10:00", "2011-12-30", "2011-12-30 10:00Z"),
])
def test_a_time_of_day_starts_once_on_the_day_of_the_change(zone, clock, day, start):
    of = plan(f'<run_time><date date="{day}"><period single_start="{clock}"/></date></run_time>', ZoneInfo(zone))
    begin = at(start)
    found = starts_between(of, begin - timedelta(days=2), begin + timedelta(days=2))
    assert [each.at for each in found] == [begin]
    assert next_single_start(of, begin + timedelta(seconds=1)) is None


def test_a_grid_counts_elapsed_time():
    of = plan('<run_time><period absolute_repeat="02:00"/></run_time>')
    found = starts_between(of, at("2024-03-31 00:00"), at("2024-03-31 08:00"))
    assert [each.at.astimezone(BERLIN).hour for each in found] == [0, 3, 5, 7]


def test_an_interval_in_the_doubled_hour_lasts_through_both_passes():
    of = plan('<run_time><period begin="02:00" end="03:00"/></run_time>')
    interval = interval_at(of, at("2024-10-27 01:30Z"))
    assert interval is not None
    assert interval.end - interval.begin == timedelta(hours=2)


def test_an_interval_in_the_skipped_hour_does_not_exist_that_day():
    of = plan('<run_time><period begin="02:00" end="03:00" repeat="60"/></run_time>')
    assert interval_at(of, at("2024-03-31 01:00Z")) is None
    assert starts_between(of, at("2024-03-31 00:00"), at("2024-04-01 00:00")) == []


def test_a_clock_that_is_set_back_over_midnight_does_not_hide_the_new_day():
    "In St. John's it was 00:01 and became 23:01 of the day before: 00:00 had come already, and the new day goes on."
    zone = ZoneInfo("America/St_Johns")
    of = plan('<run_time><date date="2006-10-29"><period absolute_repeat="00:15"/></date></run_time>', zone)
    midnight = at("2006-10-29 02:30Z")
    assert starts_between(of, midnight, midnight + timedelta(minutes=50), 10)[0].at == midnight
    within = midnight + timedelta(minutes=20)
    assert within.astimezone(zone).day == 28
    assert interval_at(of, within) is not None
    listed = starts_between(of, midnight - timedelta(minutes=5), within)
    assert [(each.at - midnight) / timedelta(minutes=1) for each in listed] == [0, 15]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kathmandu"])
def test_a_run_time_may_have_a_zone_of_its_own(zone):
    of = plan(f'<run_time time_zone="{zone}"><period single_start="06:00"/></run_time>', ZoneInfo("UTC"))
    start = next_single_start(of, at("2024-07-01 00:00Z"))
    assert start is not None
    assert start.tzinfo is UTC
    assert start.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "06:00"
