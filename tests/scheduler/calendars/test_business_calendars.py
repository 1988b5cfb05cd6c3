"""Business calendars: what they say of days, how run times follow them, and which entries are refused."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendars.ical import as_ical, days_of
from scheduler.calendars.model import Calendar, DayKind
from scheduler.configuration import read_object
from scheduler.configuration.calendar import MOST_BLACK_OUTS
from scheduler.configuration.reading import Include, IncludeRequest, nothing_included
from scheduler.errors import Code, WorkloadError
from scheduler.order.hold import hold_of
from scheduler.records import ObjectKind, OrderKey
from scheduler.run_time.calendar import starts_between
from scheduler.run_time.model import Holidays
from scheduler.run_time.plan import resolve
from scheduler.run_time.schedules import Schedules
from scheduler.why import Obstacle, why_job, why_order
from tests.support.job_clock import JobClock, job_with, times_of
from tests.support.run_times import BERLIN, at, run_time, schedule
from tests.support.worlds import a_chain, a_job, an_order

NEW = datetime(2026, 1, 1, tzinfo=UTC)


def calendar(text: str, include: Include = nothing_included, path: str = "/bank") -> Calendar:
    found = read_object(ObjectKind.CALENDAR, path, text.encode(), {}, include)
    assert isinstance(found, Calendar)
    return found


def working_days(found: Calendar, first: str, last: str) -> list[str]:
    return [str(each.day) for each in found.days(date.fromisoformat(first), date.fromisoformat(last)) if each.works]


def test_weekdays_public_holidays_and_days_of_ones_own_make_a_calendar() -> None:
    found = calendar(
        '<calendar><public_holidays country="de" region="HH" language="en_US"/>'
        '<closed date="2026-12-28" to="2026-12-30" description="break"/><opened date="2026-12-26" description="stock"/>'
        '<closed every_year="02-29"/></calendar>'
    )
    assert working_days(found, "2026-12-21", "2027-01-03") == [
        "2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24", "2026-12-26", "2026-12-31",
    ]  # fmt: skip
    assert found.day(date(2026, 12, 25)).name == "Christmas Day"
    assert found.day(date(2026, 12, 26)).kind is DayKind.OPENED
    assert found.day(date(2026, 12, 27)).kind is DayKind.WEEKEND
    assert [each.day.year for each in map(found.day, map(date, (2024, 2028), (2, 2), (29, 29))) if not each.works] == [
        2024, 2028,
    ]  # fmt: skip


def test_only_the_nth_working_days_of_each_month_are_left() -> None:
    found = calendar(
        '<calendar only_working_days="1 3 -1"><public_holidays country="de" language="en_US"/>'
        '<opened date="2026-05-31" description="stock"/></calendar>'
    )
    assert working_days(found, "2026-05-01", "2026-06-30") == [
        "2026-05-04", "2026-05-06", "2026-05-31", "2026-06-01", "2026-06-03", "2026-06-30",
    ]  # fmt: skip
    names = [found.day(date(2026, 5, day)).name for day in (1, 4, 6, 31)]
    assert names == ["Labor Day", "working day 1", "working day 3", "stock"]
    short = calendar('<calendar weekdays="1" only_working_days="5 -5"/>')
    assert working_days(short, "2026-01-01", "2026-03-31") == ["2026-03-02", "2026-03-30"]


def test_a_run_time_starts_on_the_nth_working_day() -> None:
    known = Schedules([], {"/bank": calendar('<calendar only_working_days="-2"/>')})
    plan = resolve(run_time('<run_time calendar="/bank" single_start="06:00"/>'), known, BERLIN)
    starts = starts_between(plan, at("2026-01-01 00:00"), at("2026-04-01 00:00"))
    assert [each.at for each in starts] == [at(f"2026-{day} 06:00") for day in ("01-29", "02-26", "03-30")]


@pytest.mark.parametrize(
    ("region", "closed"), [("BY", True), ("HH", False)]
)
def test_regions_have_holidays_of_their_own(region: str, closed: bool) -> None:
    found = calendar(f'<calendar><public_holidays country="DE" region="{region}"/></calendar>')
    assert (not found.day(date(2026, 1, 6)).works) is closed  # Epiphany


@pytest.mark.parametrize(
    ("entry", "code", "said"),
    [
        ('<public_holidays country="XX"/>', Code.BAD_VALUE, "country='XX'"),
        ('<public_holidays country="DE" region="ZZ"/>', Code.BAD_VALUE, "region='ZZ'"),
        ('<public_holidays country="DE" categories="public party"/>', Code.BAD_VALUE, "categories='party'"),
        ('<public_holidays country="DE" language="tlh"/>', Code.BAD_VALUE, "language='tlh'"),
        ("<closed/>", Code.MISSING_ATTRIBUTE, "date"),
        ('<closed date="2026-02-30"/>', Code.BAD_DATE, "2026-02-30"),
        ('<opened date="2026-02-10" to="2026-02-01"/>', Code.BAD_VALUE, "2026-02-01"),
        ('<closed every_year="13-01"/>', Code.BAD_DATE, "13-01"),
        ('<closed every_year="12-01" date="2026-12-01"/>', Code.NOT_ALLOWED, "every_year"),
        ('<include live_file="days.ics"/>', Code.BAD_ICAL, "event 2 (Party)"),
        ('<black_out begin="2026-12-24 14:00"/>', Code.MISSING_ATTRIBUTE, "end"),
        ('<black_out begin="24.12.2026" end="2026-12-27 06:00"/>', Code.BAD_DATE, "24.12.2026"),
        ('<black_out begin="2026-12-24 14:00" end="2026-12-24 14:00"/>', Code.BAD_VALUE, "end="),
        ('<black_out begin="2026-12-24 14:00" end="2037-12-24 14:00"/>', Code.BAD_VALUE, "end="),
        ('<black_out begin="1999-12-24 14:00" end="2000-12-24 14:00"/>', Code.BAD_VALUE, "begin="),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(entry: str, code: Code, said: str) -> None:
    text = f"<calendar>\n<closed date='2026-01-02'/>\n{entry}</calendar>"
    with pytest.raises(WorkloadError) as refused:
        calendar(text, lambda request: ical("SUMMARY:Fine\nDTSTART;VALUE=DATE:20260105", "SUMMARY:Party"))
    assert refused.value.code is code
    assert said in refused.value.text
    assert refused.value.place is not None
    assert refused.value.place.line == 3


def ical(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}", *event.splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART;VALUE=DATE:20260105", ["2026-01-05"]),
        ("DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260107", ["2026-01-05", "2026-01-06"]),
        ("DTSTART;VALUE=DATE:20260105\nDURATION:P2D", ["2026-01-05", "2026-01-06"]),
        ("DTSTART:20260105T220000Z\nDTEND:20260106T020000Z", ["2026-01-05", "2026-01-06"]),
        ("DTSTART;TZID=Europe/Berlin:20260105T220000\nDTEND;TZID=Europe/Berlin:20260106T000000", ["2026-01-05"]),
        ("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20260112",
         ["2026-01-05", "2026-01-19"]),
        ("DTSTART;VALUE=DATE:20370101\nRRULE:FREQ=YEARLY", ["2037-01-01", "2038-01-01"]),
        ("DTSTART:20260105T080000Z\nRRULE:FREQ=DAILY;UNTIL=20260107T080000Z",
         ["2026-01-05", "2026-01-06", "2026-01-07"]),
        ("DTSTART;VALUE=DATE:20260105\nRDATE;VALUE=DATE:20260201", ["2026-01-05", "2026-02-01"]),
        ("DTSTART;VALUE=DATE:20260105\nSTATUS:CANCELLED", []),
        ("DTSTART;VALUE=DATE:19600105", []),
    ],
)  # fmt: skip
def test_events_of_an_icalendar_file_close_their_days(event: str, days: list[str]) -> None:
    found = days_of(ical(event), "days.ics")
    assert sorted(map(str, found.closed)) == days
    assert not found.opened


@pytest.mark.parametrize("data", [b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"BEGIN:VCALENDAR\r\n\xff\xfe\x00"])
def test_what_is_no_icalendar_file_is_refused(data: bytes) -> None:
    with pytest.raises(WorkloadError) as refused:
        calendar('<calendar><include live_file="days.ics"/></calendar>', lambda request: data)
    assert refused.value.code is Code.BAD_ICAL


_DAYS = st.dates(date(2001, 1, 1), date(2037, 12, 31))


@settings(max_examples=20, deadline=None)
@given(st.sets(_DAYS, max_size=20), st.sets(_DAYS, max_size=10))
def test_a_calendar_written_as_icalendar_and_read_again_says_the_same(closed: set[date], opened: set[date]) -> None:
    source = Calendar("/a", closed=tuple((day, "x") for day in sorted(closed)),
                      opened=tuple((day, "y") for day in sorted(opened)))  # fmt: skip
    data = as_ical(source, date(2000, 1, 1), date(2038, 12, 31), NEW)
    again = calendar('<calendar><include live_file="b.ics"/></calendar>', lambda request: data)
    assert again.holidays == source.holidays


def test_a_file_of_holidays_is_included_too() -> None:
    asked: list[IncludeRequest] = []

    def include(request: IncludeRequest) -> bytes:
        asked.append(request)
        return b'<holidays><holiday date="2026-01-05"/></holidays>'

    found = calendar('<calendar><include live_file="days.xml"/></calendar>', include)
    assert not found.day(date(2026, 1, 5)).works
    assert found.includes == ("/days.xml",)
    assert asked[0].live_file == "/days.xml"


WEEK = '<calendar><closed date="2024-03-06"/><opened date="2024-03-09"/></calendar>'


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ('single_start="10:00"', [4, 5, 7, 8, 9]),
        ('single_start="10:00" when_holiday="ignore_holiday"', [4, 5, 6, 7, 8, 9, 10]),
        ('single_start="10:00" when_holiday="next_non_holiday"', [4, 5, 7, 8, 9]),
    ],
)
def test_the_closed_days_of_a_calendar_are_the_holidays_of_a_run_time(period: str, days: list[int]) -> None:
    rule = run_time(f'<run_time calendar="/bank"><period {period}/></run_time>')
    plan = resolve(rule, Schedules((), {"/bank": calendar(WEEK)}), BERLIN)
    starts = starts_between(plan, at("2024-03-04 00:00"), at("2024-03-11 00:00"))
    assert [start.at.day for start in starts] == days


def test_a_start_on_a_closed_weekday_moves_to_the_next_open_day() -> None:
    rule = run_time(
        '<run_time calendar="/bank"><weekdays><day day="6"><period single_start="10:00"'
        ' when_holiday="next_non_holiday"/></day></weekdays></run_time>'
    )
    plan = resolve(rule, Schedules((), {"/bank": calendar(WEEK)}), BERLIN)
    starts = starts_between(plan, at("2024-03-01 00:00"), at("2024-03-20 00:00"))
    assert [start.at.day for start in starts] == [4, 9, 18]


def test_only_the_days_of_a_list_are_worked_on() -> None:
    pay_days = calendar('<calendar weekdays="none"><opened date="2024-03-28"/><opened date="2024-04-30"/></calendar>')
    rule = run_time('<run_time calendar="/bank" single_start="06:00"/>')
    plan = resolve(rule, Schedules((), {"/bank": pay_days}), BERLIN)
    starts = starts_between(plan, at("2024-01-01 00:00"), at("2025-01-01 00:00"))
    assert [f"{start.at:%m-%d}" for start in starts] == ["03-28", "04-30"]


def test_holidays_beside_a_calendar_come_on_top_and_those_of_the_configuration_do_not_count() -> None:
    schedules = Schedules((), {"/bank": calendar(WEEK)})
    configured = Holidays(dates=frozenset({date(2024, 3, 5)}))
    own = run_time(
        '<run_time calendar="/bank" single_start="10:00"><holidays><holiday date="2024-03-09"/></holidays></run_time>'
    )
    begin, end = at("2024-03-04 00:00"), at("2024-03-11 00:00")
    assert [s.at.day for s in starts_between(resolve(own, schedules, BERLIN, configured), begin, end)] == [4, 5, 7, 8]


@settings(deadline=None)
@given(st.frozensets(_DAYS, max_size=5), st.frozensets(_DAYS, max_size=5), st.frozensets(_DAYS, max_size=5), _DAYS)
def test_joined_holidays_are_what_is_one_here_or_there(
    dates: frozenset[date], working: frozenset[date], others: frozenset[date], day: date
) -> None:
    one, other = Holidays(frozenset({0, 6}), dates, working), Holidays(frozenset({1}), others)
    for each in (day, *dates, *working, *others):
        assert (each in one.joined(other)) == (each in one or each in other)
        assert (each in other.joined(one)) == (each in one or each in other)


def test_a_schedule_names_the_calendar_and_a_run_time_that_uses_it_does_not() -> None:
    with pytest.raises(WorkloadError) as refused:
        run_time('<run_time schedule="/daily" calendar="/bank"/>')
    assert refused.value.code is Code.NOT_ALLOWED


def test_a_job_waits_for_its_calendar_and_follows_it_when_it_changes() -> None:
    daily = schedule("/daily", '<schedule calendar="/bank" single_start="10:00"/>')
    engine = JobClock("2024-03-08 12:00", daily, job_with('<run_time schedule="/daily"/>'))
    assert engine.world.jobs["/job"].next_start_at is None
    assert times_of(engine.starts_until("2024-03-09 09:00")) == []
    engine.files(calendar(WEEK))
    assert times_of(engine.starts_until("2024-03-10 12:00")) == ["03-09 10:00"]
    engine.files(calendar('<calendar><closed date="2024-03-11"/></calendar>'))
    assert times_of(engine.starts_until("2024-03-12 12:00")) == ["03-12 10:00"]
    engine.delete(calendar(WEEK))
    assert times_of(engine.starts_until("2024-03-20 12:00")) == []


def test_a_job_follows_the_calendar_of_its_own_run_time() -> None:
    engine = JobClock("2024-03-08 12:00", job_with('<run_time calendar="/bank" single_start="10:00"/>'))
    engine.files(calendar(WEEK))
    assert times_of(engine.starts_until("2024-03-10 12:00")) == ["03-09 10:00"]
    engine.files(calendar("<calendar/>"))
    assert times_of(engine.starts_until("2024-03-11 12:00")) == ["03-11 10:00"]


@pytest.mark.parametrize("through", ["run time", "schedule", "substitute"])
def test_an_order_waits_for_its_calendar_and_follows_it(through: str) -> None:
    daily = '<schedule {} single_start="10:00"/>'
    schedules = {
        "run time": [],
        "schedule": [schedule("/daily", daily.format('calendar="/bank"'))],
        "substitute": [
            schedule("/daily", daily.format("")),
            schedule("/other", daily.format('calendar="/bank" substitute="/daily"')),
        ],
    }[through]
    reference = 'calendar="/bank" single_start="10:00"' if through == "run time" else 'schedule="/daily"'
    own = f"<run_time {reference}/>"
    order = an_order(run_time=run_time(own), has_run_time=True)
    engine = JobClock("2024-03-08 12:00", *schedules, a_job(), a_chain(), order)
    waiting = engine.world.orders[OrderKey("/chain", "1")]
    hold = hold_of(engine.world, waiting)
    assert hold is not None
    assert (hold.kind, hold.object) == ("calendar_missing", "/bank")
    assert times_of(engine.starts_until("2024-03-09 09:00")) == []
    engine.files(calendar(WEEK))
    assert times_of(engine.starts_until("2024-03-10 12:00"))[:1] == ["03-09 10:00"]
    engine.files(calendar('<calendar><closed date="2024-03-11"/></calendar>'))
    assert times_of(engine.starts_until("2024-03-12 12:00"))[:1] == ["03-12 10:00"]


DARK = '<calendar weekdays="0 1 2 3 4 5 6"><black_out begin="{}" end="{}" description="move"/></calendar>'


def dark(begin: str, end: str) -> Calendar:
    return calendar(DARK.format(f"2024-03-{begin}", f"2024-03-{end}"))


def of_the_calendar(found: list[Obstacle]) -> list[tuple[str, str, datetime | None]]:
    return [(each.object, each.text, each.until) for each in found if each.kind == "black_out"]


def test_a_job_does_not_start_in_a_black_out_and_says_so_before() -> None:
    single = job_with('<run_time calendar="/bank" single_start="10:00"/>')
    engine = JobClock("2024-03-08 12:00", dark("09 09:00", "09 11:00"), single)
    said = "A start lies in a black-out of the calendar: move"
    told = of_the_calendar(why_job(engine.world, engine.world.jobs["/job"]))
    assert told == [("/bank", said, at("2024-03-09 11:00"))]
    assert times_of(engine.starts_until("2024-03-10 12:00")) == ["03-10 10:00"]
    assert of_the_calendar(why_job(engine.world, engine.world.jobs["/job"])) == []
    engine.files(dark("11 09:00", "12 11:00"))
    engine.files(dark("12 09:00", "12 11:00"))
    assert times_of(engine.starts_until("2024-03-13 12:00")) == ["03-11 10:00", "03-13 10:00"]


def test_a_job_that_repeats_rests_in_a_black_out_and_goes_on_at_its_end() -> None:
    often = job_with('<run_time calendar="/bank" repeat="01:00:00"/>')
    engine = JobClock("2024-03-08 12:00", dark("08 13:30", "08 15:15"), often)
    assert times_of(engine.starts_until("2024-03-08 14:00")) == ["03-08 12:00", "03-08 13:00"]
    found = why_job(engine.world, engine.world.jobs["/job"])
    said = "Nothing starts in this black-out of the calendar: move"
    assert of_the_calendar(found) == [("/bank", said, at("2024-03-08 15:15"))]
    assert times_of(engine.starts_until("2024-03-08 16:30")) == ["03-08 15:15", "03-08 16:15"]


def test_an_order_does_not_start_in_a_black_out_and_says_so_before() -> None:
    order = an_order(run_time=run_time('<run_time calendar="/bank" single_start="10:00"/>'), has_run_time=True)
    engine = JobClock("2024-03-08 12:00", dark("09 09:00", "09 11:00"), a_job(), a_chain(), order)
    [found] = of_the_calendar(why_order(engine.world, engine.world.orders[OrderKey("/chain", "1")]))
    assert found[0] == "/bank"
    assert times_of(engine.starts_until("2024-03-10 12:00"))[:1] == ["03-10 10:00"]


def test_an_order_waits_at_a_job_whose_period_a_black_out_cuts() -> None:
    job = job_with('<run_time calendar="/bank"/>')
    engine = JobClock("2024-03-08 12:00", dark("08 11:00", "08 15:15"), job, a_chain(), an_order())
    [found] = of_the_calendar(why_order(engine.world, engine.world.orders[OrderKey("/chain", "1")]))
    assert found == ("/bank", "Nothing starts in this black-out of the calendar: move", at("2024-03-08 15:15"))
    assert times_of(engine.starts_until("2024-03-08 16:00"))[:1] == ["03-08 15:15"]


def test_what_never_starts_because_of_black_outs_says_so() -> None:
    once = job_with('<run_time calendar="/bank"><at at="2024-03-09 10:00"/></run_time>')
    engine = JobClock("2024-03-08 12:00", dark("09 09:00", "09 11:00"), once)
    kinds = [each.kind for each in why_job(engine.world, engine.world.jobs["/job"])]
    assert kinds[-2:] == ["black_out", "no_further_start"]
    assert times_of(engine.starts_until("2024-03-10 12:00")) == []


def test_no_calendar_has_too_many_black_outs() -> None:
    many = "".join(
        f'<black_out begin="2026-01-01 00:{number // 60:02}:{number % 60:02}" end="2026-02-01"/>'
        for number in range(MOST_BLACK_OUTS + 1)
    )
    with pytest.raises(WorkloadError) as refused:
        calendar(f"<calendar>{many}</calendar>")
    assert refused.value.code is Code.OUT_OF_RANGE


def test_the_libraries_are_not_loaded_before_a_calendar_needs_them() -> None:
    program = (
        "import sys, netcore.engine, netcore.folder_reader\n"
        "from scheduler.configuration import read_object\n"
        "from scheduler.records import ObjectKind\n"
        "read_object(ObjectKind.CALENDAR, '/a', b'<calendar><closed date=\"2026-01-01\"/></calendar>', {})\n"
        "sys.exit(bool({'holidays', 'icalendar', 'dateutil'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
