"""Elements that hold text, such as scripts and descriptions, from CDATA and included files in any sequence."""

from __future__ import annotations

from scheduler.configuration.reading import INCLUDE, Reading
from scheduler.errors import Code, WorkloadError
from scheduler.xml.declaration import Children, Declaration, any_number
from scheduler.xml.document import parse
from scheduler.xml.element import Element

TEXT_CONTENT: tuple[Children, ...] = (any_number(INCLUDE),)

DESCRIPTION = Declaration("description", children=TEXT_CONTENT, text=True)


def read_text(element: Element | None, reading: Reading) -> str:
    "Text and included files of a checked element, one after the other and stripped; None is empty."
    if element is None:
        return ""
    pieces = (piece if isinstance(piece, str) else _included(piece, reading) for piece in element.content())
    return "".join(pieces).strip()


def _included(include: Element, reading: Reading) -> str:
    "The characters of a text file, or all the text in an XML file."
    request, data = reading.included(include)
    text = _decoded(data)
    if not text.lstrip().startswith("<?xml"):
        return text
    try:
        return _all_text(parse(data, source=request.name))
    except WorkloadError as refusal:
        raise WorkloadError(Code.INCLUDE_FAILED, include.place, file=request.name, problem=refusal.text) from None


def _decoded(data: bytes) -> str:
    "Plain text has no declaration: what is valid UTF-8 is taken as such, all else as ISO-8859-1; UTF-16 shows itself."
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def _all_text(element: Element) -> str:
    return "".join(piece if isinstance(piece, str) else _all_text(piece) for piece in element.content())
