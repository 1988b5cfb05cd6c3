"""Where an engine found a definition faulty, as a place in the text that somebody typed. Pure.

The engine counts lines and columns in the command that it got. There the element begins on the first line, whatever
stands before it in the text, beside the name of its file, and each of its tags is on one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scheduler.errors import WorkloadError
from scheduler.xml.document import parse
from scheduler.xml.element import Element

_PLACE = re.compile(r"\(line (\d{1,9}), column (\d{1,9})\)")
_DECLARATION = re.compile(r"\A\s*<\?xml\s.*?\?>", re.DOTALL)


def in_typed(said: str, command: str, typed: str) -> str:
    """`said` by the engine about `command`, with places of elements as these stand in `typed`, from which the only
    element inside the command was made. Other places stay, and all of them where that is no such text."""
    try:
        _, *sent = _elements(parse(command.encode()))
        written = list(_elements(parse(_DECLARATION.sub(_blank, typed).encode())))
    except WorkloadError:
        return said
    if [each.tag for each in sent] != [each.tag for each in written]:
        return said
    places = {(one.line, one.column): other.place for one, other in zip(sent, written, strict=True)}

    def told(found: re.Match[str]) -> str:
        place = places.get((int(found[1]), int(found[2])))
        return found[0] if place is None else f"({place})"

    return _PLACE.sub(told, said)


def _elements(element: Element) -> Iterator[Element]:
    "In the sequence of their beginnings."
    yield element
    for child in element.children:
        yield from _elements(child)


def _blank(found: re.Match[str]) -> str:
    "What it declares of its bytes was true of a file; the lines stay."
    return re.sub(r"[^\n]", " ", found[0])
