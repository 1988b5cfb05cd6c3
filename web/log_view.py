"What the log viewer shows besides the lines: what was searched for, what was found, and where that lies."

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import request

from scheduler.log_search import Found

#: hits of one search that are listed
MOST = 100


@dataclass(frozen=True, slots=True)
class Search:
    "What is looked for: a text, or (`problems`) errors and warnings. `after`: from that byte on (of `step`)."

    text: str
    case: bool
    problems: bool
    after: int
    #: of the log of an order: the first step that is looked through
    step: int = 1

    @property
    def any(self) -> bool:
        return bool(self.text) or self.problems

    @property
    def arguments(self) -> dict[str, object]:
        "As arguments of an address."
        found: dict[str, object] = {"find": self.text} if self.text else {"problems": "yes"}
        if self.case:
            found["case"] = "yes"
        return found


@dataclass(frozen=True, slots=True)
class Hit:
    "A line that was found. `address` shows it in its place; `place`: where it lies in the log, from 0 to 100."

    address: str
    label: str
    text: str
    place: float


@dataclass(frozen=True, slots=True)
class Results:
    """`known` False: the log cannot be searched now. `count`, `lines` and `size` are of all that was looked through.

    `following`: arguments of the address where further hits are, or None. `note`: what was left out, a sentence.
    """

    search: Search
    known: bool = False
    count: int = 0
    lines: int = 0
    size: int = 0
    hits: tuple[Hit, ...] = ()
    following: Mapping[str, int] | None = None
    note: str = ""


def results(search: Search, found: Found | None, address: Callable[..., str]) -> Results:
    "What was found in one log, which is shown at `address`."
    if found is None:
        return Results(search)
    hits = tuple(
        Hit(
            f"{address(**{'from': hit.offset, 'line': hit.line}, **search.arguments)}#L{hit.line}",
            f"{hit.line:,}",
            hit.text.decode("utf-8", "replace"),
            round(100 * hit.offset / found.size, 1) if found.size else 0,
        )
        for hit in found.hits
    )
    following = {"after": found.hits[-1].offset + 1} if len(hits) >= MOST else None
    return Results(search, True, found.count, found.lines, found.size, hits, following)


def asked() -> Search:
    "What this request looks for."
    return Search(
        text=request.args.get("find", "")[:200],
        case=request.args.get("case") == "yes",
        problems=request.args.get("problems") == "yes",
        after=_number("after"),
        step=_number("after_step") or 1,
    )


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
