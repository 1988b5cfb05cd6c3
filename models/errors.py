"""What may go wrong with the database, in the kinds that callers treat differently.

Unreachable: wait and try the same again. FenceError: somebody else writes now, so stop. LostChanges: the database is
not the one that it was, so stop, too. SchemaError: the tables have another version than this program. Everything else
is a mistake in the program and passes unchanged.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StoreError(Exception):
    "The database cannot be used. The text says why and holds no password."


class Unreachable(StoreError):
    "No connection, or the database cannot work at the moment: the same may succeed later."


class FenceError(StoreError):
    "The right to write has gone to somebody else. This member must not write again."


class LostChanges(FenceError):
    """The database has forgotten what it had committed. What this member remembers is worth nothing any more; it must
    begin again with what is there."""


class SchemaError(StoreError):
    "The tables are missing or have another version; `python -m models upgrade` brings them up to date."


#: primary result codes of SQLite that pass by: busy, locked, no memory, read-only, I/O error, full, cannot open,
#: protocol
_SQLITE_PASSING = frozenset({5, 6, 7, 8, 10, 13, 14, 15})
#: SQLSTATE classes that pass by: connection, authorisation and database name (servers that come up), rolled back
#: (deadlock), resources, lock not available, operator, system
_POSTGRES_PASSING = frozenset({"08", "28", "3D", "40", "53", "55", "57", "58"})
_POSTGRES_READ_ONLY = "25006"


def store_error(error: BaseException) -> StoreError | None:
    """The kind of a driver's or SQLAlchemy's error; None when it is a mistake in the program.

    Knows psycopg by its name only, so that a program on SQLite never imports it.
    """
    if isinstance(error, StoreError):
        return error
    if isinstance(error, PoolTimeout):
        return Unreachable("all connections are in use")
    if isinstance(error, DBAPIError) and error.orig is not None:
        return store_error(error.orig)
    if isinstance(error, SQLAlchemyError):
        return None
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if type(error).__module__.partition(".")[0] == "psycopg":
        return _of_postgres(error)
    return None


def _of_sqlite(error: sqlite3.Error) -> StoreError | None:
    text = str(error)
    if (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in _SQLITE_PASSING:
        return Unreachable(text)
    if text.startswith(("no such table", "no such column")):
        return SchemaError(text)
    return None


def _of_postgres(error: BaseException) -> StoreError | None:
    state: str | None = getattr(error, "sqlstate", None)
    text = " ".join(str(error).split())
    if state in ("42P01", "42703"):
        return SchemaError(text)
    if state is None:
        names = {kind.__name__ for kind in type(error).__mro__}
        return Unreachable(text) if names & {"OperationalError", "InterfaceError"} else None
    if state[:2] in _POSTGRES_PASSING or state == _POSTGRES_READ_ONLY:
        return Unreachable(text)
    return None
