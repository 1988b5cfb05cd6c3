"When jobs may start and when they start, by the worked examples; local times of Berlin unless said otherwise."

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from scheduler.run_time.calendar import starts_between
from scheduler.run_time.job_starts import (
    first_repeat,
    interval_at,
    next_interval,
    next_single_start,
    repeat_after_task,
)
from scheduler.run_time.model import RunTime
from scheduler.run_time.plan import Plan, resolve
from tests.support.run_times import BERLIN, at, plan

OFFICE = plan("""<run_time>
  <period begin="08:00" end="12:00" repeat="00:30"/>
  <period single_start="18:00"/>
  <weekdays><day day="mon tue wed thu fri"/></weekdays>
  <ultimos><day day="0"><period single_start="23:30"/></day></ultimos>
</run_time>""")
HALF_HOURS = plan('<run_time><period begin="08:00" end="12:00" absolute_repeat="00:30"/></run_time>')


def local(instant: datetime | None, zone: ZoneInfo = BERLIN) -> str | None:
    return instant and instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")


def single_starts(of: Plan, begin: str, end: str, zone: ZoneInfo = BERLIN) -> list[str | None]:
    return [local(start.at, zone) for start in starts_between(of, at(begin, zone), at(end, zone))]


def test_an_interval_says_when_it_ends_and_how_it_repeats():
    interval = interval_at(OFFICE, at("2024-03-01 08:05"))
    assert interval is not None
    assert (local(interval.begin), local(interval.end)) == ("2024-03-01 08:00", "2024-03-01 12:00")
    assert (interval.repeat, interval.absolute_repeat, interval.let_run, interval.adjoined) == (1800, 0, False, False)


@pytest.mark.parametrize(("now", "inside"), [
    ("2024-03-01 07:59:59", False), ("2024-03-01 08:00", True), ("2024-03-01 11:59:59", True),
    ("2024-03-01 12:00", False), ("2024-03-02 09:00", False), ("2024-03-31 09:00", False),
])
def test_a_job_may_start_from_the_begin_up_to_just_before_the_end(now, inside):
    assert (interval_at(OFFICE, at(now)) is not None) is inside


@pytest.mark.parametrize(("now", "begin"), [
    ("2024-03-01 07:00", "2024-03-01 08:00"), ("2024-03-01 08:00", "2024-03-04 08:00"),
    ("2024-03-01 12:00", "2024-03-04 08:00"),
])
def test_the_next_interval_begins_later_than_now(now, begin):
    interval = next_interval(OFFICE, at(now))
    assert interval is not None
    assert local(interval.begin) == begin


@pytest.mark.parametrize(("now", "start"), [
    ("2024-03-01 08:05", "2024-03-01 18:00"),
    ("2024-03-01 18:00", "2024-03-01 18:00"),
    ("2024-03-01 18:00:00.000001", "2024-03-04 18:00"),
    ("2024-03-30 10:00", "2024-03-31 23:30"),
])
def test_a_single_start_counts_when_it_is_just_now(now, start):
    assert local(next_single_start(OFFICE, at(now))) == start


@pytest.mark.parametrize(("now", "start"), [
    ("2024-03-01 07:00", "2024-03-01 08:00"), ("2024-03-01 08:05", "2024-03-01 08:30"),
    ("2024-03-01 08:30", "2024-03-01 08:30"), ("2024-03-01 11:30:01", "2024-03-02 08:00"),
])
def test_a_job_with_absolute_repeat_starts_on_the_grid_before_the_end(now, start):
    assert local(next_single_start(HALF_HOURS, at(now))) == start


def test_a_passed_single_start_hides_no_later_grid():
    of = plan("""<run_time><period single_start="07:00"/><period begin="08:00" end="09:00" absolute_repeat="1200"/>
      </run_time>""")
    assert local(next_single_start(of, at("2024-03-01 07:30"))) == "2024-03-01 08:00"


