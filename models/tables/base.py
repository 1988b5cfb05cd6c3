"The metadata with its naming convention, and columns that several tables have."

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, Text, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def scheduler_id() -> Column[str]:
    return Column("scheduler_id", Text, primary_key=True)


def key(name: str) -> Column[str]:
    "A text that is part of the primary key."
    return Column(name, Text, primary_key=True)


def number_key(name: str) -> Column[int]:
    "A number that is part of the primary key and that we hand out ourselves."
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def words(name: str) -> Column[str]:
    "A text that is never NULL."
    return Column(name, Text, nullable=False)


def later_words(name: str) -> Column[str]:
    "As `words`, of a column that came with a later revision."
    return Column(name, Text, nullable=False, server_default=text("''"))


def later_number(name: str, kind: type[BigInteger] | type[Float[float]]) -> Column[Any]:
    return Column(name, kind, nullable=False, server_default=text("0"))


def problem() -> list[Column[Any]]:
    "What is wrong, or four times NULL."
    return [
        Column("problem_code", Text),
        Column("problem_text", Text),
        Column("problem_line", Integer),
        Column("problem_column", Integer),
    ]
