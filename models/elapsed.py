"The time between two instants of a row, in seconds, on each kind of database."

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class elapsed(GenericFunction[float]):  # functions of SQL have small letters
    "Seconds from the first instant to the second one; NULL when one of them is."

    inherit_cache = True
    type = Float()

    def __init__(self, begin: ColumnElement[datetime], end: ColumnElement[datetime]) -> None:
        super().__init__(begin, end)


@compiles(elapsed, "postgresql")
def _on_postgres(element: elapsed, compiler: SQLCompiler, **words: Any) -> str:
    begin, end = (compiler.process(each, **words) for each in element.clauses)
    return f"EXTRACT(EPOCH FROM ({end} - {begin}))"


@compiles(elapsed, "sqlite")
def _on_sqlite(element: elapsed, compiler: SQLCompiler, **words: Any) -> str:
    begin, end = (compiler.process(each, **words) for each in element.clauses)
    return f"((julianday({end}) - julianday({begin})) * 86400.0)"