def test_a_grid_hides_no_single_start_between_its_points():
    of = plan('<run_time><period absolute_repeat="01:00"/><period single_start="10:30"/></run_time>')
    assert local(next_single_start(of, at("2024-03-01 10:15"))) == "2024-03-01 10:30"


def test_a_grid_of_two_seconds_has_all_its_points():
    of = plan('<run_time><period begin="10:00" end="10:00:10" absolute_repeat="2"/></run_time>')
    found = single_starts(of, "2024-03-01 00:00", "2024-03-02 00:00")
    assert found == ["2024-03-01 10:00", *[f"2024-03-01 10:00:0{second}" for second in (2, 4, 6, 8)]]


@pytest.mark.parametrize(("now", "start"), [
    ("2024-03-01 07:00", "2024-03-01 08:00"), ("2024-03-01 08:05", "2024-03-01 08:05"),
    ("2024-03-01 12:00", "2024-03-04 08:00"),
])
def test_a_job_with_repeat_starts_at_once_inside_and_at_the_begin_otherwise(now, start):
    assert local(first_repeat(OFFICE, at(now))) == start


@pytest.mark.parametrize(("text", "ended", "start"), [
    (None, "2024-03-01 08:09", "2024-03-01 08:39"),
    (None, "2024-03-01 11:29:59", "2024-03-01 11:59:59"),
    (None, "2024-03-01 11:30", "2024-03-04 08:00"),
    (None, "2024-03-01 13:00", "2024-03-04 08:00"),
    ('<run_time repeat="600"/>', "2024-03-01 23:55", "2024-03-02 00:00"),
    ('<run_time repeat="600"/>', "2024-03-01 23:45", "2024-03-01 23:55"),
    ('<run_time><period begin="08:00" end="10:00"/><period begin="09:00" end="11:00" repeat="60"/></run_time>',
     "2024-03-01 09:30", "2024-03-01 10:00"),
    ('<run_time><period begin="08:00" end="10:00"/></run_time>', "2024-03-01 09:30", None),
    ('<run_time absolute_repeat="60"/>', "2024-03-01 09:30", None),
])
def test_a_repeat_counts_from_the_end_of_the_task_and_ends_with_its_interval(text, ended, start):
    assert local(repeat_after_task(plan(text) if text else OFFICE, at(ended))) == start


def test_periods_alone_permit_starts_and_cause_none():
    of = plan('<run_time><period begin="08:00" end="09:00"/></run_time>')
    assert next_single_start(of, at("2024-03-01 07:00")) is None
    assert interval_at(of, at("2024-03-01 08:30")) is not None
    assert single_starts(of, "2024-03-01 00:00", "2024-03-05 00:00") == []


def test_without_anything_said_a_job_may_always_start_and_one_day_adjoins_the_next():
    of = resolve(RunTime(), zone=BERLIN)
    for now in ("2024-03-01 00:00", "2024-03-01 23:59:59", "2024-03-31 02:30", "2024-10-27 02:30"):
        interval = interval_at(of, at(now))
        assert interval is not None
        assert interval.adjoined
    assert next_single_start(of, at("2024-03-01 00:00")) is None


def test_seams_are_told_from_gaps():
    of = plan('<run_time><period begin="08:00" end="10:00"/><period begin="10:00" end="11:00"/></run_time>')
    first, second = interval_at(of, at("2024-03-01 09:00")), interval_at(of, at("2024-03-01 10:00"))
    assert first is not None
    assert second is not None
    assert (first.adjoined, second.adjoined) == (True, False)


def test_of_overlapping_intervals_the_one_that_began_first_holds_until_its_end():
    of = plan('<run_time><period begin="08:00" end="10:00"/><period begin="09:00" end="11:00" repeat="60"/></run_time>')
    found = [interval_at(of, at(f"2024-03-01 {clock}")) for clock in ("09:30", "10:00")]
    assert [local(each.begin) for each in found if each] == ["2024-03-01 08:00", "2024-03-01 09:00"]


@pytest.mark.parametrize(("text", "once"), [
    ("<run_time/>", False), ('<run_time once="yes"/>', True), ('<run_time><at at="now"/></run_time>', True),
])
def test_once_is_told(text, once):
    assert plan(text).once is once


