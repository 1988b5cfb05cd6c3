"""Another way to work out run times: a clock on the wall that is looked at every minute.

It knows nothing of the product but what a run time says. The wall clock shows the latest local time that has been
reached so far: set back, it stands until the old time comes again. So a moment comes exactly once, and one that the
clock jumps over comes with the jump. Everything must lie on whole minutes.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.run_time.model import Holidays, Period, RunTime

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Seen:
    "A period as it was seen on the wall; `end` None: not within the time that was watched."

    begin: datetime
    end: datetime | None
    period: Period


def periods_of_day(run_time: RunTime, holidays: Holidays, day: date) -> list[Period]:
    "Those of the day itself and those moved to it; `at` not among them."
    def is_holiday(some: date) -> bool:
        return some in holidays.dates or (some.weekday() + 1) % 7 in holidays.weekdays

    if is_holiday(day):
        return [each for each in written(run_time, day) if each.when_holiday == "ignore_holiday"]
    found = written(run_time, day)
    for distance in range(1, 21):
        for sign, word in ((-1, "next_non_holiday"), (1, "previous_non_holiday")):
            between = [day + sign * step * DAY for step in range(1, distance + 1)]
            if all(is_holiday(each) for each in between):
                found += [each for each in written(run_time, between[-1]) if each.when_holiday == word]
    return found


def written(run_time: RunTime, day: date) -> list[Period]:
    "The periods of a day before holidays are considered."
    found: list[Period] = []
    for each, periods in run_time.dates:
        if each == day:
            found += periods
    pattern = dict(run_time.months).get(day.month, run_time.days)
    length = calendar.monthrange(day.year, day.month)[1]
    for weekday, periods in pattern.weekdays:
        if day.strftime("%w") == str(weekday):
            found += periods
    for number, periods in pattern.month_days:
        if day.day == number:
            found += periods
    for before_end, periods in pattern.ultimos:
        if day.day + before_end == length:
            found += periods
    for (weekday, which), periods in pattern.nth_weekdays:
        such = [n for n in range(1, length + 1) if date(day.year, day.month, n).strftime("%w") == str(weekday)]
        if day.day in (such[which - 1 : which] if which > 0 else such[which : len(such) + which + 1]):
            found += periods
    return found


class Wall:
    "The wall clock of a zone, watched from two days before `begin` to two days after `end`."

    def __init__(self, zone: ZoneInfo, begin: datetime, end: datetime) -> None:
        self.minutes: list[tuple[datetime, datetime]] = []
        now, shown = begin - 2 * DAY, datetime(1, 1, 1)  # noqa: DTZ001
        while now <= end + 2 * DAY:
            shown = max(shown, now.astimezone(zone).replace(tzinfo=None))
            assert shown.second == 0, "a zone that is not on whole minutes"
            self.minutes.append((now, shown))
            now += MINUTE
        self._shown = dict(self.minutes)

    def shown(self, instant: datetime) -> datetime:
        return self._shown[instant]

    def reached(self, local: datetime) -> datetime | None:
        "When the wall first shows this time or a later one; None: not while it was watched."
        if local <= self.minutes[0][1] or local > self.minutes[-1][1]:
            return None
        low, high = 0, len(self.minutes) - 1
        while low < high:
            middle = (low + high) // 2
            if self.minutes[middle][1] >= local:
                high = middle
            else:
                low = middle + 1
        return self.minutes[low][0]

    def days(self) -> Iterator[date]:
        day = self.minutes[0][1].date()
        while day <= self.minutes[-1][1].date():
            yield day
            day += DAY

    def seen(self, run_time: RunTime, holidays: Holidays) -> list[Seen]:
        "All periods that begin while the wall is watched, and those of `at`."
        found = []
        for day in self.days():
            for period in periods_of_day(run_time, holidays, day):
                begin = self.reached(datetime.combine(day, time()) + timedelta(seconds=period.begin))
                end = self.reached(datetime.combine(day, time()) + timedelta(seconds=period.end))
                if begin is not None:
                    found.append(Seen(begin, end, period))
        for moment in run_time.ats:
            begin = self.reached(moment)
            if begin is not None:
                found.append(Seen(begin, begin, Period(single_start=True)))
        return found


def fixed_starts(seen: list[Seen], end: datetime) -> Iterator[tuple[datetime, Seen]]:
    "Single starts and points of grids before `end`, each with its period."
    for each in seen:
        if each.period.single_start:
            yield each.begin, each
        elif each.period.absolute_repeat:
            point = each.begin
            while point < (each.end or end):
                yield point, each
                point += timedelta(seconds=each.period.absolute_repeat)


def offset_changes(zone: ZoneInfo, year: int) -> list[date]:
    "The days of a year (UTC) in which the clock is changed."
    noon = datetime(year, 1, 1, 12, tzinfo=UTC)
    offsets = [(noon + number * DAY).astimezone(zone).utcoffset() for number in range(-1, 366)]
    changes = (number for number in range(1, len(offsets)) if offsets[number] != offsets[number - 1])
    return [(noon + (number - 1) * DAY).date() for number in changes]
