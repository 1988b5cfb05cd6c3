"""What a run time says, after reading: frozen, the defaults applied, times of day as seconds since local midnight.

Weekdays count from 0 (Sunday) to 6. All of it is hashable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

DAY_SECONDS = 86400
SUNDAY = 0


class WhenHoliday(StrEnum):
    "What becomes of a period whose day is a holiday."

    SUPPRESS = "suppress"
    IGNORE_HOLIDAY = "ignore_holiday"
    PREVIOUS_NON_HOLIDAY = "previous_non_holiday"
    NEXT_NON_HOLIDAY = "next_non_holiday"


@dataclass(frozen=True, slots=True)
class Period:
    """A part of a day: an interval `[begin, end)`, or a single start, which is the moment `begin` (= `end`).

    `repeat` (counted from the end of a run) and `absolute_repeat` (a grid from `begin`) are seconds, 0 for none; at
    most one of them is set, and a single start has neither.
    """

    begin: int = 0
    end: int = DAY_SECONDS
    single_start: bool = False
    repeat: float = 0.0
    absolute_repeat: float = 0.0
    let_run: bool = False
    when_holiday: WhenHoliday = WhenHoliday.SUPPRESS
    start_once: bool = False

    @property
    def starts_by_itself(self) -> bool:
        "Whether something starts in it without being asked; the others only permit starts."
        return self.single_start or self.repeat > 0 or self.absolute_repeat > 0


def single_start(at: int, when_holiday: WhenHoliday = WhenHoliday.SUPPRESS) -> Period:
    "The period that is a moment, in seconds since midnight."
    return Period(at, at, single_start=True, let_run=True, when_holiday=when_holiday)


def moment_of(at: datetime) -> Period:
    "The period that an `at` is, on its day."
    return single_start(at.hour * 3600 + at.minute * 60 + at.second)


Periods = tuple[Period, ...]
#: asks whether a period is looked for
Wanted = Callable[[Period], bool]

_Key = TypeVar("_Key")
#: days with their periods; no day occurs twice
ByDay = tuple[tuple[_Key, Periods], ...]


def _only(wanted: Wanted, days: ByDay[_Key]) -> ByDay[_Key]:
    chosen = ((day, tuple(filter(wanted, periods))) for day, periods in days)
    return tuple((day, periods) for day, periods in chosen if periods)


@dataclass(frozen=True, slots=True)
class DayPattern:
    """Days of a month and their periods. A day that several of them name has the periods of all.

    `month_days`: 1 to 31. `nth_weekdays`: (weekday, which), which 1 to 4 from the beginning of the month, -1 to -4 from
    its end. `ultimos`: days before the last day of the month, 0 to 30.
    """

    weekdays: ByDay[int] = ()
    month_days: ByDay[int] = ()
    nth_weekdays: ByDay[tuple[int, int]] = ()
    ultimos: ByDay[int] = ()

    def all_periods(self) -> Iterator[Period]:
        "Of all days, one after the other."
        for days in (self.weekdays, self.month_days, self.ultimos):
            for _, periods in days:
                yield from periods
        for _, periods in self.nth_weekdays:
            yield from periods

    def only(self, wanted: Wanted) -> DayPattern:
        "The same days with the wanted periods alone."
        weekdays, month_days = _only(wanted, self.weekdays), _only(wanted, self.month_days)
        return DayPattern(weekdays, month_days, _only(wanted, self.nth_weekdays), _only(wanted, self.ultimos))


def every_day(periods: Periods) -> DayPattern:
    return DayPattern(weekdays=tuple((weekday, periods) for weekday in range(7)))


EVERY_DAY = every_day((Period(),))


class CatchUp(StrEnum):
    "What becomes of starts that passed while no engine was active."

    NONE = "none"
    ONCE = "once"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Holidays:
    "`working`: days that are none, whatever weekdays and dates say."

    weekdays: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        return (day in self.dates or day.isoweekday() % 7 in self.weekdays) and day not in self.working

    def __bool__(self) -> bool:
        return bool(self.weekdays or self.dates)

    @property
    def every_day(self) -> bool:
        "Whether there is no day beside them, as far as weekdays say."
        return len(self.weekdays) == 7 and not self.working

    def with_dates(self, dates: frozenset[date]) -> Holidays:
        return Holidays(self.weekdays, self.dates | dates, self.working - dates) if dates else self

    def joined(self, other: Holidays) -> Holidays:
        "What is a holiday here or there."
        working = frozenset(day for day in self.working if day not in other)
        working |= frozenset(day for day in other.working if day not in self)
        return Holidays(self.weekdays | other.weekdays, self.dates | other.dates, working)


NO_HOLIDAYS = Holidays()


@dataclass(frozen=True, slots=True)
class RunTime:
    """`<run_time>` or the inside of `<schedule>`. The default permits starts at any time and causes none.

    With `schedule` (an absolute path) only that schedule counts, `time_zone` and `catch_up`. `time_zone` empty: that
    of the configuration. `ats` and `dates` are local, in order of time. In a month of `months` (1 to 12) its pattern
    counts instead of `days`. `holidays` None: those of the configuration, or with `calendar` (an absolute path) the
    days on which that is closed; with both, a day that is one of either. `more_holidays` come on top in any case.
    `catch_up` None: as the classic engine does it; jobs start nothing, orders once.
    """

    schedule: str = ""
    time_zone: str = ""
    once: bool = False
    ats: tuple[datetime, ...] = ()
    dates: ByDay[date] = ()
    days: DayPattern = EVERY_DAY
    months: tuple[tuple[int, DayPattern], ...] = ()
    holidays: Holidays | None = None
    more_holidays: frozenset[date] = frozenset()
    title: str = ""
    source: str = ""
    calendar: str = ""
    catch_up: CatchUp | None = None

    @property
    def could_start(self) -> bool:
        "Whether it could start a job by itself, as far as is known without the schedule that it may refer to."
        return bool(self.schedule or self.once or self.ats) or any(each.starts_by_itself for each in self.all_periods())

    def all_periods(self) -> Iterator[Period]:
        "Of all days that it names itself; `ats` are not among them."
        for _, periods in self.dates:
            yield from periods
        for pattern in (self.days, *(pattern for _, pattern in self.months)):
            yield from pattern.all_periods()

    def only(self, wanted: Wanted) -> RunTime:
        "The same run time with the wanted periods alone. A month with none of them has none, whatever others have."
        return replace(
            self,
            ats=tuple(at for at in self.ats if wanted(moment_of(at))),
            dates=_only(wanted, self.dates),
            days=self.days.only(wanted),
            months=tuple((month, pattern.only(wanted)) for month, pattern in self.months),
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """A named schedule. `run_time.schedule` and `run_time.time_zone` are empty.

    With `substitute` (an absolute path) it takes the place of that schedule for `valid_from` <= t < `valid_to`, local
    times in the zone of whoever uses it; None: from the beginning, for ever.
    """

    path: str
    run_time: RunTime
    substitute: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    includes: tuple[str, ...] = ()
    source: str = ""

    @property
    def title(self) -> str:
        return self.run_time.title
