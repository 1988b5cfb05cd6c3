"""Types of attributes that hold days and times of day.

Names of weekdays are English and German, short or long, of months English; the case of letters does not matter. Several
days of one attribute are separated by blanks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.errors import Code, WorkloadError
from scheduler.run_time.clock import zone_named
from scheduler.run_time.model import CatchUp, WhenHoliday

_WEEKDAY_NAMES = (
    "sunday sun sonntag so",
    "monday mon montag mo",
    "tuesday tue dienstag di",
    "wednesday wed mittwoch mi",
    "thursday thu donnerstag do",
    "friday fri freitag fr",
    "saturday sat samstag sa",
)
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS: Mapping[str, int] = {
    **{str(number): number % 7 for number in range(8)},
    **{name: number for number, names in enumerate(_WEEKDAY_NAMES) for name in names.split()},
}
MONTHS: Mapping[str, int] = {
    **{str(number): number for number in range(1, 13)},
    **{name: number for number, name in enumerate(_MONTH_NAMES, 1)},
}

_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])(?::([0-5][0-9]))?")


@dataclass(frozen=True, slots=True)
class Days:
    "tuple[int, ...] of days, by their names or numbers, as written. Raises BAD_DAY."

    word: str
    by_name: Mapping[str, int]

    def read(self, text: str, attribute: str) -> tuple[int, ...]:
        names = text.lower().split()
        if not names or any(_plain(name) not in self.by_name for name in names):
            raise WorkloadError(Code.BAD_DAY, attribute=attribute, value=text, expected=self.word)
        return tuple(self.by_name[_plain(name)] for name in names)


def _plain(name: str) -> str:
    "A number without leading zeros."
    return name.lstrip("0") or "0" if name.isascii() and name.isdigit() else name


def _numbers(least: int, most: int) -> Mapping[str, int]:
    return {str(number): number for number in range(least, most + 1)}


@dataclass(frozen=True, slots=True)
class Date:
    "date, written yyyy-mm-dd. Raises BAD_DATE."

    word: str = "yyyy-mm-dd"

    def read(self, text: str, attribute: str) -> date:
        found = _DATE.fullmatch(text.strip())
        try:
            if found:
                return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
        raise WorkloadError(Code.BAD_DATE, attribute=attribute, value=text, expected=self.word)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Naive datetime, written yyyy-mm-dd HH:MM[:SS], up to 24:00; without time of day it is midnight.

    The word `instead`, if any, is read as None. Raises BAD_DATE.
    """

    instead: str = ""

    @property
    def word(self) -> str:
        return f"yyyy-mm-dd HH:MM[:SS] | {self.instead}" if self.instead else "yyyy-mm-dd HH:MM[:SS]"

    def read(self, text: str, attribute: str) -> datetime | None:
        stripped = text.strip()
        if self.instead and stripped == self.instead:
            return None
        day, _, clock = stripped.replace("T", " ", 1).partition(" ")
        try:
            midnight = datetime.combine(DATE.read(day, attribute), datetime.min.time())
            seconds = TIME_OF_DAY.read(clock.strip(), attribute) if clock else 0
            if seconds <= 86400:
                return midnight + timedelta(seconds=seconds)
        except (WorkloadError, OverflowError):
            pass
        raise WorkloadError(Code.BAD_DATE, attribute=attribute, value=text, expected=self.word)


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Seconds since midnight, written H:MM[:SS]. What is beyond 24:00 is left to whoever knows the period.

    Raises BAD_DATE.
    """

    word: str = "HH:MM[:SS]"

    def read(self, text: str, attribute: str) -> int:
        found = _CLOCK.fullmatch(text.strip())
        if found is None:
            raise WorkloadError(Code.BAD_DATE, attribute=attribute, value=text, expected=self.word)
        return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)


@dataclass(frozen=True, slots=True)
class Zone:
    "The name of a time zone, as written. Raises UNKNOWN_ZONE."

    word: str = "time zone"

    def read(self, text: str, attribute: str) -> str:
        return zone_named(text.strip()).key


@dataclass(frozen=True, slots=True)
class HolidayRule:
    "WhenHoliday. Raises BAD_CHOICE."

    word: str = " | ".join(WhenHoliday)

    def read(self, text: str, attribute: str) -> WhenHoliday:
        try:
            return WhenHoliday(text.strip())
        except ValueError:
            expected = ", ".join(WhenHoliday)
            raise WorkloadError(Code.BAD_CHOICE, attribute=attribute, value=text, expected=expected) from None


@dataclass(frozen=True, slots=True)
class CatchUpRule:
    "CatchUp. Raises BAD_CHOICE."

    word: str = " | ".join(CatchUp)

    def read(self, text: str, attribute: str) -> CatchUp:
        try:
            return CatchUp(text.strip())
        except ValueError:
            expected = ", ".join(CatchUp)
            raise WorkloadError(Code.BAD_CHOICE, attribute=attribute, value=text, expected=expected) from None


WEEKDAY_LIST = Days("weekdays (0 or 7 is Sunday)", WEEKDAYS)
MONTH_DAY_LIST = Days("days from 1 to 31", _numbers(1, 31))
ULTIMO_LIST = Days("days from 0 (the last of the month) to 30", _numbers(0, 30))
MONTH_LIST = Days("months", MONTHS)
WHICH = Days("1 to 4, or -1 to -4", {**_numbers(1, 4), **_numbers(-4, -1)})
DATE = Date()
TIME_OF_DAY = TimeOfDay()
LOCAL_TIME = LocalTime()
LOCAL_TIME_OR_NOW = LocalTime("now")
ZONE = Zone()
WHEN_HOLIDAY = HolidayRule()
CATCH_UP = CatchUpRule()
