"""Writing of answers: text fragments that are joined, and at the end bytes.

Fragments are ready XML, so that a rendered object can be kept and put into many answers. Characters that XML 1.0 cannot
hold are written as `?`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from scheduler.times import time_text
from scheduler.xml.indent import indented

#: characters of answers that are still indented; nobody reads larger ones, and it takes its time
INDENTED_MAX = 2 << 20

PROLOG = '<?xml version="1.0" encoding="ISO-8859-1"?>'

_ILLEGAL = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_IN_ATTRIBUTE = re.compile(f'[&<>"\t\n\r{_ILLEGAL}]')
_IN_TEXT = re.compile(f"[&<>\r{_ILLEGAL}]")
_HAS_ILLEGAL = re.compile(f"[{_ILLEGAL}]").search
_unsafe_in_attribute = _IN_ATTRIBUTE.search
_replace_in_attribute = _IN_ATTRIBUTE.sub

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def element(tag: str, attributes: Iterable[tuple[str, object]] | Mapping[str, Any] = (), *children: str) -> str:
    """An element; `children` are ready fragments.

    An attribute whose value is None is left out; a bool is written as yes or no, a datetime (aware) as time of the
    protocol, a whole float without its point.
    """
    head = "<" + tag
    for name, value in attributes if not isinstance(attributes, Mapping) else attributes.items():
        if value is None:
            continue
        if type(value) is str:
            if _unsafe_in_attribute(value):
                value = _replace_in_attribute(_escape, value)
        elif type(value) is not int:
            value = _attribute_text(value)
        head += f' {name}="{value}"'
    inner = "".join(children)
    return f"{head}>{inner}</{tag}>" if inner else head + "/>"


def text(content: str) -> str:
    "Text of an element."
    return _IN_TEXT.sub(_escape, content)


def in_attribute(content: str) -> str:
    "Value of an attribute between its quotation marks."
    return _replace_in_attribute(_escape, content) if _unsafe_in_attribute(content) else content


def is_writable(content: str) -> bool:
    "Whether XML can hold every character, so that none becomes `?`."
    return _HAS_ILLEGAL(content) is None


def comment(content: str) -> str:
    "A comment; two hyphens in a row, which it cannot hold, are kept apart by blanks."
    safe = re.sub(f"[{_ILLEGAL}]", "?", content)
    return f"<!-- {re.sub('-(?=-)', '- ', safe)} -->"


def answer_bytes(fragment: str, indent: bool = False) -> bytes:
    """A whole answer in ISO-8859-1: prolog and fragment, in one line or indented by 4 blanks per level. No NUL
    is added.

    A large one is never indented.
    """
    if indent and len(fragment) <= INDENTED_MAX:
        fragment = "".join(indented(fragment))
    return (PROLOG + fragment).encode("iso-8859-1", "xmlcharrefreplace")


def _attribute_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _replace_in_attribute(_escape, str(value))


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0], "?")
