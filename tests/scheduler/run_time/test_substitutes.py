"Named schedules, their substitutes, and what is wrong between them."

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from scheduler.errors import Code
from scheduler.run_time.calendar import starts_between
from scheduler.run_time.job_starts import interval_at
from scheduler.run_time.model import RunTime, Schedule
from scheduler.run_time.plan import resolve
from scheduler.run_time.schedules import Schedules, problems_of
from tests.support.refusals import refused
from tests.support.run_times import BERLIN, at, run_time, schedule

PLAN = schedule("/plan", '<schedule><period single_start="07:00"/></schedule>')
CHRISTMAS = schedule("/christmas", """<schedule substitute="/plan" valid_from="2024-12-24 12:00"
  valid_to="2024-12-27 00:00"><period single_start="09:00"/></schedule>""")
USED = run_time('<run_time schedule="/plan"/>')


def starts(schedules: list[Schedule], begin: str = "2024-12-24", end: str = "2024-12-28") -> list[str]:
    plan = resolve(USED, Schedules(schedules), BERLIN)
    found = starts_between(plan, at(f"{begin} 00:00"), at(f"{end} 00:00"))
    return [start.at.astimezone(BERLIN).strftime("%d %H:%M") for start in found]


def test_a_substitute_holds_in_its_time():
    assert starts([PLAN, CHRISTMAS]) == ["24 07:00", "25 09:00", "26 09:00", "27 07:00"]


def test_the_schedule_that_holds_is_named():
    plan = resolve(USED, Schedules([PLAN, CHRISTMAS]), BERLIN)
    assert [plan.schedule_at(at(f"2024-12-{day} 12:00")) for day in (23, 24, 26, 27)] == [
        "/plan", "/christmas", "/christmas", "/plan"]
    assert plan.schedule == "/plan"


def test_nothing_of_the_schedule_runs_while_an_empty_substitute_holds():
    empty = schedule("/empty", '<schedule substitute="/plan"><weekdays/></schedule>')
    assert starts([PLAN, empty]) == []


@pytest.mark.parametrize(("times", "expected"), [
    ('valid_to="2024-12-25 00:00"', ["24 09:00", "25 07:00"]),
    ('valid_from="2024-12-25 00:00"', ["24 07:00", "25 09:00"]),
    ('valid_from="2024-12-24 07:00" valid_to="2024-12-24 24:00"', ["24 09:00", "25 07:00"]),
    ('valid_from="2024-12-24 07:00:01" valid_to="2024-12-25 07:00"', ["24 07:00", "24 09:00", "25 07:00"]),
])
def test_open_ends_and_borders(times, expected):
    other = schedule("/other", f'<schedule substitute="/plan" {times}><period single_start="09:00"/></schedule>')
    assert starts([PLAN, other], end="2024-12-26") == expected


def test_intervals_are_cut_at_the_borders_and_a_grid_goes_on_from_its_own_begin():
    base = schedule("/plan", '<schedule><period begin="08:00" end="12:00" absolute_repeat="01:00"/></schedule>')
    other = schedule("/other", """<schedule substitute="/plan" valid_from="2024-12-24 09:30"
      valid_to="2024-12-24 10:30"><period begin="09:00" end="11:00" absolute_repeat="00:20"/></schedule>""")
    assert starts([base, other], end="2024-12-25") == [
        "24 08:00", "24 09:00", "24 09:40", "24 10:00", "24 10:20", "24 11:00"]
    plan = resolve(USED, Schedules([base, other]), BERLIN)
    found = [interval_at(plan, at(f"2024-12-24 {clock}")) for clock in ("09:00", "10:00", "11:00")]
    bounds = [(each.begin.astimezone(BERLIN).strftime("%H:%M"), each.end.astimezone(BERLIN).strftime("%H:%M"),
               each.adjoined, each.schedule) for each in found if each]
    assert bounds == [("08:00", "09:30", True, "/plan"), ("09:30", "10:30", True, "/other"),
                      ("10:30", "12:00", False, "/plan")]


def test_the_times_of_a_substitute_are_local_to_whoever_uses_it():
    used = run_time('<run_time schedule="/plan" time_zone="America/New_York"/>')
    plan = resolve(used, Schedules([PLAN, CHRISTMAS]), BERLIN)
    zone = ZoneInfo("America/New_York")
    assert plan.schedule_at(at("2024-12-24 11:59", zone)) == "/plan"
    assert plan.schedule_at(at("2024-12-24 12:00", zone)) == "/christmas"


@pytest.mark.parametrize(("schedules", "code", "says"), [
    ([], Code.UNKNOWN_OBJECT, "/plan"),
    ([Schedule("/plan", RunTime(), "/other")], Code.SUBSTITUTE_USED, "/plan"),
])
def test_a_schedule_that_cannot_be_used_is_named(schedules, code, says):
    with refused(code) as refusal:
        resolve(USED, Schedules(schedules), BERLIN)
    assert says in str(refusal.value)


def day(number: int) -> datetime:
    return datetime(2024, 1, number)  # noqa: DTZ001


def substitute(path: str, target: str = "/plan", first: int | None = None, last: int | None = None) -> Schedule:
    return Schedule(path, RunTime(), target, first and day(first), last and day(last))


@pytest.mark.parametrize(("schedules", "problems"), [
    ([substitute("/a", first=1, last=2), substitute("/b", first=2, last=3)], {}),
    ([substitute("/a", first=1, last=3), substitute("/b", first=2, last=4)], {"/b": "SCHEDULER-465"}),
    ([substitute("/b", first=1, last=3), substitute("/a", first=2)], {"/a": "SCHEDULER-465"}),
    ([substitute("/a"), substitute("/b", first=2)], {"/b": "SCHEDULER-465"}),
    ([substitute("/a", first=1, last=3), substitute("/b", first=2, last=9), substitute("/c", first=4)],
     {"/b": "SCHEDULER-465"}),
    ([substitute("/a", first=1), substitute("/b", "/other", first=1)], {}),
    ([substitute("/a", "/a")], {"/a": "SCHEDULER-486"}),
    ([substitute("/a", "/b"), substitute("/b", "/a")], {"/a": "SCHEDULER-463", "/b": "SCHEDULER-463"}),
    ([substitute("/a", "/b"), substitute("/b")], {"/a": "SCHEDULER-463"}),
    ([substitute("/a", first=3, last=3)], {"/a": "SCHEDULER-464"}),
    ([substitute("/a", "/missing")], {}),
])
def test_problems_between_schedules(schedules, problems):
    found = problems_of({each.path: each for each in schedules})
    assert {path: problem.code for path, problem in found.items()} == problems


def test_a_refused_substitute_takes_no_place():
    late = schedule("/zz", '<schedule substitute="/plan" valid_from="2024-12-25 00:00"><weekdays/></schedule>')
    assert starts([PLAN, CHRISTMAS, late]) == ["24 07:00", "25 09:00", "26 09:00", "27 07:00"]
