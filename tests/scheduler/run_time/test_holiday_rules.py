"What becomes of periods on holidays; local times of Berlin, May 2024."

from __future__ import annotations

import pytest

from scheduler.configuration.reading import Reading
from scheduler.run_time.calendar import starts_between
from scheduler.run_time.model import Holidays
from scheduler.run_time.plan import resolve
from scheduler.run_time.rule import FARTHEST_SHIFT
from scheduler.run_time.schedules import Schedules
from tests.support.run_times import BERLIN, at, plan, run_time, schedule

HOLIDAYS = '<holidays><weekdays><day day="6 7"/></weekdays><holiday date="2024-05-09"/></holidays>'
ASCENSION = Holidays(dates=frozenset([at("2024-05-09 12:00").date()]))
DAYS = '<monthdays><day day="{}"><period single_start="10:00" when_holiday="{}"/></day></monthdays>'


def days(of, begin: str = "2024-05-01", end: str = "2024-06-01") -> list[int]:
    found = starts_between(of, at(f"{begin} 00:00"), at(f"{end} 00:00"))
    assert {start.at.astimezone(BERLIN).hour for start in found} <= {10}
    return [start.at.astimezone(BERLIN).day for start in found]


@pytest.mark.parametrize(("day", "when_holiday", "expected"), [
    ("9 11", "suppress", []), ("9 11", "ignore_holiday", [9, 11]), ("9 11", "next_non_holiday", [10, 13]),
    ("9 11", "previous_non_holiday", [8, 10]), ("12", "previous_non_holiday", [10]), ("12", "next_non_holiday", [13]),
    ("10 11", "previous_non_holiday", [10]), ("10", "suppress", [10]), ("10", "next_non_holiday", [10]),
])
def test_a_period_on_a_holiday(day, when_holiday, expected):
    assert days(plan(f"<run_time>{DAYS.format(day, when_holiday)}{HOLIDAYS}</run_time>")) == expected


def test_a_period_moves_into_the_next_month():
    of = plan(f'<run_time><month month="6">{DAYS.format(1, "previous_non_holiday")}</month>{HOLIDAYS}</run_time>')
    assert days(of) == [31]


@pytest.mark.parametrize(("length", "expected"), [(FARTHEST_SHIFT, [21]), (FARTHEST_SHIFT + 1, [])])
def test_a_period_is_not_moved_farther_than_twenty_days(length, expected):
    holidays = "".join(f'<holiday date="2024-05-{day:02}"/>' for day in range(1, length + 1))
    text = f"<run_time>{DAYS.format(1, 'next_non_holiday')}{holidays}</run_time>"
    assert days(plan(text)) == expected


@pytest.mark.parametrize(("inside", "expected"), [
    ("", [8, 10]), ("<holidays/>", [8, 9, 10]), ('<holidays><holiday date="2024-05-08"/></holidays>', [9, 10]),
    ('<holiday date="2024-05-08"/>', [10]),
])
def test_own_holidays_replace_those_of_the_configuration_and_single_ones_add_to_them(inside, expected):
    text = f"<run_time>{DAYS.format('8 9 10', 'suppress')}{inside}</run_time>"
    assert days(plan(text, holidays=ASCENSION)) == expected


def test_holidays_of_the_configuration_count_for_orders_only_in_named_schedules():
    daily = DAYS.format("8 9 10", "suppress")
    schedules = Schedules([schedule("/plan", f"<schedule>{daily}</schedule>")])
    own, named = run_time(f"<run_time>{daily}</run_time>"), run_time('<run_time schedule="/plan"/>')
    orders = [resolve(each, schedules, BERLIN, ASCENSION, own_run_time_has_them=False) for each in (own, named)]
    assert [days(each) for each in orders] == [[8, 9, 10], [8, 10]]


def test_an_at_starts_at_its_own_moment_and_at_no_other_even_on_a_holiday():
    of = plan(f'<run_time><at at="2024-05-09 10:00"/>{HOLIDAYS}</run_time>')
    assert days(of) == [9]


def test_an_included_file_of_holidays_counts_for_own_run_times_and_for_schedules():
    files = {"/folder/holidays.xml": b'<holidays><holiday date="2024-05-09"/></holidays>'}

    def include(request):
        return files[request.name]

    inside = f"{DAYS.format('8 9 10', 'suppress')}<holidays><include live_file='holidays.xml'/></holidays>"
    reading = Reading("/folder", {}, include)
    own = resolve(run_time(f"<run_time>{inside}</run_time>", reading=reading), zone=BERLIN)
    named = schedule("/plan", f"<schedule>{inside}</schedule>", include)
    used = resolve(run_time('<run_time schedule="/plan"/>'), {"/plan": named}, BERLIN)
    assert [days(each) for each in (own, used)] == [[8, 10], [8, 10]]
    assert (tuple(reading.live_files), named.includes) == (("/folder/holidays.xml",), ("/folder/holidays.xml",))
