"""Columns of a list that a reader leaves out: `?hide=kind,last-runs`, so that a saved view keeps them.

State and name always stay. A column is known by its head; its place in the table tells the style sheet what to hide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, request

from web import paging


@dataclass(frozen=True, slots=True)
class Choice:
    "`address`: the list with the column, when it is left out; else without it."

    head: str
    shown: bool
    address: str


def classes(columns: Mapping[str, int], first: int = 0) -> str:
    "For the table: `columns` are heads with their places from 1 on; `first` columns stand before all of them."
    return " ".join(f"hide-{columns[head] + first}" for head in columns if _word(head) in _hidden())


def choices(columns: Mapping[str, int]) -> list[Choice]:
    return [_choice(head, columns) for head in columns]


def _choice(head: str, columns: Mapping[str, int]) -> Choice:
    hidden = [_word(each) for each in columns if _word(each) in _hidden()]
    word, shown = _word(head), _word(head) not in hidden
    then = [*hidden, word] if shown else [each for each in hidden if each != word]
    return Choice(head, shown, paging.address(hide=",".join(then), page=request.args.get("page", "")))


def _hidden() -> frozenset[str]:
    return frozenset(request.args.get("hide", "")[:300].split(","))


def _word(head: str) -> str:
    return head.lower().replace(" ", "-")


def install(app: Flask) -> None:
    app.jinja_env.globals.update(hidden_columns=classes, column_choices=choices)
