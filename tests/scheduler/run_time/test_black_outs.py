"""Black-outs: nothing starts in them, and everything outside of them is as it was. Local times of Berlin, May 2024."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendars.model import Calendar
from scheduler.run_time.black_outs import BlackOut, BlackOuts, DarkSpan
from scheduler.run_time.calendar import StartKind, held_back, periods_between, starts_between
from scheduler.run_time.job_starts import interval_at, next_single_start, repeat_after_task
from scheduler.run_time.model import DayPattern, Period, RunTime, WhenHoliday, every_day
from scheduler.run_time.plan import Plan, resolve
from scheduler.run_time.schedules import Schedules
from tests.support.run_times import BERLIN, at, run_time, schedule

ALL_DAYS = frozenset(range(7))


def calendar(*spans: tuple[str, str], weekdays: frozenset[int] = ALL_DAYS) -> Calendar:
    black_outs = (BlackOut(*(datetime.fromisoformat(f"2024-05-{each}") for each in span), "move") for span in spans)
    return Calendar("/bank", weekdays, black_outs=tuple(sorted(black_outs)))


def plan(text: str, *spans: tuple[str, str], zone: str = "", weekdays: frozenset[int] = ALL_DAYS) -> Plan:
    named = schedule("/named", text.replace("run_time", "schedule"))
    known = Schedules([named], {"/bank": calendar(*spans, weekdays=weekdays)})
    used = '<run_time schedule="/named"/>' if not zone else text.replace(">", f' time_zone="{zone}">', 1)
    return resolve(run_time(used), known, BERLIN)


def told(of: Plan, begin: str = "2024-05-06", end: str = "2024-05-11") -> str:
    found = starts_between(of, at(f"{begin} 00:00"), at(f"{end} 00:00"))
    return ", ".join(f"{each.at.astimezone(BERLIN):%d %H:%M}" for each in found)


def daily(when_holiday: str, clock: str = "10:00") -> str:
    return f'<run_time calendar="/bank"><period single_start="{clock}" when_holiday="{when_holiday}"/></run_time>'


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        (daily("suppress"), [("07 09:00", "08 11:00")], "06 10:00, 09 10:00, 10 10:00"),
        (daily("suppress"), [("07 10:00", "08 10:00")], "06 10:00, 08 10:00, 09 10:00, 10 10:00"),
        (daily("suppress"), [("07 10:00:01", "08 09:59")], "06 10:00, 07 10:00, 08 10:00, 09 10:00, 10 10:00"),
        (daily("suppress"), [("07 09:00", "08 09:00"), ("07 12:00", "09 12:00")], "06 10:00, 10 10:00"),
        (daily("ignore_holiday"), [("07 09:00", "10 11:00")], "06 10:00, 07 10:00, 08 10:00, 09 10:00, 10 10:00"),
        ('<run_time calendar="/bank"><at at="2024-05-07 10:00"/><at at="2024-05-08 10:00"/></run_time>',
         [("07 09:00", "07 11:00")], "08 10:00"),
        ('<run_time calendar="/bank"><period begin="08:00" end="10:00" absolute_repeat="2400"/></run_time>',
         [("06 08:10", "06 09:00"), ("07 00:00", "11 00:00")], "06 08:00, 06 09:20"),
        ('<run_time calendar="/bank"><period begin="08:00" end="10:00" repeat="2400"/></run_time>',
         [("06 08:10", "06 09:00"), ("07 00:00", "11 00:00")], "06 08:00, 06 09:00, 06 09:40"),
        ('<run_time calendar="/bank"><period begin="08:00" end="09:00" absolute_repeat="2400"'
         ' when_holiday="next_non_holiday"/></run_time>', [("06 08:10", "06 09:00"), ("07 00:00", "11 00:00")],
         "06 08:00"),
    ],
)  # fmt: skip
def test_what_falls_away(text: str, spans: list[tuple[str, str]], expected: str) -> None:
    assert told(plan(text, *spans)) == expected


DAY = (
    '<run_time calendar="/bank"><monthdays><day day="{}"><period single_start="10:00" when_holiday="{}"/></day>'
    "</monthdays></run_time>"
)


@pytest.mark.parametrize(
    ("day", "when_holiday", "span", "expected"),
    [
        ("7", "next_non_holiday", ("07 09:00", "07 11:00"), "08 10:00"),
        ("7", "next_non_holiday", ("07 09:00", "09 11:00"), "10 10:00"),
        ("7", "next_non_holiday", ("07 09:00", "09 10:00"), "09 10:00"),
        ("7", "previous_non_holiday", ("07 09:00", "07 11:00"), "06 10:00"),
        ("6 7", "next_non_holiday", ("07 09:00", "07 11:00"), "06 10:00, 08 10:00"),
        ("7 8", "next_non_holiday", ("07 09:00", "07 11:00"), "08 10:00"),
        # over the weekend, which is closed, on to the Monday after it
        ("10", "next_non_holiday", ("10 09:00", "10 11:00"), "13 10:00"),
        # moved by the weekend onto the Monday, and by the black-out of that on to the Tuesday
        ("11", "next_non_holiday", ("13 09:00", "13 11:00"), "14 10:00"),
        ("1", "next_non_holiday", ("01 09:00", "22 10:00"), ""),
        ("2", "next_non_holiday", ("02 09:00", "22 10:00"), "22 10:00"),
    ],
)  # fmt: skip
def test_a_single_start_moves_to_the_nearest_day_that_is_neither_dark_nor_closed(
    day: str, when_holiday: str, span: tuple[str, str], expected: str
) -> None:
    of = plan(DAY.format(day, when_holiday), span, weekdays=frozenset({1, 2, 3, 4, 5}))
    assert told(of, "2024-04-25", "2024-06-01") == expected


def test_times_are_those_of_the_engine_whatever_zone_the_run_time_has() -> None:
    of = plan(daily("suppress", "05:00"), ("07 10:30", "07 11:30"), zone="America/New_York")
    assert told(of) == "06 11:00, 08 11:00, 09 11:00, 10 11:00", "05:00 there is 11:00 here"


def test_a_job_is_in_no_period_in_a_black_out_and_repeats_from_its_end() -> None:
    of = plan('<run_time calendar="/bank"><period repeat="600"/></run_time>', ("07 09:00", "07 11:00"))
    assert interval_at(of, at("2024-05-07 08:59:59")).end == at("2024-05-07 09:00")
    assert interval_at(of, at("2024-05-07 09:00")) is None
    assert interval_at(of, at("2024-05-07 11:00")).begin == at("2024-05-07 11:00")
    assert repeat_after_task(of, at("2024-05-07 08:55")) == at("2024-05-07 11:00")
    assert not plan('<run_time calendar="/bank"/>', ("07 09:00", "07 11:00")).always_open


def test_the_parts_of_intervals_come_in_order_of_their_begin() -> None:
    two = '<period begin="08:00" end="16:00" repeat="600"/><period begin="08:10" end="12:00"/>'
    of = plan(f'<run_time calendar="/bank">{two}</run_time>', ("07 09:00", "07 10:00"))
    found = periods_between(of, at("2024-05-07 00:00"), at("2024-05-08 00:00"), all_intervals=True)
    told = [tuple(f"{each.astimezone(BERLIN):%H:%M}" for each in (part.begin, part.end)) for part in found]
    assert told == [("08:00", "09:00"), ("08:10", "09:00"), ("10:00", "16:00"), ("10:00", "12:00")]


def test_a_substitute_has_the_black_outs_of_its_own_calendar() -> None:
    start = '<period single_start="10:00"/>'
    named = schedule("/named", f'<schedule calendar="/bank">{start}</schedule>')
    instead = schedule(
        "/instead",
        '<schedule substitute="/named" valid_from="2024-05-08 00:00:00" valid_to="2024-05-09 00:00:00">'
        f"{start}</schedule>",
    )
    known = Schedules([named, instead], {"/bank": calendar(("07 00:00", "10 00:00"))})
    of = resolve(run_time('<run_time schedule="/named"/>'), known, BERLIN)
    assert told(of) == "06 10:00, 08 10:00, 10 10:00"
    [told_of] = held_back(of, at("2024-05-06 00:00"), at("2024-05-11 00:00"))
    assert (told_of.span.name, told_of.calendar, told_of.first) == ("move", "/bank", at("2024-05-07 10:00"))


def test_only_black_outs_that_take_something_away_are_told() -> None:
    spans = ("06 12:00", "06 14:00"), ("07 09:00", "07 11:00"), ("08 09:00", "08 11:00")
    begin, end = at("2024-05-06 00:00"), at("2024-05-08 00:00")
    assert [each.first for each in held_back(plan(daily("suppress"), *spans), begin, end)] == [at("2024-05-07 10:00")]
    moved = plan(daily("next_non_holiday"), *spans)
    assert [each.first for each in held_back(moved, begin, end)] == [at("2024-05-07 10:00")]
    assert held_back(plan(daily("ignore_holiday"), *spans), begin, end) == []
    assert held_back(plan(daily("suppress")), begin, end) == []


# -- any run time, any black-outs

minutes = st.integers(0, 1439)
rules = st.sampled_from(list(WhenHoliday))
kept_away = st.sampled_from([each for each in WhenHoliday if each is not WhenHoliday.IGNORE_HOLIDAY])
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
#: days around which clocks are changed somewhere, and one on which none is
middles = st.sampled_from(
    [date(2024, 3, 31), date(2024, 10, 27), date(2024, 11, 3), date(2011, 12, 30), date(2024, 5, 6)]
)
#: seconds of `repeat` and `absolute_repeat`
open_or_grid, any_repeat = st.sampled_from([(0, 0), (0, 2700.0)]), st.sampled_from([(1800.0, 0), (0, 0), (0, 2700.0)])


@st.composite
def periods(draw: st.DrawFn, when: st.SearchStrategy[WhenHoliday], repeats: st.SearchStrategy) -> Period:
    begin, rule = draw(minutes) * 60, draw(when)
    if draw(st.booleans()):
        return Period(begin, begin, single_start=True, let_run=True, when_holiday=rule)
    end = draw(st.integers(begin // 60 + 1, 1440)) * 60
    repeat, absolute = draw(repeats)
    return Period(begin, end, repeat=repeat, absolute_repeat=absolute, when_holiday=rule)


@st.composite
def followed(
    draw: st.DrawFn, when: st.SearchStrategy[WhenHoliday], repeats: st.SearchStrategy = open_or_grid
) -> tuple[Plan, Plan, BlackOuts, datetime]:
    "A plan, the same without its black-outs, these, and the instant around which they lie."
    middle = datetime.combine(draw(middles), time())
    some = st.lists(periods(when, repeats), min_size=1, max_size=3).map(tuple)
    by_day = st.dictionaries(st.integers(0, 6), some, max_size=7)
    days = by_day.map(lambda found: DayPattern(weekdays=tuple(found.items())))
    moments = st.builds(lambda minute: middle + timedelta(minutes=minute), st.integers(-4000, 4000))
    ats = tuple(sorted(draw(st.sets(moments, max_size=2))))
    run = RunTime(calendar="/bank", time_zone=draw(zones), days=draw(st.one_of(some.map(every_day), days)), ats=ats)
    lengths = st.one_of(st.integers(1, 300), st.integers(1, 4000))
    begins = sorted(draw(st.sets(moments, max_size=4)))
    spans = [BlackOut(begin, begin + timedelta(minutes=draw(lengths))) for begin in begins]
    bank = Calendar("/bank", draw(st.frozensets(st.integers(0, 6), min_size=5)), black_outs=tuple(spans))
    plan = resolve(run, Schedules((), {"/bank": bank}), ZoneInfo(draw(zones)))
    return plan, plan.without_black_outs, plan.segments[0].black_outs, middle.replace(tzinfo=UTC)


WATCHED = timedelta(days=6)


def fixed(of: Plan, begin: datetime, end: datetime) -> list[datetime]:
    return [each.at for each in starts_between(of, begin, end, 5000)]


@given(followed(kept_away, any_repeat))
@settings(max_examples=60, deadline=None)
def test_no_start_lies_inside_and_starts_outside_are_unchanged(given_: tuple[Plan, Plan, BlackOuts, datetime]) -> None:
    with_them, without, dark, middle = given_
    begin, end = middle - WATCHED, middle + WATCHED
    starts = starts_between(with_them, begin, end, 5000)
    assert not [each for each in starts if any(span.begin <= each.at < span.end for span in dark.spans)]
    assert [each.at for each in starts] == sorted({each.at for each in starts})
    sure = [each.at for each in starts_between(without, begin, end, 5000) if each.kind is not StartKind.REPEAT]
    lit = {instant for instant in sure if not any(span.begin <= instant < span.end for span in dark.spans)}
    assert lit <= {each.at for each in starts}


@given(followed(st.just(WhenHoliday.SUPPRESS)))
@settings(max_examples=40, deadline=None)
def test_without_moves_what_is_outside_is_all_there_is(given_: tuple[Plan, Plan, BlackOuts, datetime]) -> None:
    with_them, without, dark, middle = given_
    begin, end = middle - WATCHED, middle + WATCHED
    lit = [instant for instant in fixed(without, begin, end) if not dark.cover(instant)]
    assert fixed(with_them, begin, end) == lit
    assert next_single_start(with_them, begin) == (lit[0] if lit else next_single_start(with_them, end))
    for hours in range(0, 12 * 24, 5):
        instant = begin + timedelta(hours=hours, minutes=hours % 7)
        expected = interval_at(without, instant) is not None and not dark.cover(instant)
        assert (interval_at(with_them, instant) is not None) is expected, instant


@given(followed(rules), st.integers(0, 2 * 8640))
@settings(max_examples=40, deadline=None)
def test_it_does_not_matter_in_which_pieces_time_is_asked_for(
    given_: tuple[Plan, Plan, BlackOuts, datetime], minute: int
) -> None:
    plan, _, _, middle = given_
    begin, end = middle - WATCHED, middle + WATCHED
    cut = begin + timedelta(minutes=minute)
    assert fixed(plan, begin, cut) + fixed(plan, cut, end) == fixed(plan, begin, end)
    begins = [each.begin for each in periods_between(plan, begin, end, all_intervals=True)]
    assert begins == sorted(begins)
    assert next_single_start(plan, cut) == next(iter(fixed(plan, cut, end)), next_single_start(plan, end))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=6), st.integers(0, 80), st.integers(0, 40))
def test_what_is_left_of_a_time_is_what_no_span_covers(spans: list[tuple[int, int]], begin: int, length: int) -> None:
    def minute(number: int) -> datetime:
        return datetime(2024, 5, 6, tzinfo=UTC) + timedelta(minutes=number)

    dark = BlackOuts(tuple(sorted(DarkSpan(minute(first), minute(first + last)) for first, last in spans)))
    lit = [number for number in range(begin, begin + length) if not dark.cover(minute(number))]
    assert lit == [
        number for number in range(begin, begin + length) if not any(each <= number < each + of for each, of in spans)
    ]
    parts = list(dark.left_of(minute(begin), minute(begin + length)))
    assert lit == [number for number in range(begin, begin + length) if any(a <= minute(number) < b for a, b in parts)]
    assert all(a < b for a, b in parts)
