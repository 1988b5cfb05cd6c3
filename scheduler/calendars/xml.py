"A calendar as the text of its file: what was imported becomes one that can be edited."

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from scheduler.calendars.ical import Days
from scheduler.xml.indent import indented
from scheduler.xml.write import element

_ONE_DAY = timedelta(days=1)


def calendar_source(days: Days, title: str = "", weekdays: str = "") -> str:
    "A `<calendar>` with these days; days that follow each other under one name become one entry."
    closed = (element("closed", attributes) for attributes in _entries(days.closed.items()))
    opened = (element("opened", attributes) for attributes in _entries(days.opened.items()))
    attributes = [("title", title or None), ("weekdays", weekdays or None)]
    return "".join(indented(element("calendar", attributes, *closed, *opened))).strip() + "\n"


def _entries(days: Iterable[tuple[date, str]]) -> Iterator[list[tuple[str, object]]]:
    first = last = None
    name = ""
    for day, title in sorted(days):
        if last is not None and first is not None and day == last + _ONE_DAY and title == name:
            last = day
            continue
        if first is not None:
            yield _entry(first, last, name)
        first, last, name = day, day, title
    if first is not None:
        yield _entry(first, last, name)


def _entry(first: date, last: date | None, name: str) -> list[tuple[str, object]]:
    to = str(last) if last != first else None
    return [("date", str(first)), ("to", to), ("description", name or None)]
