"""Black-outs of a calendar, entered and taken out one by one: its file says so, and is otherwise as it was.

The times are those of the engine's zone, as in the file; the engine checks them with the rest of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lxml import etree

from scheduler.configuration.calendar import BLACK_OUT
from scheduler.configuration.days import LOCAL_TIME
from scheduler.errors import Code, WorkloadError
from scheduler.records import ObjectKind
from web import commands, unread
from web.actions.fields import Faults, Form, Input, source
from web.actions.verbs import REASON, Build, Keys, Values, Verb, declare
from web.refusal import Refused
from web.words import N_, gettext

ADD, REMOVE = "add-black-out", "remove-black-out"

_HINT = N_("By the clock of the engine, such as 2026-12-24 14:00.")
BEGIN = Input("begin", "From", hint=_HINT, required="When does it begin?")
END = Input("end", "To", hint=_HINT, required="When does it end?")
NAME = Input("description", "Name", hint="What it is for. Pages show it, also as the reason why nothing starts.")


def _added(calendar: etree._Element, values: Values) -> None:
    given = {each.name: values[each.name].strip() for each in (BEGIN, END, NAME)}
    faults = {name: problem for name in (BEGIN.name, END.name) if (problem := _problem(given[name]))}
    if faults:
        raise Refused(faults)
    if _read(given[BEGIN.name]) >= _read(given[END.name]):
        raise Refused({END.name: gettext("It ends before it begins.")})
    made = calendar.makeelement(BLACK_OUT.tag, {name: value for name, value in given.items() if value})
    if len(calendar):  # on a line of its own where the others are
        made.tail, calendar[-1].tail = calendar[-1].tail, calendar.text
    else:
        calendar.text, made.tail = "\n  ", "\n"
    calendar.append(made)


def _removed(calendar: etree._Element, values: Values) -> None:
    wanted = values[BEGIN.name].strip(), values[END.name].strip()
    found = [each for each in calendar.findall(BLACK_OUT.tag) if _same(each, BEGIN.name, wanted[0])]
    found = [each for each in found if _same(each, END.name, wanted[1])]
    if not found:
        raise Refused({BEGIN.name: gettext("The calendar has no such black-out.")})
    for each in found:
        before = each.getprevious()
        if before is not None:
            before.tail = each.tail
        calendar.remove(each)


def _problem(text: str) -> str:
    try:
        _read(text)
    except WorkloadError:
        return gettext("This is no time. Example: %(example)s.", example="2026-12-24 14:00")
    return ""


def _read(text: str) -> datetime:
    found = LOCAL_TIME.read(text, "")
    if found is None:
        raise WorkloadError(Code.BAD_DATE, attribute="", value=text, expected=LOCAL_TIME.word)
    return found


def _same(element: etree._Element, name: str, wanted: str) -> bool:
    "Whether an attribute says the same time; how it is written does not count."
    given = element.get(name, "")
    if _problem(given) or _problem(wanted):
        return given == wanted
    return _read(given) == _read(wanted)


def _build(change: Callable[[etree._Element, Values], None]) -> Build:
    def build(keys: Keys, values: Values) -> etree._Element:
        text, faults = unread.text(keys["scheduler_id"], ObjectKind.CALENDAR, keys["path"]), Faults()
        element = source(Form({"source": text}), "source", faults) if text else None
        if keys["type"] != ObjectKind.CALENDAR or element is None:
            raise Refused({"path": gettext("There is no usable file of this object.")})
        change(element, values)
        return commands.modify_hot_folder(keys["path"], element)

    return build


declare(
    [
        Verb(
            "file", ADD, "Add black-out", "Added",
            "From … to … nothing starts by a run time that follows the calendar; it is written into its file.",
            "schedules.edit", _build(_added), not_done="Tasks that run go on. What is started by command starts.",
            inputs=(BEGIN, END, NAME), level=REASON, corrects=END.name,
        ),
        Verb(
            "file", REMOVE, "Remove black-out", "Removed",
            "The black-out leaves the file of the calendar; what would start in it starts again.",
            "schedules.edit", _build(_removed), not_done="Starts that it has taken away already are not made up for.",
            inputs=(BEGIN, END), level=REASON, corrects=BEGIN.name,
        ),
    ]
)  # fmt: skip
