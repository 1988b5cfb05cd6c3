"""iCalendar files: the days of their events, and a calendar as such a file.

An event of the category WORKING_DAY opens its days, any other one closes them.

The library is imported when the first file comes along. Only days count: an event with times of day closes the local
days that it touches. Repeated events are followed through all years that are planned for.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from scheduler.calendars.model import YEARS, Calendar, DayKind
from scheduler.errors import Code, WorkloadError

#: events, and days of all of them, that one file may have
MOST_EVENTS, MOST_DAYS = 10_000, 50_000
#: days of one event
LONGEST = 3660
WORKING_DAY = "WORKING DAY"

_ONE_DAY = timedelta(days=1)
_FIRST, _LAST = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)


def is_ical(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").upper().startswith(b"BEGIN:VCALENDAR")


class Days(NamedTuple):
    "Days and what they are called."

    closed: dict[date, str]
    opened: dict[date, str]


def days_of(data: bytes, name: str) -> Days:
    """The days of all events; `name` is that of the file, for refusals.

    Cancelled events do not count. Raises BAD_ICAL with the event that is wrong.
    """
    import icalendar

    try:
        events = icalendar.Calendar.from_ical(data).walk("VEVENT")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise WorkloadError(Code.BAD_ICAL, file=name, problem=str(error) or type(error).__name__) from None
    if len(events) > MOST_EVENTS:
        raise WorkloadError(Code.BAD_ICAL, file=name, problem=f"it has more than {MOST_EVENTS} events")
    found = Days({}, {})
    for number, event in enumerate(events, 1):
        title = str(event.get("SUMMARY", "")).strip()
        try:
            into = found.opened if _opens(event) else found.closed
            for day in _days(event):
                into.setdefault(day, title)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            problem = f"event {number} ({title or 'without a name'}): {error}"
            raise WorkloadError(Code.BAD_ICAL, file=name, problem=problem) from None
        if len(found.closed) + len(found.opened) > MOST_DAYS:
            raise WorkloadError(Code.BAD_ICAL, file=name, problem=f"it has more than {MOST_DAYS} days")
    return found


def _opens(event: Any) -> bool:
    given = event.get("CATEGORIES", [])
    lists = given if isinstance(given, list) else [given]
    return any(str(word).upper() == WORKING_DAY for words in lists for word in words.cats)


def _days(event: Any) -> list[date]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return []
    if "DTSTART" not in event:
        raise ValueError("it has no DTSTART")
    begin = event["DTSTART"].dt
    first, length = _local_day(begin), _length(event, begin)
    if not 1 <= length <= LONGEST:
        raise ValueError(f"it lasts {length} days; 1 to {LONGEST} were expected")
    starts = {first, *_repeated(event, first), *_listed(event, "RDATE")} - set(_listed(event, "EXDATE"))
    days = (start + _ONE_DAY * offset for start in starts for offset in range(length))
    return [day for day in days if _FIRST <= day <= _LAST]


def _length(event: Any, begin: date) -> int:
    "Days that the event touches. The end of an event of whole days is the day after it."
    if "DTEND" in event:
        end = event["DTEND"].dt
    elif "DURATION" in event:
        end = begin + event["DURATION"].dt
    else:
        return 1
    if isinstance(end, datetime) and isinstance(begin, datetime):
        if end <= begin:
            return 1
        end = end - timedelta(microseconds=1)
        return (_local_day(end) - _local_day(begin)).days + 1
    return max(1, (_local_day(end) - _local_day(begin)).days)


def _local_day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _repeated(event: Any, first: date) -> list[date]:
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

    found: list[date] = []
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        parts = {name.upper(): list(value) for name, value in rule.items()}
        if set(map(str, parts.get("FREQ", []))) & {"HOURLY", "MINUTELY", "SECONDLY"}:
            raise ValueError("it repeats more than once a day")
        # whole days only: an end with a zone is cut to its day
        parts["UNTIL"] = [datetime.combine(_local_day(each), time.max) for each in parts.get("UNTIL", [])]
        text = ";".join(_part(name, value) for name, value in parts.items() if value)
        series = rrulestr(text, dtstart=datetime.combine(first, time()))
        for moment in series:
            if moment.date() > _LAST:
                break
            found.append(moment.date())
            if len(found) > MOST_DAYS:
                raise ValueError(f"it repeats more than {MOST_DAYS} times")
    return found


def _part(name: str, value: list[Any]) -> str:
    texts = [f"{each:%Y%m%dT%H%M%S}" if isinstance(each, datetime) else str(each) for each in value]
    return f"{name}={','.join(texts)}"


def _listed(event: Any, name: str) -> list[date]:
    given = event.get(name, [])
    lists = given if isinstance(given, list) else [given]
    return [_local_day(each.dt[0] if isinstance(each.dt, tuple) else each.dt) for dates in lists for each in dates.dts]


def as_ical(calendar: Calendar, first: date, last: date, now: datetime) -> bytes:
    "Holidays from `first` to `last`, and opened days, as events of whole days; weekends are left out."
    import icalendar

    file = icalendar.Calendar()
    file.add("prodid", "-//Stellwerk//calendar//EN")
    file.add("version", "2.0")
    file.add("x-wr-calname", calendar.title or calendar.path)
    for each in calendar.days(first, last):
        if each.kind not in (DayKind.HOLIDAY, DayKind.OPENED):
            continue
        event = icalendar.Event()
        event.add("uid", sha256(f"{calendar.path} {each.day}".encode()).hexdigest()[:32] + "@stellwerk")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", each.day)
        event.add("dtend", each.day + _ONE_DAY)
        event.add("summary", each.name or ("working day" if each.works else "holiday"))
        event.add("transp", "TRANSPARENT")
        if each.works:
            event.add("categories", [WORKING_DAY])
        file.add_component(event)
    data: bytes = file.to_ical()
    return data
