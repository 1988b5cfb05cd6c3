"""What lists have in common: the search field understood, the conditions for the database, sorting, the page's size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import ColumnElement, not_

from models.read import narrow
from web import paging
from web.filters import Filter, Known, Token, parse, span

Condition = ColumnElement[bool]
#: name and value of a property -> condition; None when the value is not possible
Narrow = Callable[[str, str, datetime], Condition | None]
YES_NO = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Narrowed:
    "`text`: as typed. `state`: the chip that is chosen. `where`: nothing of it when the filter has a fault."

    text: str
    filter: Filter
    state: str
    where: list[Condition] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return bool(self.text or self.state)

    @property
    def chips(self) -> list[tuple[str, str]]:
        "What is active: each token with the address without it."
        return [(token.text, paging.address(q=self.filter.without(token))) for token in self.filter.tokens]


def narrowed(known: Known, condition: Narrow, columns: Sequence[ColumnElement[str]], now: datetime) -> Narrowed:
    "The filter of this request (`q` and `state`) for a list whose words are looked for in `columns`."
    text, state = (request.args.get(name, "").strip() for name in ("q", "state"))
    found = parse(text, known)
    if state and state not in known.get("state", ()):
        state = ""
    if found.fault:
        return Narrowed(text, found, state)
    where = narrow.words(found.words, *columns)
    for token in (*found.tokens, *([Token("state", state)] if state else [])):
        made = condition(token.name, token.value, now)
        if made is None:
            return Narrowed(text, Filter(fault=f"“{token.text}” is not possible here."), state)
        where.append(not_(made) if token.excluded else made)
    return Narrowed(text, found, state, where)


def with_span(condition: Callable[[str, str, datetime, timedelta | None], Condition | None]) -> Narrow:
    "A condition that takes spans of time, for `narrowed`."
    return lambda name, value, now: condition(name, value, now, span(value))


@dataclass(frozen=True, slots=True)
class Sort:
    "How a list is sorted; `heads` are its sortable columns: word in `?sort=` -> what stands in the head."

    by: str
    descending: bool
    default: str

    def link(self, word: str) -> str:
        "The address of the list sorted by this column; once more turns the direction."
        descending = word == self.by and not self.descending
        chosen = "" if word == self.default and not descending else word
        return paging.address(sort=("-" if descending else "") + chosen if chosen or descending else "")

    def aria(self, word: str) -> str:
        if word != self.by:
            return "none"
        return "descending" if self.descending else "ascending"


def sort(words: Sequence[str]) -> Sort:
    "The first of the words is the default."
    asked = request.args.get("sort", "")
    word = asked.removeprefix("-")
    return Sort(word, asked.startswith("-"), words[0]) if word in words else Sort(words[0], False, words[0])
