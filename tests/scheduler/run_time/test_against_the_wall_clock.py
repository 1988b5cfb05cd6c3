"""The product and an independent model agree, on any run time, in every zone, especially when clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.run_time.calendar import StartKind, periods_between, starts_between
from scheduler.run_time.job_starts import interval_at, next_interval, next_single_start
from scheduler.run_time.model import DayPattern, Holidays, Period, RunTime, Schedule, WhenHoliday
from scheduler.run_time.order_starts import first_start, start_after_round
from scheduler.run_time.periods import is_interval, repeats, starts
from scheduler.run_time.plan import resolve
from scheduler.run_time.rule import Rule
from scheduler.run_time.schedules import Schedules
from tests.support.wall_clock import DAY, MINUTE, Seen, Wall, fixed_starts, offset_changes, periods_of_day

#: since then all zones are on whole minutes
YEARS = st.integers(1975, 2036)
ZONES = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc", "posix", "right")))
WATCHED = 3 * DAY

minutes_of_day = st.one_of(st.integers(0, 1439), st.sampled_from([0, 60, 90, 120, 150, 180, 1380, 1410, 1439]))
holiday_rules = st.sampled_from(list(WhenHoliday))
repetitions = st.sampled_from([0.0, 300.0, 1800.0, 3600.0, 7200.0, 90000.0])


@st.composite
def periods(draw: st.DrawFn) -> Period:
    rule = draw(holiday_rules)
    if draw(st.booleans()):
        moment = draw(minutes_of_day) * 60
        return Period(moment, moment, single_start=True, let_run=True, when_holiday=rule)
    if draw(st.booleans()):
        begin, end = 0, 1440
    else:
        begin, end = sorted((draw(minutes_of_day), draw(minutes_of_day) + 1))
    repeat, absolute = draw(st.sampled_from([(1, 0), (0, 1), (0, 0)]))
    amount = draw(repetitions)
    return Period(begin * 60, end * 60, False, repeat * amount, absolute * amount, when_holiday=rule)


some_periods = st.lists(periods(), min_size=1, max_size=2).map(tuple)


def by_day(days: st.SearchStrategy, most: int) -> st.SearchStrategy:
    return st.dictionaries(days, some_periods, max_size=most).map(lambda found: tuple(found.items()))


patterns = st.builds(
    DayPattern,
    weekdays=by_day(st.integers(0, 6), 7),
    month_days=by_day(st.integers(1, 31), 3),
    nth_weekdays=by_day(st.tuples(st.integers(0, 6), st.sampled_from([1, 2, 3, 4, -1, -2, -3, -4])), 3),
    ultimos=by_day(st.integers(0, 30), 3),
)


@st.composite
def run_times(draw: st.DrawFn, middle: date) -> RunTime:
    near = st.integers(-4, 4).map(lambda days: middle + days * DAY)
    moments = st.builds(lambda day, minute: datetime.combine(day, time()) + minute * MINUTE, near, minutes_of_day)
    return RunTime(
        ats=tuple(sorted(draw(st.sets(moments, max_size=2)))),
        dates=draw(by_day(near, 2)),
        days=draw(patterns),
        months=tuple(sorted(draw(st.dictionaries(st.integers(1, 12), patterns, max_size=2)).items())),
    )


@st.composite
def holidays_near(draw: st.DrawFn, middle: date) -> Holidays:
    near = st.integers(-25, 25).map(lambda days: middle + days * DAY)
    return Holidays(
        draw(st.frozensets(st.integers(0, 6), max_size=draw(st.sampled_from([0, 2, 7])))),
        draw(st.frozensets(near, max_size=6)),
    )


@st.composite
def places(draw: st.DrawFn) -> tuple[ZoneInfo, date]:
    "A zone and a day; mostly one on which its clock is changed."
    zone, year = ZoneInfo(draw(st.sampled_from(ZONES))), draw(YEARS)
    changes = offset_changes(zone, year)
    if changes and draw(st.integers(0, 3)):
        return zone, draw(st.sampled_from(changes))
    return zone, date(year, 1, 1) + draw(st.integers(0, 364)) * DAY


@given(st.data(), YEARS)
@settings(max_examples=60, deadline=None)
def test_the_periods_of_every_day_of_a_quarter_are_the_same(data: st.DataObject, year: int) -> None:
    middle = date(year, 2, 20)
    run_time, holidays = data.draw(run_times(middle)), data.draw(holidays_near(middle))
    without_ats = RunTime(dates=run_time.dates, days=run_time.days, months=run_time.months)
    rule = Rule(without_ats, holidays)
    first, last = middle - 45 * DAY, middle + 45 * DAY
    found = dict(rule.days_from(first, last))
    for number in range(91):
        day = first + number * DAY
        expected = periods_of_day(without_ats, holidays, day)
        assert set(found.get(day, ())) == set(expected), day
        assert [each.begin for each in found.get(day, ())] == sorted(each.begin for each in set(expected)), day
    for wanted in (repeats, starts, is_interval):
        chosen = ((day, tuple(filter(wanted, each))) for day, each in found.items())
        assert list(rule.only(wanted).days_from(first, last)) == [(day, each) for day, each in chosen if each]


@given(st.data(), places())
@settings(max_examples=40, deadline=None)
def test_every_answer_about_three_days_is_the_same(data: st.DataObject, place: tuple[ZoneInfo, date]) -> None:
    zone, middle = place
    run_time, holidays = data.draw(run_times(middle)), data.draw(holidays_near(middle))
    begin = datetime.combine(middle - DAY, time(data.draw(st.integers(0, 23))), UTC)
    end = begin + WATCHED
    wall = Wall(zone, begin, end)
    seen = wall.seen(run_time, holidays)
    plan = resolve(run_time, zone=zone, holidays=holidays)
    fixed = sorted({start for start, _ in fixed_starts(seen, end) if begin <= start < end})
    intervals = [each for each in seen if not each.period.single_start and each.begin != each.end]

    found = starts_between(plan, begin, end, limit=100_000)
    only_fixed = {start.at for start in found if start.kind is not StartKind.REPEAT}
    assert only_fixed <= set(fixed)
    assert set(fixed) <= {start.at for start in found}
    assert [start.at for start in found] == sorted({start.at for start in found})
    listed = {each.begin for each in periods_between(plan, begin, end, all_intervals=True) if begin <= each.begin}
    singles = [each for each in seen if each.period.single_start]
    assert listed == {each.begin for each in [*intervals, *singles] if begin <= each.begin < end}

    for number in data.draw(st.lists(st.integers(0, int(WATCHED / MINUTE) - 1), min_size=1, max_size=12)):
        now = begin + number * MINUTE
        inside = [each for each in intervals if each.begin <= now and (each.end is None or now < each.end)]
        interval = interval_at(plan, now)
        assert (interval is None) == (not inside)
        if interval:
            assert interval.begin == min(each.begin for each in inside)
            if interval.end < end:
                assert interval.adjoined == any(
                    each.begin <= interval.end and (each.end is None or interval.end < each.end) for each in intervals
                )
        agree(next_single_start(plan, now), first(fixed, now), end)
        following = next_interval(plan, now)
        agree(following and following.begin, first([each.begin for each in intervals], now + MINUTE), end)
        agree(first_start(plan, now), round_start(intervals, fixed, now), end)
        agree(start_after_round(plan, now), after_round(intervals, fixed, now), end)


@given(st.data(), places())
@settings(max_examples=20, deadline=None)
def test_a_substitute_takes_over_and_gives_back_on_time(data: st.DataObject, place: tuple[ZoneInfo, date]) -> None:
    zone, middle = place
    original, other = data.draw(run_times(middle)), data.draw(run_times(middle))
    midday = datetime.combine(middle, time(12))
    valid_from = midday + data.draw(st.integers(-2000, 1000)) * MINUTE
    valid_to = valid_from + data.draw(st.integers(1, 2500)) * MINUTE
    schedules = Schedules([Schedule("/plan", original), Schedule("/other", other, "/plan", valid_from, valid_to)])
    plan = resolve(RunTime(schedule="/plan"), schedules, zone)
    begin = datetime.combine(middle - DAY, time(), UTC)
    end = begin + WATCHED
    wall = Wall(zone, begin, end)

    def substituted(instant: datetime) -> bool:
        return valid_from <= wall.shown(instant) < valid_to

    found = {start.at for start in starts_between(plan, begin, end, 100_000) if start.kind is not StartKind.REPEAT}
    expected = set()
    covered: list[tuple[Seen, bool]] = []
    for run_time, is_other in ((original, False), (other, True)):
        seen = wall.seen(run_time, Holidays())
        covered += [(each, is_other) for each in seen if not each.period.single_start]
        expected |= {
            start for start, _ in fixed_starts(seen, end) if begin <= start < end and substituted(start) == is_other
        }
    repeated = {start.at for start in starts_between(plan, begin, end, 100_000)} - found
    assert found <= expected <= found | repeated
    for number in data.draw(st.lists(st.integers(0, int(WATCHED / MINUTE) - 1), min_size=1, max_size=20)):
        now = begin + number * MINUTE
        inside = any(
            each.begin <= now and (each.end is None or now < each.end) and substituted(now) == is_other
            for each, is_other in covered
        )
        assert (interval_at(plan, now) is not None) == inside
        assert plan.schedule_at(now) == ("/other" if substituted(now) else "/plan")


def agree(found: datetime | None, expected: datetime | None, end: datetime) -> None:
    "The model sees nothing after `end`."
    if expected is None or expected >= end:
        assert found is None or found >= end
    else:
        assert found == expected


def first(instants: list[datetime], since: datetime) -> datetime | None:
    return min((each for each in instants if each >= since), default=None)


def repeating(intervals: list[Seen], now: datetime) -> list[Seen]:
    return [each for each in intervals if each.period.repeat and (each.end is None or now < each.end)]


def round_start(intervals: list[Seen], fixed: list[datetime], now: datetime) -> datetime | None:
    repeated = [max(now, each.begin) for each in repeating(intervals, now)]
    return min((each for each in (*repeated, first(fixed, now)) if each is not None), default=None)


def after_round(intervals: list[Seen], fixed: list[datetime], ended: datetime) -> datetime | None:
    "By the words of the rule: the end and the repetition, the rhythm across seams, else the next begin."
    candidates = [each for each in (first(fixed, ended + MINUTE),) if each is not None]
    ahead = sorted(repeating(intervals, ended), key=lambda each: each.begin)
    if ahead and ahead[0].begin <= ended:
        current: Seen | None = ahead[0]
        repeat = ahead[0].period.repeat
        start = ended + timedelta(seconds=repeat)
        while current is not None and current.end is not None and start >= current.end:
            seam = current.end
            after = sorted(repeating(intervals, seam), key=lambda each: each.begin)
            goes_on = after and after[0].begin <= seam and after[0].period.repeat == repeat
            if not goes_on:
                start = min((max(each.begin, seam) for each in after), default=datetime.max.replace(tzinfo=UTC))
            current = after[0] if goes_on else None
        candidates.append(start)
    else:
        candidates += [each.begin for each in ahead]
    return min(candidates, default=None)
