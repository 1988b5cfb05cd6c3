"""A run time or a schedule as fields of a form, and back. Pure.

    every day                    periods of the element itself
    weekdays, monthdays, ultimos `<day>` in their elements; which ones stands beside, as numbers or names of weekdays
    date                         `<date>`, one or several
    holidays, calendar           dates on which nothing starts, and a business calendar

What else an element may hold is kept as text only: then the fields are shown, but the text is not made of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from scheduler.run_time.model import WhenHoliday
from web.words import N_, gettext, translated

Days = Literal["every", "weekdays", "monthdays", "ultimos", "date"]
How = Literal["at", "absolute_repeat", "repeat", "open"]

DAYS: tuple[tuple[Days, str], ...] = (
    ("every", N_("every day")), ("weekdays", N_("weekdays")), ("monthdays", N_("days of the month")),
    ("ultimos", N_("days before the last of the month")), ("date", N_("dates")),
)  # fmt: skip
HOWS: tuple[tuple[How, str], ...] = (
    ("at", N_("at")), ("absolute_repeat", N_("every … seconds")), ("repeat", N_("… seconds after the end")),
    ("open", N_("may start by command or order")),
)  # fmt: skip
WEEKDAYS = (N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"))
_NAMES = {name: number for number, name in enumerate(
    ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
)}  # fmt: skip
_ROOT_KEPT = frozenset({"title", "name", "substitute", "valid_from", "valid_to", "time_zone", "catch_up"})
_PERIOD_KNOWN = frozenset({"begin", "end", "single_start", "repeat", "absolute_repeat"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Line:
    "On which days (`which` of them) something starts how. `at`: times, with blanks between them."

    days: Days = "every"
    which: str = ""
    how: How = "at"
    at: str = ""
    begin: str = ""
    end: str = ""
    seconds: str = ""

    @property
    def whole(self) -> bool:
        "Whether it says on which days and when; others are not in the text yet."
        times = {"at": self.at, "open": True}.get(self.how, self.seconds)
        return bool(times) and (self.days == "every" or bool(self.which))


@dataclass(frozen=True, slots=True)
class Fields:
    "`more`: what the fields cannot say, in words; the text is not made of them then."

    lines: tuple[Line, ...] = ()
    holidays: str = ""
    calendar: str = ""
    more: tuple[str, ...] = ()


def parsed(source: str) -> etree._Element | None:
    "The element of a text, whatever encoding that declares; None when it is no XML, or no run time."
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8")
    try:
        root = etree.fromstring(source.encode(), parser)
    except etree.XMLSyntaxError:
        return None
    return root if root.tag in ("run_time", "schedule") and "<!DOCTYPE" not in source else None


def fields_of(root: etree._Element) -> Fields:
    more = [str(name) for name in root.attrib if name not in _ROOT_KEPT | {"calendar"}]
    lines = list(_lines(root, "every", "", more))
    holidays: list[str] = []
    for child in root:
        match child.tag:
            case "period":
                pass
            case "weekdays" | "monthdays" | "ultimos":
                lines += _named(child, more)
            case "date":
                lines += _lines(child, "date", child.get("date", ""), more)
            case "holidays" | "holiday":
                holidays += _holidays(child, more)
            case _:
                more.append(f"<{child.tag}>" if isinstance(child.tag, str) else gettext("a comment"))
    return Fields(tuple(_joined(lines)), " ".join(holidays), root.get("calendar", ""), tuple(dict.fromkeys(more)))


def source_of(fields: Fields, root: etree._Element) -> str:
    "The text with the title, the times of a substitute and so on that `root` has, and what the fields say."
    made = etree.Element(root.tag, {str(name): str(value) for name, value in root.attrib.items() if name in _ROOT_KEPT})
    if fields.calendar:
        made.set("calendar", fields.calendar)
    days: dict[tuple[Days, str], list[dict[str, str]]] = {}
    for line in fields.lines:
        if line.whole:
            for which in line.which.split() if line.days == "date" else [_numbers(line)]:
                days.setdefault((line.days, which), []).extend(_periods(line))
    order = [name for name, _ in DAYS]
    # the engine wants periods first, then dates, then days
    for (kind, which), periods in sorted(days.items(), key=lambda each: _PLACES[order.index(each[0][0])]):
        holder = _holder(made, kind, which)
        for period in periods:
            etree.SubElement(holder, "period", period)
    if fields.holidays.split():
        holidays = etree.SubElement(made, "holidays")
        for date in fields.holidays.split():
            etree.SubElement(holidays, "holiday", date=date)
    etree.indent(made)
    return etree.tostring(made, encoding="unicode")


_PLACES = (0, 2, 3, 4, 1)


def _lines(holder: etree._Element, days: Days, which: str, more: list[str]) -> Iterator[Line]:
    for period in holder.iterchildren("period"):
        given = {str(name): str(value) for name, value in period.attrib.items()}
        more.extend(
            f"{name}=" for name in given
            if name not in _PERIOD_KNOWN and (name, given[name]) != ("when_holiday", WhenHoliday.SUPPRESS)
        )  # fmt: skip
        begin, end = given.get("begin", ""), given.get("end", "")
        if "single_start" in given:
            yield Line(days, which, "at", given["single_start"])
        elif given.get("absolute_repeat"):
            yield Line(days, which, "absolute_repeat", "", begin, end, given["absolute_repeat"])
        elif given.get("repeat"):
            yield Line(days, which, "repeat", "", begin, end, given["repeat"])
        else:
            yield Line(days, which, "open", "", begin, end)


def _named(group: etree._Element, more: list[str]) -> Iterator[Line]:
    for day in group:
        if day.tag != "day":
            more.append(f"<{day.tag}>" if isinstance(day.tag, str) else gettext("a comment"))
            continue
        which = day.get("day", "")
        days: Days = "weekdays" if group.tag == "weekdays" else "monthdays" if group.tag == "monthdays" else "ultimos"
        yield from _lines(day, days, _words(which) if days == "weekdays" else which, more)


def _holidays(element: etree._Element, more: list[str]) -> Iterator[str]:
    for each in [element] if element.tag == "holiday" else element:
        if each.tag == "holiday" and each.get("date"):
            yield each.get("date", "")
        else:
            more.append(f"<{each.tag}>" if isinstance(each.tag, str) else gettext("a comment"))


def _joined(lines: Iterable[Line]) -> list[Line]:
    "Times of the same days in one line."
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if last and last.how == line.how == "at" and (last.days, last.which) == (line.days, line.which):
            found[-1] = Line(line.days, line.which, "at", f"{last.at} {line.at}")
        else:
            found.append(line)
    return found


def _words(numbers: str) -> str:
    "Weekdays by their short names, in the language of the reader."
    found = [_NAMES.get(each.lower(), each) for each in numbers.split()]
    known = [translated(WEEKDAYS[int(each) % 7]) if str(each).isdecimal() else str(each) for each in found]
    return " ".join(known)


def _numbers(line: Line) -> str:
    "Names of weekdays as numbers, `Mon-Fri` as all of them; what is no weekday stays, and the engine refuses it."
    if line.days != "weekdays":
        return " ".join(line.which.split())
    known = {translated(name).lower(): number for number, name in enumerate(WEEKDAYS)}
    known |= {name.lower(): number for number, name in enumerate(WEEKDAYS)} | _NAMES
    found: list[str] = []
    for each in line.which.lower().replace(",", " ").split():
        first, dash, last = each.partition("-")
        if dash and first in known and last in known:
            begin = known[first]
            found += [str((begin + step) % 7) for step in range((known[last] - begin) % 7 + 1)]
        else:
            found.append(str(known.get(each, each)))
    return " ".join(dict.fromkeys(found))


def _periods(line: Line) -> list[dict[str, str]]:
    if line.how == "at":
        return [{"single_start": each} for each in line.at.replace(",", " ").split()]
    period = {name: value for name, value in (("begin", line.begin), ("end", line.end)) if value}
    return [period | ({line.how: line.seconds} if line.how != "open" else {})]


def _holder(made: etree._Element, kind: Days, which: str) -> etree._Element:
    if kind == "every":
        return made
    if kind == "date":
        return etree.SubElement(made, "date", date=which)
    group = made.find(kind)
    return etree.SubElement(etree.SubElement(made, kind) if group is None else group, "day", day=which)
