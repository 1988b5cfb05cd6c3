"""`<commands on_exit_code>` of a job: commands that a task's end brings about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from scheduler.configuration.params import COPY_PARAMS
from scheduler.configuration.value_types import signal_number
from scheduler.definitions import ExitCodeCommands
from scheduler.errors import Code, WorkloadError
from scheduler.params import Params
from scheduler.xml.attribute_types import TEXT
from scheduler.xml.declaration import Attribute, Declaration, check, values
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

_EXPECTED = "success, error, signal, or numbers and names of signals"
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")

EXIT_CODE_COMMANDS = Declaration(
    "commands",
    (Attribute("on_exit_code", TEXT, required=True, doc=_EXPECTED),),
    open=True,
    doc="the commands are checked when they are executed",
)


def read_exit_code_commands(elements: Iterable[Element]) -> tuple[ExitCodeCommands, ...]:
    """What the checked `<commands>` of a job say.

    Raises BAD_VALUE, DUPLICATE_EXIT_CODE when a code or word stands twice, UNKNOWN_ATTRIBUTE.
    """
    known: set[int | str] = set()
    return tuple(_read(element, known) for element in elements)


def with_copied_params(command: Element, task: Params, order: Params) -> Element:
    """The command with parameters in place of each `<copy_params>`: those of the ended task, or of its last order.

    A copied value means itself: where `$NAME` would be replaced, its dollar signs are protected.
    """
    protect = command.tag != "modify_order"
    return _copied(command, {"task": task, "order": order}, protect)


def _copied(element: Element, sets: Mapping[str, Params], protect: bool) -> Element:
    children: list[Element] = []
    for child in element.children:
        if child.tag == COPY_PARAMS.tag:
            children += _params(sets[child.get("from").strip()], child, protect)
        else:
            children.append(_copied(child, sets, protect))
    copy = Element(element.tag, element.attributes, children, element.text, element.line, element.column)
    copy.offset = element.offset
    return copy


def _params(params: Params, place: Element, protect: bool) -> Iterator[Element]:
    for name, value in params.pairs():
        shown = value.replace("$", "\\$") if protect else value
        param = Element("param", {"name": name, "value": shown}, line=place.line, column=place.column)
        param.offset = place.offset
        yield param


def _read(element: Element, known: set[int | str]) -> ExitCodeCommands:
    for name in element.attributes:
        if name != "on_exit_code":
            raise WorkloadError(
                Code.UNKNOWN_ATTRIBUTE, element.place, attribute=name, element="commands", expected="on_exit_code"
            )
    if text := element.text.strip():
        raise WorkloadError(Code.UNEXPECTED_TEXT, element.place, element="commands", text=text[:40])
    words = _words(element, values(element, EXIT_CODE_COMMANDS)["on_exit_code"])
    for word in words:
        if word in known:
            raise WorkloadError(Code.DUPLICATE_EXIT_CODE, element.place, exit_code=word)
        known.add(word)
    for child in element.children:
        _check_copies(child)
    return ExitCodeCommands(
        codes=tuple(word for word in words if isinstance(word, int)),
        any_error="error" in words,
        any_signal="signal" in words,
        commands=tuple(source_of(child) for child in element.children),
    )


def _words(element: Element, text: str) -> list[int | str]:
    "Codes, or one of the words `error` and `signal`; `success` is the code 0."
    stripped = text.strip()
    if stripped in ("error", "signal"):
        return [stripped]
    if stripped == "success":
        return [0]
    codes = [_code(word) for word in stripped.split()]
    if not codes or None in codes:
        raise WorkloadError(Code.BAD_VALUE, element.place, attribute="on_exit_code", value=text, expected=_EXPECTED)
    return [code for code in codes if code is not None]


def _code(word: str) -> int | None:
    if _NUMBER.fullmatch(word):
        return int(word)
    number = signal_number(word) if word.upper().startswith("SIG") else None
    return None if number is None else -number


def _check_copies(element: Element) -> None:
    if element.tag == COPY_PARAMS.tag:
        check(element, COPY_PARAMS)
    for child in element.children:
        _check_copies(child)