@pytest.mark.parametrize("text", ['<run_time><at at="2024-05-01 12:00"/></run_time>',
                                  '<run_time><at at="2024-05-01T12:00:00"/></run_time>'])
def test_an_at_starts_once_and_permits_nothing_else(text):
    of = plan(text)
    assert single_starts(of, "2024-01-01 00:00", "2025-01-01 00:00") == ["2024-05-01 12:00"]
    assert interval_at(of, at("2024-05-01 12:00")) is None
    assert next_single_start(of, at("2024-05-01 12:00:00.000001")) is None


def test_the_last_friday_of_a_month():
    of = plan('<run_time><monthdays><weekday day="fri" which="-1"><period single_start="18:00"/></weekday></monthdays>'
              "</run_time>")
    assert single_starts(of, "2024-03-01 00:00", "2024-04-01 00:00") == ["2024-03-29 18:00"]


def test_a_month_replaces_the_days_outside_of_it():
    of = plan("""<run_time>
      <weekdays><day day="1"><period single_start="06:00"/></day></weekdays>
      <month month="february"><ultimos><day day="0"><period single_start="06:00"/></day></ultimos></month>
    </run_time>""")
    assert single_starts(of, "2024-01-25 00:00", "2024-03-05 00:00") == [
        "2024-01-29 06:00", "2024-02-29 06:00", "2024-03-04 06:00"]


def test_a_month_alone_leaves_the_other_months_empty_and_fills_all_its_days():
    of = plan('<run_time><month month="7 september"><period single_start="06:00"/></month></run_time>')
    assert len(single_starts(of, "2024-01-01 00:00", "2025-01-01 00:00")) == 31 + 30


def test_a_date_comes_on_top_of_the_weekdays_and_repeated_dates_are_united():
    of = plan("""<run_time>
      <date date="2024-03-01"><period single_start="05:00"/></date>
      <date date="2024-03-01"><period single_start="07:00"/></date>
      <weekdays><day day="5"><period single_start="06:00"/></day></weekdays></run_time>""")
    assert single_starts(of, "2024-03-01 00:00", "2024-03-02 00:00") == [
        "2024-03-01 05:00", "2024-03-01 06:00", "2024-03-01 07:00"]


def test_a_start_that_several_rules_name_comes_once():
    of = plan("""<run_time><weekdays><day day="5"><period single_start="06:00"/></day></weekdays>
      <monthdays><day day="1"><period single_start="06:00" when_holiday="ignore_holiday"/></day></monthdays>
    </run_time>""")
    assert single_starts(of, "2024-03-01 00:00", "2024-03-02 00:00") == ["2024-03-01 06:00"]


@pytest.mark.parametrize("text", [
    '<run_time><month month="february" single_start="06:00"><monthdays><day day="30"/></monthdays></month></run_time>',
    '<run_time><date date="2020-01-01"><period single_start="06:00"/></date></run_time>',
    '<run_time single_start="06:00"><holidays><weekdays><day day="1 2 3 4 5 6 7"/></weekdays></holidays></run_time>',
    "<run_time><weekdays/></run_time>",
])
def test_what_never_comes_is_said_to_be_never(text):
    of = plan(text)
    assert next_single_start(of, at("2024-03-01 00:00")) is None
    assert next_interval(of, at("2024-03-01 00:00")) is None


def test_nothing_is_planned_after_the_last_instant_of_the_protocol():
    of = plan('<run_time><period single_start="06:00"/></run_time>', ZoneInfo("UTC"))
    assert local(next_single_start(of, at("2038-01-18 06:00Z")), ZoneInfo("UTC")) == "2038-01-18 06:00"
    assert next_single_start(of, at("2038-01-19 06:00Z")) is None
    assert interval_at(of, at("2050-01-01 06:00Z")) is None


def test_a_time_without_zone_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="no time zone"):
        next_single_start(OFFICE, datetime(2024, 3, 1))  # noqa: DTZ001
