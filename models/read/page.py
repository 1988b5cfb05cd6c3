"A page of a list, and what lists have in common."

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Connection, Row, Select, any_, func, literal, or_, select

from models.letter_case import folded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    "`rows` are those from `offset` on, at most `limit`, of `total`."

    rows: tuple[T, ...]
    total: int
    offset: int
    limit: int

    @property
    def more(self) -> bool:
        return self.offset + len(self.rows) < self.total


def page_of(
    connection: Connection, statement: Select[Any], offset: int, limit: int, make: Callable[[Row[Any]], T]
) -> Page[T]:
    "The page of an ordered SELECT. Counts with a second SELECT only where the page does not tell."
    offset = max(offset, 0)
    rows = connection.execute(statement.offset(offset).limit(limit)).all()
    if len(rows) < limit and (rows or not offset):
        total = offset + len(rows)
    else:
        total = connection.execute(select(func.count()).select_from(statement.order_by(None).subquery())).scalar_one()
    return Page(tuple(make(row) for row in rows), total, offset, limit)


def contains(words: str, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    "Whether one of the columns holds the text, whatever the letter case."
    return or_(*(folded(column).contains(words.strip().lower(), autoescape=True) for column in columns))


def one_of(connection: Connection, column: ColumnElement[Any], values: Sequence[str | int]) -> ColumnElement[bool]:
    """Whether a text or a number is one of the values, however many: one bound value holds them all.

    So the statement is the same for each number of them, and drivers and databases know it again.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    return column.in_(select(func.json_each(json.dumps(values)).table_valued("value").c.value))
