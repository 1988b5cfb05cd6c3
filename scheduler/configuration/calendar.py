"`<calendar>`: a business calendar."

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from scheduler.calendars.ical import Days, days_of, is_ical
from scheduler.calendars.model import YEARS, Calendar
from scheduler.calendars.public import public_holidays
from scheduler.calendars.working_days import MOST, only_nth
from scheduler.configuration.days import DATE, LOCAL_TIME, WEEKDAY_LIST
from scheduler.configuration.holidays import HOLIDAYS, read_holidays
from scheduler.configuration.reading import INCLUDE, Reading
from scheduler.errors import Code, WorkloadError
from scheduler.run_time.black_outs import BlackOut
from scheduler.xml.attribute_types import NAME, TEXT
from scheduler.xml.declaration import Attribute, Declaration, any_number, check, values
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

#: days from the first to the last of a `<closed>`
LONGEST = 3660
#: black-outs of one calendar
MOST_BLACK_OUTS = 1000
_ONE_DAY = timedelta(days=1)
_FIRST, _LAST = datetime(YEARS[0], 1, 1), datetime(YEARS[-1], 12, 31)  # noqa: DTZ001

PUBLIC_HOLIDAYS = Declaration(
    "public_holidays",
    (
        Attribute("country", TEXT, required=True, better="ours", doc="the code of two letters"),
        Attribute("region", TEXT, default="", better="ours", doc="the code of a part of the country"),
        Attribute("categories", TEXT, default="", better="ours", doc="such as `public bank`"),
        Attribute("language", TEXT, default="", better="ours", doc="of the names"),
    ),
    better="ours",
)
_DAYS = (
    Attribute("date", DATE, better="ours", doc="the day, or the first one"),
    Attribute("to", DATE, better="ours", doc="the last day"),
    Attribute("every_year", TEXT, default="", better="ours", doc="instead of date: mm-dd"),
    Attribute("description", TEXT, default="", better="ours"),
)
CLOSED = Declaration("closed", _DAYS, better="ours")
OPENED = Declaration("opened", _DAYS, better="ours")
BLACK_OUT = Declaration(
    "black_out",
    (
        Attribute("begin", LOCAL_TIME, required=True, better="ours", doc="in the zone of the engine"),
        Attribute("end", LOCAL_TIME, required=True, better="ours", doc="the first instant at which starts count again"),
        Attribute("description", TEXT, default="", better="ours"),
    ),
    better="ours",
)
CALENDAR = Declaration(
    "calendar",
    (
        Attribute("name", NAME, default="", better="ours"),
        Attribute("title", TEXT, default="", better="ours"),
        Attribute(
            "weekdays", TEXT, default="1 2 3 4 5", better="ours", doc="the working ones; `none`: only opened days are"
        ),
        Attribute(
            "only_working_days", TEXT, default="", better="ours",
            doc="no others than these of each month: `1` is the first one, `-1` the last one",
        ),
    ),
    (any_number(PUBLIC_HOLIDAYS, CLOSED, OPENED, BLACK_OUT, INCLUDE),),
    better="ours",
)


def read_calendar(element: Element, path: str, reading: Reading) -> Calendar:
    """What a checked `<calendar>` says.

    Raises BAD_VALUE, BAD_DATE, BAD_DAY, BAD_ICAL, INCLUDE_FAILED, ONLY_WITH, MISSING_ATTRIBUTE with the place of the
    entry, OUT_OF_RANGE with that of the calendar.
    """
    given = values(element, CALENDAR)
    closed: dict[date, str] = {}
    opened: dict[date, str] = {}
    dark: set[BlackOut] = set()
    for child in element.children:
        try:
            if child.tag == BLACK_OUT.tag:
                dark.add(_black_out(child))
                continue
            found = _READERS[child.tag](child, reading)
        except WorkloadError as refusal:
            raise refusal.at(child.place) from None
        for into, days in ((closed, found.closed), (opened, found.opened)):
            for day, name in days.items():
                into.setdefault(day, name)
    if len(dark) > MOST_BLACK_OUTS:
        raise WorkloadError(
            Code.OUT_OF_RANGE, element.place, attribute=BLACK_OUT.tag, value=len(dark), least=0, most=MOST_BLACK_OUTS
        )
    calendar = Calendar(
        path=path,
        weekdays=_weekdays(given["weekdays"], element),
        closed=tuple(sorted(closed.items())),
        opened=tuple(sorted(opened.items())),
        black_outs=tuple(sorted(dark)),
        title=given["title"],
        includes=tuple(dict.fromkeys(reading.live_files)),
        source=source_of(element),
    )
    numbers = _numbers(given["only_working_days"], element)
    return only_nth(calendar, numbers) if numbers else calendar


