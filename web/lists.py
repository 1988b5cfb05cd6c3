"""What lists have in common: the search field understood, the conditions for the database, sorting, the page's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flask import request

from models.read import listings
from models.read.listings import Condition, Listing
from scheduler.list_filter import Filter, Token, parse
from web import database, paging
from web.display import now

__all__ = ["Condition", "Narrowed", "Sort", "narrowed", "sort"]


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


def narrowed(scheduler_id: str, listing: Listing) -> Narrowed:
    "The filter of this request (`q` and `state`) for a list."
    text, state = (request.args.get(name, "").strip() for name in ("q", "state"))
    found = parse(text, listing.tokens)
    if state not in listing.tokens.get("state", ()):
        state = ""
    if found.fault:
        return Narrowed(text, found, state)
    asked = replace(found, tokens=(*found.tokens, *([Token("state", state)] if state else [])))
    try:
        where = listings.conditions(database.read(), scheduler_id, listing, asked, now())
    except listings.Unfit as unfit:
        return Narrowed(text, Filter(fault=str(unfit)), state)
    return Narrowed(text, found, state, where)


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
