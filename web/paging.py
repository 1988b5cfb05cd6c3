"""Pages of lists: the number from the address, and links to the neighbours.

Lists whose total is of interest go by number. Histories go by the last id seen, because they grow while one reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from flask import request

from models.read import Page
from web.preferences import ROWS, preference
from web.words import gettext

T = TypeVar("T")

SIZE = 50
#: what `?size=` may say
SIZES = tuple(int(rows) for rows in ROWS)
#: offsets beyond this would make the database count through everything
LAST = 2000


@dataclass(frozen=True, slots=True)
class Pager:
    "Links to the previous and the next page (empty: there is none) and where we are."

    previous: str
    next: str
    words: str


def size() -> int:
    "Rows on a page: as the address says, else as the reader has chosen."
    asked = number("size")
    return asked if asked in SIZES else int(preference("rows"))


def offset(name: str = "page") -> int:
    "Of the first row of the page asked for. `name`: of the argument, on a page with several lists."
    return (_number(name) - 1) * size()


def part_of(rows: Sequence[T], name: str = "page") -> Page[T]:
    "The page asked for of what is in memory anyway, such as an engine's answer."
    begin = offset(name)
    return Page(tuple(rows[begin : begin + size()]), len(rows), begin, size())


def number(name: str) -> int | None:
    "The whole number in an argument of the address; None when there is none."
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def numbered(page: Page[Any], name: str = "page") -> Pager:
    here = _number(name)
    first = page.offset + 1
    words, last = gettext("nothing here"), page.offset + len(page.rows)
    if page.rows:
        words = gettext("%(first)s to %(last)s of %(total)s", first=first, last=last, total=page.total)
    previous = address(**{name: here - 1}) if here > 1 else ""
    return Pager(previous, address(**{name: here + 1}) if page.more else "", words)


def before() -> int | None:
    "The id before which the page of a history begins; None for the newest."
    text = request.args.get("before", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def keyed(rows: Sequence[Any], key: str) -> tuple[list[Any], Pager]:
    "The rows of this page out of `size()` + 1, and the links to the newest and to older ones."
    most = size()
    shown = list(rows[:most])
    older = address(before=getattr(shown[-1], key)) if len(rows) > most else ""
    return shown, Pager(address(before="") if before() is not None else "", older, gettext("newest first"))


def address(**changes: object) -> str:
    "The address of this list with other arguments; empty ones are left out, a changed filter begins at the first page."
    arguments = {name: value for name, value in request.args.items() if name != "part"}
    if "page" not in changes and "before" not in changes:
        arguments = {name: value for name, value in arguments.items() if name not in ("page", "before")}
    arguments |= {name: str(value) for name, value in changes.items()}
    kept = {name: value for name, value in arguments.items() if value and (name, value) != ("page", "1")}
    return quote(request.path) + (f"?{urlencode(kept)}" if kept else "")


def _number(name: str) -> int:
    text = request.args.get(name, "1")
    return min(int(text), LAST) if text.isdecimal() and len(text) < 10 and int(text) else 1
