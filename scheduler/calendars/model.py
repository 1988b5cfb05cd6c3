"What a business calendar says, after reading."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property

from scheduler.run_time.black_outs import BlackOut
from scheduler.run_time.model import Holidays

#: the years that are worked out: instants of the protocol end in the last one
YEARS = range(2000, 2039)

EVERY_WEEKDAY = frozenset(range(7))
_ONE_DAY = timedelta(days=1)


class DayKind(StrEnum):
    WORKING = "working"      # as the weekday says
    OPENED = "opened"        # a working day although the weekday, or a holiday, says otherwise
    WEEKEND = "weekend"      # no working day of the week
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    "`name`: what the day is called, or empty."

    day: date
    kind: DayKind
    name: str = ""

    @property
    def works(self) -> bool:
        return self.kind in (DayKind.WORKING, DayKind.OPENED)


@dataclass(frozen=True)
class Calendar:
    """`<calendar>`. `weekdays` are the working ones, 0 (Sunday) to 6. `closed` and `opened` are days with their names,
    in order, each once; an opened day is a working day whatever else is said of it. `black_outs`: when nothing starts,
    whatever the day, in order of their begin."""

    path: str
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    closed: tuple[tuple[date, str], ...] = ()
    opened: tuple[tuple[date, str], ...] = ()
    black_outs: tuple[BlackOut, ...] = ()
    title: str = ""
    includes: tuple[str, ...] = ()
    source: str = ""

    @cached_property
    def holidays(self) -> Holidays:
        "The days that are not worked on, as run times take them."
        opened = frozenset(day for day, _ in self.opened)
        closed = frozenset(day for day, _ in self.closed)
        return Holidays(EVERY_WEEKDAY - self.weekdays, closed - opened, opened)

    @cached_property
    def _names(self) -> tuple[dict[date, str], dict[date, str]]:
        return dict(self.closed), dict(self.opened)

    def day(self, day: date) -> CalendarDay:
        closed, opened = self._names
        if day in opened:
            return CalendarDay(day, DayKind.OPENED, opened[day])
        if day in closed:
            return CalendarDay(day, DayKind.HOLIDAY, closed[day])
        works = day.isoweekday() % 7 in self.weekdays
        return CalendarDay(day, DayKind.WORKING if works else DayKind.WEEKEND)

    def black_outs_on(self, first: date, last: date) -> list[BlackOut]:
        "Those that have a part in the days from `first` to `last`, both included."
        begin, end = (datetime.combine(day, time()) for day in (first, last + _ONE_DAY))
        return [each for each in self.black_outs if each.begin < end and each.end > begin]

    def days(self, first: date, last: date) -> Iterator[CalendarDay]:
        "All days from `first` to `last`, both included."
        day = first
        while day <= last:
            yield self.day(day)
            day += _ONE_DAY
