"""Reading forms: pure functions from form values to what a command needs, and sentences for what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from lxml import etree
from werkzeug.datastructures import MultiDict

from scheduler.secret_names import MASK, is_secret
from web.clock_times import Here, clock_of, with_day
from web.offsets import beside
from web.words import gettext, translated

Form = MultiDict[str, str]
Clock = Callable[[], Here | None]

MOST_PARAMETERS = 200
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_AT = re.compile(
    r"now|never|now\s*\+\s*\d{1,9}|now\s*\+\s*\d{1,3}:\d\d(:\d\d)?"
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?"
)


InputKind = Literal["text", "time", "number", "node", "member", "params", "flag", "choice", "xml", "source", "workers"]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form, and one member of the JSON that the interface takes.

    `never`: a start time may be `never`. `least` and `most` bound a number; `words` are possible besides it or, for a
    choice, are all there is: pairs of value and text.
    """

    name: str
    word: str
    kind: InputKind = "text"
    hint: str = ""
    default: str = ""
    required: str = ""
    never: bool = False
    #: of a time: the input whose time it may also be told beside, as `+0:30` or `-0:15`
    beside: str = ""
    least: int = 0
    most: int = 1_000_000
    words: tuple[tuple[str, str], ...] = ()


@dataclass
class Faults:
    "What is wrong with a form: field name -> sentence."

    sentences: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.sentences)

    def add(self, name: str, sentence: str) -> None:
        self.sentences.setdefault(name, sentence)


def text(form: Form, name: str, faults: Faults, most: int = 250) -> str:
    "The stripped value of a field."
    value = form.get(name, "").strip()
    if len(value) > most:
        faults.add(name, gettext("At most %(most)s characters are possible.", most=most))
    if _ILLEGAL.search(value):
        faults.add(name, gettext("It holds control characters."))
    return value


def required(form: Form, name: str, faults: Faults, sentence: str, most: int = 250) -> str:
    value = text(form, name, faults, most)
    if not value:
        faults.add(name, sentence)
    return value


def start_time(
    form: Form, name: str, faults: Faults, never: bool, here: Clock = lambda: None, planned: str = ""
) -> str:
    """A start time as the protocol takes it; empty means now. A time of day alone is the next one, or the one on the
    day of the planned start."""
    value = " ".join(text(form, name, faults).split())
    clock = clock_of(value)
    if clock is not None:
        known = here()
        if known is not None:
            return with_day(clock, known, planned)
        faults.add(name, gettext("The zone of the engine is not known here: a day has to stand before the time."))
        return value
    if value and (not _AT.fullmatch(value) or (value == "never" and not never)):
        examples = "now, now+90, now+01:30, 14:00, 2026-03-29 14:00" + (", never" if never else "")
        faults.add(name, gettext("This is no start time. Examples: %(examples)s.", examples=examples))
    return re.sub(r"\s*\+\s*(?=[\d:]+$)", "+", value) if value.startswith("now") else value


def whole_number(form: Form, name: str, faults: Faults, least: int, most: int, default: str = "") -> str:
    value = text(form, name, faults) or default
    if value and not (re.fullmatch(r"-?\d{1,10}", value) and least <= int(value) <= most):
        faults.add(name, gettext("A whole number from %(least)s to %(most)s was expected.", least=least, most=most))
    return value


def parameters(form: Form, faults: Faults) -> list[tuple[str, str]]:
    "Pairs of `param_name` and `param_value`; rows without both are left out."
    names, values = form.getlist("param_name"), form.getlist("param_value")
    pairs = [(name.strip(), value) for name, value in zip(names, values, strict=False) if name.strip() or value]
    if len(pairs) > MOST_PARAMETERS:
        faults.add("params", gettext("At most %(most)s parameters are possible.", most=MOST_PARAMETERS))
    if any(not name for name, _ in pairs):
        faults.add("params", gettext("One parameter has a value but no name."))
    if any(_ILLEGAL.search(name) or _ILLEGAL.search(value) for name, value in pairs):
        faults.add("params", gettext("A parameter holds control characters."))
    for name, value in pairs:
        if value == MASK and is_secret(name):
            told = gettext("Nothing is known here that the mask of %(name)s stands for: type it.", name=name)
            faults.add("params", told)
    lowered = [name.lower() for name, _ in pairs]
    twice = sorted({name for name in lowered if name and lowered.count(name) > 1})
    if twice:
        faults.add("params", gettext("Parameter %(name)s is there twice (letter case does not count).", name=twice[0]))
    return pairs


