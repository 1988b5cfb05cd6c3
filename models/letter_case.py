"""Comparing texts with patterns whatever the letter case."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class folded(GenericFunction[str]):
    """A text for the left side of LIKE, beside a pattern in lower case.

    SQLite's LIKE does not tell the same letters apart that its lower() makes equal. Leaving lower() out saves it a copy
    of each text, which is half of what a search through a long history costs.
    """

    type = String()
    inherit_cache = True


@compiles(folded)
def _lowered(element: folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(folded, "sqlite")
def _plain(element: folded, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


def holds(column: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    "Whether a text fits a pattern of LIKE in lower case (escape character: backslash)."
    return folded(column).like(pattern, escape="\\")
