"""Reading forms: pure functions from form values to what a command needs, and sentences for what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

Form = MultiDict[str, str]

MOST_PARAMETERS = 200
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_AT = re.compile(
    r"now|never|now\s*\+\s*\d{1,9}|now\s*\+\s*\d{1,3}:\d\d(:\d\d)?"
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?"
)


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
        faults.add(name, f"At most {most} characters are possible.")
    if _ILLEGAL.search(value):
        faults.add(name, "It holds control characters.")
    return value


def required(form: Form, name: str, faults: Faults, sentence: str, most: int = 250) -> str:
    value = text(form, name, faults, most)
    if not value:
        faults.add(name, sentence)
    return value


def start_time(form: Form, name: str, faults: Faults, never: bool) -> str:
    "A start time as the protocol takes it; empty means now."
    value = " ".join(text(form, name, faults).split())
    if value and (not _AT.fullmatch(value) or (value == "never" and not never)):
        examples = "now, now+90, now+01:30, 2026-03-29 14:00" + (", never" if never else "")
        faults.add(name, f"This is no start time. Examples: {examples}.")
    return re.sub(r"\s*\+\s*(?=[\d:]+$)", "+", value) if value.startswith("now") else value


def whole_number(form: Form, name: str, faults: Faults, least: int, most: int, default: str = "") -> str:
    value = text(form, name, faults) or default
    if value and not (re.fullmatch(r"-?\d{1,10}", value) and least <= int(value) <= most):
        faults.add(name, f"A whole number from {least} to {most} was expected.")
    return value


def parameters(form: Form, faults: Faults) -> list[tuple[str, str]]:
    "Pairs of `param_name` and `param_value`; rows without both are left out."
    names, values = form.getlist("param_name"), form.getlist("param_value")
    pairs = [(name.strip(), value) for name, value in zip(names, values, strict=False) if name.strip() or value]
    if len(pairs) > MOST_PARAMETERS:
        faults.add("params", f"At most {MOST_PARAMETERS} parameters are possible.")
    if any(not name for name, _ in pairs):
        faults.add("params", "One parameter has a value but no name.")
    if any(_ILLEGAL.search(name) or _ILLEGAL.search(value) for name, value in pairs):
        faults.add("params", "A parameter holds control characters.")
    lowered = [name.lower() for name, _ in pairs]
    twice = sorted({name for name in lowered if name and lowered.count(name) > 1})
    if twice:
        faults.add("params", f"Parameter {twice[0]} is there twice (letter case does not count).")
    return pairs
