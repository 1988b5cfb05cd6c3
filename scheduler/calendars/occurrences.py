"""The local days of one event of an iCalendar file, with its repetitions.

    DTSTART, RRULE, RDATE                  the days on which it begins, in its own zone
    EXDATE, events with a RECURRENCE-ID    those of them that are left out: called off, or moved to where that event is
    DTEND, DURATION                        how many days it touches each time

Events are those of the library `icalendar`. What is wrong raises ValueError with the property.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from scheduler.calendars.model import YEARS

#: days of one event, and how often it may repeat
LONGEST, MOST_DAYS = 3660, 50_000

_ONE_DAY = timedelta(days=1)
_FIRST, _LAST = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
#: properties that say when it is (others may be broken), and those of them that it has once
_ONCE = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID")
_TIMES = frozenset({*_ONCE, "RRULE", "RDATE", "EXDATE", "STATUS", "CATEGORIES"})
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def check(event: Any) -> None:
    "Raises ValueError when nobody can tell when the event is."
    for name, problem in event.errors:
        if name is None or name.upper() in _TIMES:
            raise ValueError(f"{name}: {problem}" if name else problem)
    for name in _ONCE:
        if isinstance(event.get(name), list):
            raise ValueError(f"it has more than one {name}")
    if "DTSTART" not in event:
        raise ValueError("it has no DTSTART")
    if "RECURRENCE-ID" in event and event["RECURRENCE-ID"].params.get("RANGE"):
        raise ValueError("RECURRENCE-ID: it is about all later events of its series, too")


def days(event: Any, elsewhere: Collection[Any] = ()) -> list[date]:
    "Of a checked event. `elsewhere`: the RECURRENCE-ID of each event that stands for a single one of this series."
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return []
    begin = event["DTSTART"].dt
    length = _length(event, begin)
    if not 1 <= length <= LONGEST:
        raise ValueError(f"it lasts {length} days; 1 to {LONGEST} were expected")
    starts = {_local_day(begin), *_repeated(event, begin), *_listed(event, "RDATE", begin)}
    starts -= {*_listed(event, "EXDATE", begin), *(_local_day(_as_at(each, begin)) for each in elsewhere)}
    found = (start + _ONE_DAY * offset for start in starts for offset in range(length))
    return [day for day in found if _FIRST <= day <= _LAST]


def _length(event: Any, begin: date) -> int:
    "Days that the event touches. The end of an event of whole days is the day after it."
    if "DTEND" in event:
        end = event["DTEND"].dt
    elif "DURATION" in event:
        end = begin + event["DURATION"].dt
    else:
        return 1
    first, last = _local_day(begin), _local_day(end)
    if last < first:
        raise ValueError("it ends before it begins")
    if isinstance(end, datetime) and isinstance(begin, datetime) and last > first:
        last = _local_day(end - timedelta(microseconds=1)) + _ONE_DAY
        return (last - first).days
    return max(1, (last - first).days)


def _local_day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _as_at(moment: date, begin: date) -> date:
    "The same instant in the zone of the event, as far as both have one."
    zoned = isinstance(moment, datetime) and isinstance(begin, datetime) and moment.tzinfo and begin.tzinfo
    return moment.astimezone(begin.tzinfo) if zoned else moment  # type: ignore[attr-defined]


def _repeated(event: Any, begin: date) -> list[date]:
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

    found: list[date] = []
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        parts = {name.upper(): list(value) for name, value in rule.items()}
        _check_rule(parts)
        parts["UNTIL"] = [_wall(_as_at(each, begin), time.max) for each in parts.get("UNTIL", [])]
        text = ";".join(_part(name, value) for name, value in parts.items() if value)
        for moment in rrulestr(text, dtstart=_wall(begin, time())):
            if moment.date() > _LAST:
                break
            found.append(moment.date())
            if len(found) > MOST_DAYS:
                raise ValueError(f"it repeats more than {MOST_DAYS} times")
    return found


def _check_rule(parts: dict[str, list[Any]]) -> None:
    if set(map(str, parts.get("FREQ", []))) & {"HOURLY", "MINUTELY", "SECONDLY"}:
        raise ValueError("it repeats more than once a day")
    months, month_days = ([int(each) for each in parts.get(name, [])] for name in ("BYMONTH", "BYMONTHDAY"))
    possible = (abs(day) <= _MONTH_DAYS[month - 1] for month in months for day in month_days)
    if months and month_days and not any(possible):  # looking for it would take as long as the calendar is
        raise ValueError("RRULE: there is no such day in these months")


def _wall(moment: date, clock: time) -> datetime:
    "What clocks show; `clock` on a whole day."
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else datetime.combine(moment, clock)


def _part(name: str, value: list[Any]) -> str:
    texts = [f"{each:%Y%m%dT%H%M%S}" if isinstance(each, datetime) else str(each) for each in value]
    return f"{name}={','.join(texts)}"


def _listed(event: Any, name: str, begin: date) -> list[date]:
    given = event.get(name, [])
    lists = given if isinstance(given, list) else [given]
    values = (each.dt[0] if isinstance(each.dt, tuple) else each.dt for dates in lists for each in dates.dts)
    return [_local_day(_as_at(each, begin)) for each in values]
