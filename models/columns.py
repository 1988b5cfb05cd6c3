"""Column types that mean the same on SQLite and PostgreSQL.

Instants are aware UTC in Python; `timestamp with time zone` on PostgreSQL and a text of fixed width on
SQLite, so that comparing texts compares instants.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Generic, TypeVar

from sqlalchemy import TIMESTAMP, BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from scheduler.params import NONE, Params

Word = TypeVar("Word", bound=StrEnum)

#: a number that the database hands out; SQLite does that for its own integer type only
SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def instant_text(instant: datetime) -> str:
    "The instant as `2026-03-29T01:00:00.000000+00:00`. A naive time is a mistake: ValueError."
    if instant.tzinfo is not UTC:
        if instant.tzinfo is None:
            raise ValueError(f"{instant} has no time zone")
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds")


def pairs_text(params: Params) -> str:
    "The parameters as a JSON list of pairs, which keeps their order and spelling."
    return "[" + ", ".join([f"[{quoted(name)}, {quoted(value)}]" for name, value in params.pairs()]) + "]"


def params_of(text: str | None) -> Params:
    return NONE if not text or text == "[]" else Params([(name, value) for name, value in json.loads(text)])


class Instant(TypeDecorator[datetime]):
    "An aware UTC datetime."

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
        return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


class WordOf(TypeDecorator[Word], Generic[Word]):
    "A word of a StrEnum, stored by its value."

    impl = Text
    cache_ok = True

    def __init__(self, words: type[Word]) -> None:
        super().__init__()
        self.words = words
        self._by_value = {word.value: word for word in words}

    def process_bind_param(self, value: Word | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Word | None:
        return None if value is None else self._by_value[value]


class Pairs(TypeDecorator[Params]):
    "A parameter set."

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Params | None, dialect: Dialect) -> str:
        return pairs_text(value or NONE)

    def process_result_value(self, value: Any, dialect: Dialect) -> Params:
        return params_of(value)


class PairsOrNone(Pairs):
    "A parameter set, or none at all."

    cache_ok = True

    def process_bind_param(self, value: Params | None, dialect: Dialect) -> str:
        return pairs_text(value) if value is not None else None  # type: ignore[return-value]

    def process_result_value(self, value: Any, dialect: Dialect) -> Params:
        return params_of(value) if value is not None else None  # type: ignore[return-value]


class Json(TypeDecorator[Any]):
    "Anything that JSON can say, as text; None is NULL."

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)
