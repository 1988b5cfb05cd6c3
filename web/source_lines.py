"""The text of a definition as numbered lines of coloured parts, each reference with a way to what it names. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from web.references import Reference

Kind = Literal["", "comment", "text", "tag", "name", "value"]

_PARTS = re.compile(
    r"(?P<comment><!--.*?-->)|(?P<text><!\[CDATA\[.*?\]\]>)|(?P<tag></?[\w.:-]+|/?>|<\?.*?\?>)"
    r"|(?P<name>[\w.:-]+)(?=\s*=\s*[\"'])|(?P<value>\"[^\"<]*\"|'[^'<]*')",
    re.DOTALL,
)
#: longer texts are shown without colours
MOST = 200_000


@dataclass(frozen=True, slots=True)
class Part:
    "`address` is empty where the part names nothing."

    text: str
    kind: Kind = ""
    address: str = ""


Line = tuple[Part, ...]


def lines(
    source: str, targets: Iterable[Reference] = (), address: Callable[[Reference], str] | None = None
) -> list[Line]:
    "`address`: where a target is; empty: it is not there."
    ways = _ways(targets, address) if address is not None else {}
    found: list[list[Part]] = [[]]
    for part in _parts(source) if len(source) <= MOST else [Part(source)]:
        for number, text in enumerate(part.text.split("\n")):
            if number:
                found.append([])
            if text:
                way = ways.get((len(found), text[1:-1].strip())) if part.kind == "value" else None
                found[-1].append(Part(text, part.kind, way or ""))
    if len(found) > 1 and not found[-1]:
        found.pop()
    return [tuple(line) for line in found]


def _ways(targets: Iterable[Reference], address: Callable[[Reference], str]) -> dict[tuple[int, str], str]:
    """By line and by what may stand there: a path, or the end of it. An element begins in its line; what it names may
    stand some lines on."""
    found: dict[tuple[int, str], str] = {}
    for each in targets:
        to = address(each)
        parts = each.path.split("/")
        names = {each.path, *("/".join(parts[at:]) for at in range(1, len(parts)))}
        for line in range(max(1, each.line - 8), each.line + 9):
            for name in names:
                found.setdefault((line, name), to)
    return found


def _parts(source: str) -> Iterator[Part]:
    end = 0
    inside = False
    for match in _PARTS.finditer(source):
        kind = match.lastgroup
        if kind in ("name", "value") and not inside:
            continue
        if match.start() > end:
            yield Part(source[end : match.start()])
        if kind == "tag":
            inside = not match[0].endswith(">")
        yield Part(match[0], kind)  # type: ignore[arg-type]  # the names of the groups
        end = match.end()
    if end < len(source):
        yield Part(source[end:])
