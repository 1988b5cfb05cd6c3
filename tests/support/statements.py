"""SQL statements are compiled once for all engines of this process, not once for each test.

An engine of SQLAlchemy keeps what it has compiled, and a test makes engines of its own, so each test would compile
whatever the house says to a database: a third of what tests of pages cost. The words of a statement depend on the kind
of database alone, and SQLAlchemy itself keeps no columns with those whose columns depend on the tables.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

_KNOWN: dict[str, _Compiled] = {}


class _Compiled(dict[tuple[Any, ...], Any]):
    "By what SQLAlchemy knows a statement, without the dialect, which is another object in each engine."

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


def share() -> None:
    "From now on, in this process."
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    if "compiled_cache" in connection.get_execution_options():  # this engine has one of its own
        return
    known = _KNOWN.setdefault(connection.dialect.name, _Compiled())
    connection.execution_options(compiled_cache=known)
