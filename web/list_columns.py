"""Columns of a list that a reader leaves out or moves: `?hide=kind,last-runs&columns=queue,kind`, so that a saved view
keeps them.

State and name always stay where they are. A column is known by its head; its place in the table tells the style sheet
what to hide. Templates write the cells in the usual sequence; `in_order` puts them into the one that was chosen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, request
from markupsafe import Markup

from web import paging

_ROW = re.compile(r"(<tr(?:\s[^>]*)?>)(.*?)(?=</tr>)", re.DOTALL)
_CELL = re.compile(r"(?=<t[dh][\s>])")


@dataclass(frozen=True, slots=True)
class Choice:
    """`address`: the list with the column, when it is left out; else without it. `earlier` and `later`: the list with
    the column one place further to the left or right; empty: there is no such place."""

    head: str
    shown: bool
    address: str
    earlier: str
    later: str


def classes(columns: Mapping[str, int], first: int = 0) -> str:
    "For the table: `columns` are heads with their places from 1 on; `first` columns stand before all of them."
    hidden = _hidden()
    places = zip(sorted(columns.values()), _order(columns), strict=True) if hidden else ()
    return " ".join(f"hide-{place + first}" for place, head in places if _word(head) in hidden)


def choices(columns: Mapping[str, int]) -> list[Choice]:
    order, hidden = _order(columns), _hidden()
    left_out = [_word(each) for each in columns if _word(each) in hidden]
    return [_choice(head, columns, order, left_out) for head in order]


def in_order(table: str, columns: Mapping[str, int], first: int = 0) -> Markup:
    "The rows of a table with these columns as the reader wants them; a row with fewer cells stays as it is."
    order = _order(columns)
    if order == list(columns):
        return Markup(table)  # noqa: S704  (a part of a template)
    places = {place + first: columns[head] + first for place, head in zip(sorted(columns.values()), order, strict=True)}

    def arranged(row: re.Match[str]) -> str:
        before, *cells = _CELL.split(row[2])
        if len(cells) < max(places):
            return row[0]
        moved = [cells[places.get(place, place) - 1] for place in range(1, len(cells) + 1)]
        return row[1] + before + "".join(moved)

    return Markup(_ROW.sub(arranged, table))  # noqa: S704  (cells of a template in another sequence)


def _choice(head: str, columns: Mapping[str, int], order: list[str], hidden: list[str]) -> Choice:
    word, shown = _word(head), _word(head) not in hidden
    then = [*hidden, word] if shown else [each for each in hidden if each != word]
    address = paging.address(hide=",".join(then), page=_page())
    return Choice(head, shown, address, _moved(head, columns, order, -1), _moved(head, columns, order, 1))


def _moved(head: str, columns: Mapping[str, int], now: list[str], by: int) -> str:
    order = list(now)
    place = order.index(head)
    if not 0 <= place + by < len(order):
        return ""
    order[place], order[place + by] = order[place + by], order[place]
    usual = order == list(columns)
    return paging.address(columns="" if usual else ",".join(map(_word, order)), page=_page())


def _order(columns: Mapping[str, int]) -> list[str]:
    "The heads as they stand from left to right: those that the address names first, each in the place of one of them."
    words = {_word(head): head for head in columns}
    named = [words[word] for word in dict.fromkeys(request.args.get("columns", "")[:300].split(",")) if word in words]
    return [*named, *(head for head in columns if head not in named)]


def _page() -> str:
    return request.args.get("page", "")


def _hidden() -> frozenset[str]:
    named = request.args.get("hide", "")
    return frozenset(named[:300].split(",")) if named else frozenset()


def _word(head: str) -> str:
    return head.lower().replace(" ", "-")


def install(app: Flask) -> None:
    app.jinja_env.globals.update(hidden_columns=classes, column_choices=choices)
    app.jinja_env.filters["in_order"] = in_order
