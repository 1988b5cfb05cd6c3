"The n-th working days of each month, from its beginning or its end."

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from itertools import groupby

from scheduler.calendars.model import YEARS, Calendar

#: more working days than that no month has
MOST = 31


def only_nth(calendar: Calendar, numbers: Collection[int]) -> Calendar:
    """The calendar with no other working days than these of each month: 1 is the first one, -1 the last one.

    Months with fewer working days do without. Holidays keep their names.
    """
    first, last = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
    working = [each for each in calendar.days(first, last) if each.works]
    opened: dict[date, str] = {}
    for _, days in groupby(working, key=lambda each: (each.day.year, each.day.month)):
        month = list(days)
        for number in sorted(numbers):
            if abs(number) <= len(month):
                each = month[number - 1 if number > 0 else number]
                opened.setdefault(each.day, each.name or _word(number))
    return replace(calendar, weekdays=frozenset(), opened=tuple(sorted(opened.items())))


def _word(number: int) -> str:
    if number == -1:
        return "last working day"
    return f"working day {number}" if number > 0 else f"working day {-number} before the end"