def _numbers(text: str, element: Element) -> frozenset[int]:
    found = set()
    for word in text.split():
        if not re.fullmatch(r"-?[1-9]\d?", word) or abs(int(word)) > MOST:
            expected = f"numbers from 1 to {MOST}, or from -{MOST} to -1"
            raise WorkloadError(
                Code.BAD_VALUE, element.place, attribute="only_working_days", value=text, expected=expected
            )
        found.add(int(word))
    return frozenset(found)


def _weekdays(text: str, element: Element) -> frozenset[int]:
    if text.strip() == "none":
        return frozenset()
    try:
        return frozenset(WEEKDAY_LIST.read(text, "weekdays"))
    except WorkloadError as refusal:
        raise refusal.at(element.place) from None


def _public(element: Element, reading: Reading) -> Days:
    given = values(element, PUBLIC_HOLIDAYS)
    categories = given["categories"].lower().split()
    return Days(public_holidays(given["country"], given["region"], categories, given["language"], YEARS), {})


def _closed(element: Element, reading: Reading) -> Days:
    return Days(dict(_span(element)), {})


def _opened(element: Element, reading: Reading) -> Days:
    return Days({}, dict(_span(element)))


def _span(element: Element) -> Iterator[tuple[date, str]]:
    given = values(element, CLOSED)
    if given["every_year"]:
        if given["date"] is not None or given["to"] is not None:
            raise WorkloadError(Code.NOT_ALLOWED, attribute="every_year", reason="date is given already")
        yield from ((day, given["description"]) for day in _yearly(given["every_year"]))
        return
    first, last = given["date"], given["to"] or given["date"]
    if first is None:
        raise WorkloadError(Code.MISSING_ATTRIBUTE, attribute="date", element=element.tag)
    if not 0 <= (last - first).days < LONGEST:
        expected = f"a day from {first} on, {LONGEST} days at most"
        raise WorkloadError(Code.BAD_VALUE, attribute="to", value=str(last), expected=expected)
    while first <= last:
        yield first, given["description"]
        first += _ONE_DAY


def _black_out(element: Element) -> BlackOut:
    given = values(element, BLACK_OUT)
    begin, end = given["begin"], given["end"]
    if not _FIRST <= begin <= _LAST:
        expected = f"a time from {_FIRST:%Y} to {_LAST:%Y}"
        raise WorkloadError(Code.BAD_VALUE, attribute="begin", value=str(begin), expected=expected)
    if not begin < end <= begin + LONGEST * _ONE_DAY:
        expected = f"a time after {begin}, {LONGEST} days later at most"
        raise WorkloadError(Code.BAD_VALUE, attribute="end", value=str(end), expected=expected)
    return BlackOut(begin, end, given["description"])


def _yearly(text: str) -> Iterator[date]:
    "That day of each year; the 29th of February only of leap years."
    try:
        leap = date.fromisoformat(f"2000-{text.strip()}")
    except ValueError:
        raise WorkloadError(Code.BAD_DATE, attribute="every_year", value=text, expected="mm-dd") from None
    for year in YEARS:
        try:
            yield leap.replace(year=year)
        except ValueError:
            continue


def _included(element: Element, reading: Reading) -> Days:
    "An iCalendar file, or one of holidays as in run times; that one must not name weekdays."
    request, data = reading.included(element)
    if is_ical(data):
        return days_of(data, request.name)
    root = parse(data, source=request.name)
    check(root, HOLIDAYS, request.name)
    found = read_holidays(root, reading)
    if found.weekdays:
        problem = "weekdays are those of the calendar's own attribute"
        raise WorkloadError(Code.INCLUDE_FAILED, file=request.name, problem=problem)
    return Days(dict.fromkeys(found.dates, ""), {})


_READERS: dict[str, Callable[[Element, Reading], Days]] = {
    PUBLIC_HOLIDAYS.tag: _public,
    CLOSED.tag: _closed,
    OPENED.tag: _opened,
    INCLUDE.tag: _included,
}