def run_time(form: Form, name: str, faults: Faults) -> etree._Element | None:
    """A `<run_time>` element. Only that it can be read is checked here; the engine knows the rest.

    Where a schedule is chosen (`schedule`), the run time is that one's, whatever stands in the field."""
    chosen = text(form, "schedule", faults)
    if chosen:
        return None if faults else etree.Element("run_time", schedule=chosen)
    source = form.get(name, "").strip()
    if not source:
        faults.add(name, gettext("A run time is missing."))
        return None
    try:
        element = etree.fromstring(source.encode(errors="replace"), _parser())
    except etree.XMLSyntaxError as error:
        faults.add(name, gettext("This is no XML: %(msg)s", msg=error.msg))
        return None
    if element.tag != "run_time" or "<!DOCTYPE" in source:
        faults.add(name, gettext("A <run_time> element was expected."))
    return element


def source(form: Form, name: str, faults: Faults) -> etree._Element | None:
    "The element of a definition, with its texts as they were written; the engine knows the rest."
    text = form.get(name, "").strip()
    try:
        if "<!DOCTYPE" in text or _ILLEGAL.search(text):
            raise ValueError
        return etree.fromstring(text.encode(), _parser())
    except etree.XMLSyntaxError as error:
        faults.add(name, gettext("This is no XML: %(msg)s", msg=error.msg))
    except ValueError:
        faults.add(name, gettext("Document types and control characters are not possible."))
    return None


def _parser() -> etree.XMLParser:
    "Of text that a browser sent, and that is UTF-8 whatever the first line of a pasted file declares."
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False, encoding="utf-8")


def workers(form: Form, each: Input, faults: Faults) -> list[str]:
    "The names that were chosen, each once: check boxes, or one text with blanks or commas between them."
    if any(_ILLEGAL.search(value) for value in form.getlist(each.name)):
        faults.add(each.name, gettext("It holds control characters."))
        return []
    found = [name for value in form.getlist(each.name) for name in value.replace(",", " ").split()]
    if not found and each.required:
        faults.add(each.name, translated(each.required))
    return list(dict.fromkeys(found))


def read(
    inputs: Iterable[Input], form: Form, faults: Faults, here: Clock = lambda: None
) -> dict[str, Any]:
    """The values of the inputs: texts (empty: not given), True or False for a flag, pairs for `params`, an element for
    `xml`, names for `workers`. What is wrong is told in `faults`.

    `here` is asked where a time has no day; None: the zone of the engine is not known.
    """
    return {each.name: _value(each, form, faults, here) for each in inputs}


def _value(each: Input, form: Form, faults: Faults, here: Clock) -> Any:
    name = each.name
    match each.kind:
        case "params":
            return parameters(form, faults)
        case "time":
            planned = form.get(each.beside, "") if each.beside else ""
            near = beside(text(form, name, faults), planned) if each.beside else None
            value = near or start_time(form, name, faults, each.never, here, planned)
            if not value and each.required:
                faults.add(name, translated(each.required))
            return value
        case "flag":
            return form.get(name, "") in ("yes", "on", "true", "1")
        case "workers":
            return workers(form, each, faults)
        case "xml":
            return run_time(form, name, faults)
        case "source":
            return source(form, name, faults)
        case "number":
            value = text(form, name, faults) or each.default
            if not value and each.required:
                faults.add(name, translated(each.required))
            known = value in dict(each.words)
            return value if known else whole_number(form, name, faults, each.least, each.most, each.default)
        case "choice":
            value = text(form, name, faults) or each.default
            if value and value not in dict(each.words):
                faults.add(
                    name,
                    gettext(
                        "%(word)s: %(names)s are possible.",
                        word=translated(each.word),
                        names=", ".join(dict(each.words)),
                    ),
                )
            return value
    if each.required:
        return required(form, name, faults, translated(each.required))
    return text(form, name, faults)
