"What calendars are told; local times of Berlin."

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.run_time.calendar import StartKind, periods_between, starts_between
from scheduler.run_time.periods import starts_by_itself
from scheduler.run_time.plan import resolve
from tests.support.run_times import BERLIN, at, plan, run_time, schedule

MIXED = plan("""<run_time>
  <period begin="08:00" end="09:00" repeat="1200" let_run="yes" when_holiday="ignore_holiday"/>
  <period begin="08:00" end="09:00" absolute_repeat="1800"/>
  <period begin="10:00" end="11:00"/>
  <period single_start="12:00"/></run_time>""")


def shown(of, begin: str, end: str, **options) -> list[str]:
    found = periods_between(of, at(f"2024-03-01 {begin}"), at(f"2024-03-01 {end}"), **options)
    return [each.begin.astimezone(BERLIN).strftime("%H:%M") for each in found]


def test_periods_that_cause_starts_are_listed_and_others_when_asked_for():
    assert shown(MIXED, "00:00", "23:59") == ["08:00", "08:00", "12:00"]
    assert shown(MIXED, "00:00", "23:59", all_intervals=True) == ["08:00", "08:00", "10:00", "12:00"]


@pytest.mark.parametrize(("begin", "end", "expected"), [
    ("08:30", "12:00", ["08:00", "08:00"]), ("09:00", "12:00", []), ("12:00", "12:01", ["12:00"]),
    ("07:00", "08:00", []), ("12:00:01", "23:00", []), ("23:00", "07:00", []),
])
def test_intervals_that_have_a_part_in_the_time_are_listed_whole(begin, end, expected):
    assert shown(MIXED, begin, end) == expected


def test_a_limit_is_kept():
    assert shown(MIXED, "00:00", "23:59", limit=2) == ["08:00", "08:00"]
    assert len(starts_between(MIXED, at("2024-03-01 00:00"), at("2030-03-01 00:00"), limit=7)) == 7


def test_a_listed_period_says_what_its_element_says():
    first = periods_between(MIXED, at("2024-03-01 00:00"), at("2024-03-02 00:00"))[0]
    assert (first.repeat, first.absolute_repeat, first.let_run, first.when_holiday, first.single_start) == (
        1200, 0, True, "ignore_holiday", False)
    assert first.end - first.begin == timedelta(hours=1)


def test_starts_say_what_they_come_from_and_each_instant_comes_once():
    found = starts_between(MIXED, at("2024-03-01 08:10"), at("2024-03-01 23:00"))
    assert [(each.at.astimezone(BERLIN).strftime("%H:%M"), each.kind) for each in found] == [
        ("08:20", StartKind.REPEAT), ("08:30", StartKind.GRID), ("08:40", StartKind.REPEAT),
        ("12:00", StartKind.SINGLE)]


def test_starts_of_a_named_schedule_name_it():
    named = schedule("/plan", '<schedule><period single_start="07:00"/></schedule>')
    of = resolve(run_time('<run_time schedule="/plan"/>'), {"/plan": named}, BERLIN)
    (start,) = starts_between(of, at("2024-03-01 00:00"), at("2024-03-02 00:00"))
    assert start.schedule == "/plan"


@pytest.mark.parametrize(("text", "expected"), [
    ("<run_time/>", False), ('<run_time><period begin="08:00"/></run_time>', False), ('<run_time once="yes"/>', False),
    ('<run_time repeat="60"/>', True), ('<run_time absolute_repeat="60"/>', True),
    ('<run_time><at at="2020-01-01 10:00"/></run_time>', True), ('<run_time single_start="06:00"/>', True),
    ('<run_time><month month="2" repeat="9"><monthdays><day day="30"/></monthdays></month></run_time>', True),
    ('<run_time><date date="2020-01-01"><period repeat="9"/></date></run_time>', True),
])
def test_a_plan_tells_whether_it_could_start_anything(text, expected):
    assert starts_by_itself(plan(text)) is expected
