"""iCalendar files: the days of their events, and a calendar as such a file.

An event of the category WORKING_DAY opens its days, any other one closes them.

The library is imported when the first file comes along. Only days count: an event with times of day closes the local
days that it touches. Repeated events are followed through all years that are planned for (`occurrences`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from scheduler.calendars import occurrences
from scheduler.calendars.model import Calendar, DayKind
from scheduler.calendars.occurrences import MOST_DAYS
from scheduler.errors import Code, WorkloadError

#: events that one file may have; of all of them together there may be `MOST_DAYS` days
MOST_EVENTS = 10_000
WORKING_DAY = "WORKING DAY"

_ONE_DAY = timedelta(days=1)
_FOLD = re.compile(rb"\r?\n[ \t]")


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
        events = icalendar.Calendar.from_ical(_unfolded(data)).walk("VEVENT")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise WorkloadError(Code.BAD_ICAL, file=name, problem=str(error) or type(error).__name__) from None
    if len(events) > MOST_EVENTS:
        raise WorkloadError(Code.BAD_ICAL, file=name, problem=f"it has more than {MOST_EVENTS} events")
    found = Days({}, {})
    moved = _moved(events)
    for number, event in enumerate(events, 1):
        title = str(event.get("SUMMARY", "")).strip()
        try:
            occurrences.check(event)
            into = found.opened if _opens(event) else found.closed
            elsewhere = () if "RECURRENCE-ID" in event else moved.get(str(event.get("UID", "")), ())
            for day in occurrences.days(event, elsewhere):
                into.setdefault(day, title)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            problem = f"event {number} ({title or 'without a name'}): {error}"
            raise WorkloadError(Code.BAD_ICAL, file=name, problem=problem) from None
        if len(found.closed) + len(found.opened) > MOST_DAYS:
            raise WorkloadError(Code.BAD_ICAL, file=name, problem=f"it has more than {MOST_DAYS} days")
    return found


def _unfolded(data: bytes) -> str:
    "Long lines in one piece: they may be folded within a letter. Raises ValueError."
    whole = _FOLD.sub(b"", data)
    try:
        return whole.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = whole.upper().count(b"BEGIN:VEVENT", 0, error.start)
        raise ValueError(f"event {number}: it is not written in UTF-8" if number else "it is not in UTF-8") from None


def _moved(events: Sequence[Any]) -> dict[str, list[Any]]:
    "By UID of their series: which single ones of it stand in events of their own."
    found: dict[str, list[Any]] = {}
    for event in events:
        single = event.get("RECURRENCE-ID")
        if hasattr(single, "dt"):  # what is broken is refused when its turn comes
            found.setdefault(str(event.get("UID", "")), []).append(single.dt)
    return found


def _opens(event: Any) -> bool:
    given = event.get("CATEGORIES", [])
    lists = given if isinstance(given, list) else [given]
    return any(str(word).upper() == WORKING_DAY for words in lists for word in words.cats)


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
