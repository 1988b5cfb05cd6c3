"""The days of one run time: which periods a date has, holidays considered, and which dates have any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from scheduler.run_time.model import (
    DAY_SECONDS,
    DayPattern,
    Holidays,
    Period,
    Periods,
    RunTime,
    Wanted,
    WhenHoliday,
    moment_of,
)

#: how far a period is moved away from holidays
FARTHEST_SHIFT = 20

#: how many days are looked at before whole months are
LOOKED_AT_ONE_BY_ONE = timedelta(days=7)

_ONE_DAY = timedelta(days=1)
#: in which direction a holiday, or a black-out, moves a start
MOVES = {WhenHoliday.NEXT_NON_HOLIDAY: _ONE_DAY, WhenHoliday.PREVIOUS_NON_HOLIDAY: -_ONE_DAY}


class Rule:
    """A run time without schedule, and the holidays that count for it.

    Local dates only; neither zone nor schedule. Answers are remembered, the rule itself never changes, so that any
    thread may ask.
    """

    __slots__ = (
        "_ats",
        "_dates",
        "_days",
        "_months",
        "_only",
        "_patterns_of_months",
        "_periods",
        "_run_time",
        "_years_and_months",
        "holidays",
        "once",
    )

    def __init__(self, run_time: RunTime, holidays: Holidays) -> None:
        self._run_time = run_time
        self.once = run_time.once
        self.holidays = holidays
        self._ats = _by_date(run_time.ats)
        self._dates = dict(run_time.dates)
        self._days = _Pattern(run_time.days, holidays)
        self._months = {month: _Pattern(pattern, holidays) for month, pattern in run_time.months}
        self._years_and_months = {(day.year, day.month) for day in (*self._ats, *self._dates)}
        self._patterns_of_months: dict[tuple[int, int, int], tuple[int, ...]] = {}
        self._periods: tuple[Period, ...] | None = None
        self._only: dict[Wanted, Rule | None] = {}

    @property
    def always_open(self) -> bool:
        "Whether every day is one interval from its midnight to the next, without `repeat`; not more than a hint."
        if self.holidays or self._months or self._dates or not self._days.only_weekdays:
            return False
        return all(len(periods) == 1 and _is_whole_day(periods[0]) for periods in self._days.weekdays)

    def has(self, wanted: Wanted) -> bool:
        "Whether there is any such period at all, whatever its day."
        if self._periods is None:
            self._periods = tuple(self._all_periods())
        return any(wanted(period) for period in self._periods)

    def only(self, wanted: Wanted) -> Rule:
        """The rule of the wanted periods alone; itself when it has no others.

        Days that have others only need not be looked at, and that may be all days of twenty years. `wanted` is one of
        few functions: what it leaves is remembered.
        """
        if wanted not in self._only:
            has_others = self.has(lambda period: not wanted(period))
            self._only[wanted] = Rule(self._run_time.only(wanted), self.holidays) if has_others else None
        return self._only[wanted] or self

    def periods_on(self, day: date) -> Periods:
        """The periods of a day in order of `begin`, moved ones included.

        On a holiday only those that ignore it are left. An `at` starts at its own moment, whatever the day.
        """
        found = self._moved(day) if self.holidays else self._own(day)
        ats = self._ats.get(day)
        if ats:
            found += ats
        if len(found) < 2:
            return found
        return tuple(sorted(dict.fromkeys(found), key=_begin))

    def days_from(self, first: date, last: date) -> Iterator[tuple[date, Periods]]:
        """The days that have periods, both ends included, in order.

        The next days are looked at one by one, as most rules find something there; after that month by month, where
        only the days that are named cost something.
        """
        day = first
        near = min(last, first + LOOKED_AT_ONE_BY_ONE)
        while day <= near:
            periods = self.periods_on(day)
            if periods:
                yield day, periods
            day += _ONE_DAY
        month = day.replace(day=1) if day <= last else _next_month(last)
        while month <= last:
            yield from (found for found in self._month(month) if day <= found[0] <= last)
            month = _next_month(month)

    def _month(self, month: date) -> Iterator[tuple[date, Periods]]:
        "What `periods_on` says for all days of a month, worked out from the days that are named."
        following = _next_month(month)
        days = set(self._named(month))
        if self.holidays:
            for neighbour in (month, (month - _ONE_DAY).replace(day=1), following):
                days |= {target for day in self._named(neighbour) for target in self._targets(day)}
        for day in sorted(days):
            if month <= day < following:
                periods = self.periods_on(day)
                if periods:
                    yield day, periods

    def _named(self, month: date) -> list[date]:
        "The days of a month that have periods before holidays are considered; equal months are looked through once."
        year, number = month.year, month.month
        has_dates = (year, number) in self._years_and_months
        if not has_dates and not self._months.get(number, self._days).names_days:
            return []
        length = last_day_of(year, number)
        key = number if number in self._months else 0, month.weekday(), length
        pattern = self._patterns_of_months.get(key)
        if pattern is None:
            rule = self._months.get(number, self._days)
            days = range(1, length + 1) if rule.names_days else ()
            pattern = tuple(day for day in days if rule.on(date(year, number, day)))
            self._patterns_of_months[key] = pattern
        found = [date(year, number, day) for day in pattern]
        if has_dates:
            found += [day for day in (*self._dates, *self._ats) if (day.year, day.month) == (year, number)]
        return found

    def _targets(self, day: date) -> Iterator[date]:
        "The days beside a run of holidays that its periods may move to."
        if day not in self.holidays or self.holidays.every_day:
            return
        moves = {period.when_holiday for period in self._own(day)}
        for when_holiday, step in MOVES.items():
            if when_holiday in moves:
                for distance in range(1, FARTHEST_SHIFT + 1):
                    target = day + distance * step
                    if target not in self.holidays:
                        yield target
                        break

    def _own(self, day: date) -> Periods:
        "As written, without regard to holidays and without `at`."
        pattern = self._months.get(day.month, self._days).on(day)
        dates = self._dates.get(day)
        return dates + pattern if dates else pattern

    def _moved(self, day: date) -> Periods:
        own = self._own(day)
        if day in self.holidays:
            return tuple(period for period in own if period.when_holiday is WhenHoliday.IGNORE_HOLIDAY)
        for when_holiday, step in MOVES.items():
            own += self._coming(day, -step, when_holiday)
        return own

    def _coming(self, day: date, step: timedelta, when_holiday: WhenHoliday) -> Periods:
        "What the unbroken run of holidays beside `day` moves to it."
        found: Periods = ()
        for _ in range(FARTHEST_SHIFT):
            day += step
            if day not in self.holidays:
                break
            found += tuple(period for period in self._own(day) if period.when_holiday is when_holiday)
        return found

    def _all_periods(self) -> Iterator[Period]:
        for periods in (*self._ats.values(), *self._dates.values()):
            yield from periods
        for pattern in (self._days, *self._months.values()):
            yield from pattern.all_periods()


class _Pattern:
    "A `DayPattern`, ready to be asked for a date."

    __slots__ = ("month_days", "names_days", "nth_weekdays", "only_weekdays", "ultimos", "weekdays")

    def __init__(self, pattern: DayPattern, holidays: Holidays) -> None:
        def possible(weekday: int, periods: Periods) -> Periods:
            "Without those that fall on a holiday every week and are suppressed."
            if weekday not in holidays.weekdays or holidays.working:
                return periods
            return tuple(period for period in periods if period.when_holiday is not WhenHoliday.SUPPRESS)

        self.weekdays: list[Periods] = [(), (), (), (), (), (), ()]
        for weekday, periods in pattern.weekdays:
            self.weekdays[weekday] = possible(weekday, periods)
        self.month_days = dict(pattern.month_days)
        self.nth_weekdays = {key: possible(key[0], periods) for key, periods in pattern.nth_weekdays}
        self.ultimos = dict(pattern.ultimos)
        self.only_weekdays = not (self.month_days or self.nth_weekdays or self.ultimos)
        self.names_days = any(self.weekdays) or not self.only_weekdays

    def on(self, day: date) -> Periods:
        weekday = day.isoweekday() % 7
        found = self.weekdays[weekday]
        if self.only_weekdays:
            return found
        number = day.day
        to_end = last_day_of(day.year, day.month) - number
        if self.month_days:
            found += self.month_days.get(number, ())
        if self.nth_weekdays:
            found += self.nth_weekdays.get((weekday, 1 + (number - 1) // 7), ())
            found += self.nth_weekdays.get((weekday, -1 - to_end // 7), ())
        if self.ultimos:
            found += self.ultimos.get(to_end, ())
        return found

    def all_periods(self) -> Iterator[Period]:
        for periods in self.weekdays:
            yield from periods
        tables: tuple[dict[int, Periods] | dict[tuple[int, int], Periods], ...]
        tables = self.month_days, self.nth_weekdays, self.ultimos
        for table in tables:
            for periods in table.values():
                yield from periods


@lru_cache(maxsize=1024)
def shared_rule(run_time: RunTime, holidays: Holidays) -> Rule:
    "The rule of a named schedule, one for all that use it."
    return Rule(run_time, holidays)


@lru_cache(maxsize=1024)
def last_day_of(year: int, month: int) -> int:
    return (_next_month(date(year, month, 1)) - _ONE_DAY).day


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _is_whole_day(period: Period) -> bool:
    return (period.begin, period.end) == (0, DAY_SECONDS) and not period.repeat


def _begin(period: Period) -> int:
    return period.begin


def _by_date(ats: tuple[datetime, ...]) -> dict[date, Periods]:
    found: dict[date, Periods] = {}
    for at in ats:
        found[at.date()] = (*found.get(at.date(), ()), moment_of(at))
    return found
