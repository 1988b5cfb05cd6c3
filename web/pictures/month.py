"""A month as weeks of days, each with what happened or is to come."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from web.pictures.hours import NONE, Counts


@dataclass(frozen=True, slots=True)
class Day:
    "`inside`: of this month. `density` 0 to 4, by the number of starts."

    day: date
    inside: bool
    today: bool
    counts: Counts
    density: int


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    weeks: tuple[tuple[Day, ...], ...]
    previous: date
    next: date


def month(counts: Mapping[date, Counts], first: date, today: date) -> Month:
    "The month that `first` is in; weeks begin on Monday."
    first = first.replace(day=1)
    most = max((each.total for each in counts.values()), default=0)
    weeks = tuple(
        tuple(_day(day, first, today, counts.get(day, NONE), most) for day in week)
        for week in Calendar().monthdatescalendar(first.year, first.month)
    )
    following = (first + timedelta(days=32)).replace(day=1)
    return Month(first, weeks, (first - timedelta(days=1)).replace(day=1), following)


def _day(day: date, first: date, today: date, counts: Counts, most: int) -> Day:
    density = 0 if not counts.total else 1 + min(3, 4 * counts.total // (most + 1))
    return Day(day, day.month == first.month, day == today, counts, density)
