"""`<holidays>`, `<holiday>` and the files that they include."""

from __future__ import annotations

from scheduler.configuration.days import DATE, WEEKDAY_LIST
from scheduler.configuration.reading import INCLUDE, Reading
from scheduler.errors import Code, WorkloadError
from scheduler.run_time.model import Holidays
from scheduler.xml.attribute_types import TEXT
from scheduler.xml.declaration import Attribute, Declaration, any_number, check, values
from scheduler.xml.document import parse
from scheduler.xml.element import Element

#: how deep included files may include others
MAX_NESTING = 10

HOLIDAY = Declaration(
    "holiday", (Attribute("date", DATE, required=True), Attribute("description", TEXT, default="", ignored=True))
)
DAY = Declaration("day", (Attribute("day", WEEKDAY_LIST, required=True),))
HOLIDAYS = Declaration(
    "holidays",
    children=(any_number(Declaration("weekdays", children=(any_number(DAY),)), HOLIDAY, INCLUDE),),
)


def read_holidays(element: Element, reading: Reading) -> Holidays:
    """The holidays of a checked `<holidays>`, with those of included files, or the one of a checked `<holiday>`.

    The root of an included file is `<holidays>`. Raises INCLUDE_FAILED, HOLIDAYS_NESTED.
    """
    if element.tag == HOLIDAY.tag:
        return Holidays(dates=frozenset({values(element, HOLIDAY)["date"]}))
    return _read(element, reading, MAX_NESTING)


def _read(element: Element, reading: Reading, nesting: int) -> Holidays:
    found = Holidays()
    for child in element.children:
        if child.tag == HOLIDAY.tag:
            found = found.with_dates(frozenset({values(child, HOLIDAY)["date"]}))
        elif child.tag == INCLUDE.tag:
            found = _both(found, _included(child, reading, nesting))
        else:
            weekdays = (weekday for day in child.children for weekday in values(day, DAY)["day"])
            found = _both(found, Holidays(weekdays=frozenset(weekdays)))
    return found


def _both(one: Holidays, other: Holidays) -> Holidays:
    return Holidays(one.weekdays | other.weekdays, one.dates | other.dates)


def _included(include: Element, reading: Reading, nesting: int) -> Holidays:
    request, data = reading.included(include)
    if nesting == 0:
        raise WorkloadError(Code.HOLIDAYS_NESTED, include.place, limit=MAX_NESTING, file=request.name)
    try:
        root = parse(data, source=request.name)
        check(root, HOLIDAYS, request.name)
        return _read(root, reading, nesting - 1)
    except WorkloadError as refusal:
        if refusal.code in (Code.INCLUDE_FAILED, Code.HOLIDAYS_NESTED):
            raise
        raise WorkloadError(
            Code.INCLUDE_FAILED, include.place, file=request.name, problem=refusal.text
        ) from None
