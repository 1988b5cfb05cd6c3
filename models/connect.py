"""Engines for both databases, made explicitly: nothing here is opened at import time.

Seven roles. `writer`: the engine's one writing connection. `reader`: reads only (load, history commands, pages).
`web`: pages that also write the control plane's own tables, by `writing`. `services`: the same for background services.
`watcher`: the same for the watch over a cluster, which does not wait for long. `upgrade`: the same for who brings
tables up to date, and waits long for another one that is at it. `pulse`: one short question after the other, by
`bare_cursor`, for somebody who asks in another way when that fails.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from models.errors import StoreError, store_error
from models.several_hosts import has_several, one_argument_for_each

__all__ = [
    "DEFAULT_URL",
    "Connection",
    "Engine",
    "Role",
    "bare_cursor",
    "can_reach",
    "create",
    "file_of",
    "glancing",
    "masked",
    "normalise_url",
    "postgres_arguments",
    "reading",
    "unhurried",
    "writing",
]

Role = Literal["writer", "reader", "web", "services", "watcher", "pulse", "upgrade"]

DEFAULT_URL = "sqlite:///var/stellwerk.db"
#: seconds that a connection waits for another one's transaction (SQLite) or lock (PostgreSQL)
PATIENCE = 10
#: the same of who must soon know why it cannot write: the watch over a cluster
SHORT_PATIENCE = 2.5
#: the same of who upgrades the tables: another one may be at it, and tables may be large
LONG_PATIENCE = 600
_IMMEDIATE = "stellwerk_immediate"


def normalise_url(url: str) -> str:
    """The URL with the driver that we use: `postgres://` and `postgresql://` mean psycopg 3.

    It may name several hosts, a primary and its standbys. An empty URL is the default database. Raises StoreError for
    anything but SQLite and PostgreSQL.
    """
    try:
        parsed = make_url(one_argument_for_each(url.strip()) or DEFAULT_URL)
    except (ArgumentError, ValueError):  # the second one for a port that is no number
        raise StoreError("The database URL cannot be read; expected sqlite:///FILE or postgresql://…") from None
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    elif parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        parsed = parsed.set(drivername="sqlite")
    else:
        raise StoreError(f"Databases are sqlite or postgresql, not {parsed.drivername}")
    return parsed.render_as_string(hide_password=False)


def file_of(url: str) -> str | None:
    "Of a SQLite database; None: it has no file."
    return make_url(url).database if url.startswith("sqlite") else None


def masked(url: str) -> str:
    "The URL as it may be shown: without password."
    try:
        parsed = make_url(one_argument_for_each(url))
    except (ArgumentError, ValueError):
        return "***"
    query = {name: "***" if "pass" in name.lower() else value for name, value in parsed.query.items()}
    return parsed.set(query=query).render_as_string(hide_password=True)


def create(url: str, role: Role) -> Engine:
    """An engine for a role. Connects at the first use; close it with `dispose()`.

    For SQLite the directory of the file is made when it is missing. Raises StoreError for a bad URL.
    """
    parsed = make_url(normalise_url(url))
    try:
        return _sqlite(parsed, role) if parsed.drivername == "sqlite" else _postgres(parsed, role)
    except (ImportError, NoSuchModuleError) as problem:
        raise StoreError(f"The database driver is missing: {problem}") from problem


def _sqlite(url: URL, role: Role) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise StoreError("SQLite needs a file, because several processes share the database")
    if not str(url.database).startswith("file:"):
        _make_directory(Path(str(url.database)).parent)
    # the writer has about a hundred different statements, which shall all stay prepared
    arguments = {"timeout": _patience(role), "isolation_level": None, "cached_statements": 256}
    engine = create_engine(url, connect_args=arguments, **_pool(role))

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        # FULL: a committed batch survives a power failure, and actions follow only on committed batches
        pragmas = ["synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"]
        _use_wal(connection)
        for pragma in [*pragmas, *(["query_only=ON"] if role == "reader" else [])]:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # a transaction that reads first and writes later would be refused without waiting
        immediate = role == "writer" or connection.get_execution_options().get(_IMMEDIATE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _use_wal(connection: Any) -> None:
    """Write-ahead logging, which lasts once it is set: readers do not wait for the writer.

    A file is switched to it without waiting for others, so when several programs meet a new file we try again.
    """
    for attempt in range(PATIENCE * 20, -1, -1):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as problem:
            if not attempt or problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.05)


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StoreError(f"The directory of the database cannot be made: {problem}") from problem


def _postgres(url: URL, role: Role) -> Engine:
    options = ["timezone=UTC", f"lock_timeout={int(_patience(role) * 1000)}"]
    if role == "writer":
        # Each statement touches rows by their key; without statistics the planner would sometimes scan instead.
        options += ["jit=off", "enable_hashjoin=off", "enable_mergejoin=off", "random_page_cost=1.1"]
    if role in ("writer", "services"):
        # who is frozen within a transaction must not hold the row of the fence: the others could never take it
        options += [f"idle_in_transaction_session_timeout={PATIENCE * 1000}"]
    # a dead host is noticed after about six seconds
    limits = {"connect_timeout": 5, "keepalives": 1, "keepalives_idle": 3, "keepalives_interval": 1}
    limits |= {"keepalives_count": 3, "tcp_user_timeout": 6000}
    arguments: dict[str, Any] = {name: value for name, value in limits.items() if name not in url.query}
    arguments |= _of_several(url)
    arguments["application_name"] = f"stellwerk {role}"
    arguments["options"] = " ".join(f"-c {option}" for option in options)
    return create_engine(url, connect_args=arguments, pool_pre_ping=role not in ("writer", "pulse"), **_pool(role))


def _patience(role: Role) -> float:
    return {"watcher": SHORT_PATIENCE, "upgrade": LONG_PATIENCE}.get(role, PATIENCE)


def _of_several(url: URL) -> dict[str, Any]:
    """Of several hosts one is the primary; the others are its standbys, which must not be taken for it. One that does
    not answer at all must not hold up the next one for long."""
    wanted = {"target_session_attrs": "read-write", "connect_timeout": 2} if has_several(url) else {}
    return {name: value for name, value in wanted.items() if name not in url.query}


def postgres_arguments(url: str) -> dict[str, Any] | None:
    "For a connection of one's own without SQLAlchemy; None for SQLite. Raises StoreError for a bad URL."
    parsed = make_url(normalise_url(url))
    if parsed.drivername == "sqlite":
        return None
    _, arguments = parsed.get_dialect()().create_connect_args(parsed)
    return {**arguments, **_of_several(parsed)}


def _pool(role: Role) -> dict[str, Any]:
    size, overflow = (1, 0) if role == "writer" else (4, 8)
    # the one used last comes first: so no more are opened than are needed at once
    return {"pool_size": size, "max_overflow": overflow, "pool_timeout": PATIENCE, "pool_use_lifo": role == "pulse"}


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    "A connection for read functions, given back at the end. Raises Unreachable or SchemaError."
    with _translated(), engine.connect() as connection:
        yield connection


@contextmanager
def glancing(engine: Engine) -> Iterator[Connection]:
    """The same for pages: on PostgreSQL each statement is by itself, which saves two round trips.

    They would not see the same picture either way, because a transaction there shows what others commit meanwhile. On
    SQLite all statements see the same.
    """
    with reading(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


@contextmanager
def bare_cursor(engine: Engine) -> Iterator[Any]:
    """The driver's own cursor, for one question that is asked all the time: a tenth of the work of `reading`.

    No transaction begins, which saves PostgreSQL two of four round trips, and nothing limits what it sees
    (`models.sight`). Raises Unreachable or SchemaError.
    """
    with _translated():
        connection = engine.raw_connection()
        try:
            with _without_transaction(connection.driver_connection, engine.dialect.name):
                yield connection.cursor()
        except Exception as problem:
            connection.invalidate(problem)  # nobody looks whether it lives before it is used again
            raise
        finally:
            connection.close()


@contextmanager
def _without_transaction(driver: Any, dialect: str) -> Iterator[None]:
    "SQLite connections of ours begin none by themselves."
    if dialect != "postgresql":
        yield
        return
    driver.autocommit = True
    try:
        yield
    finally:
        driver.autocommit = False


def can_reach(url: str) -> bool:
    "Whether the database answers a new connection within two seconds."
    parsed = make_url(normalise_url(url))
    if parsed.drivername != "sqlite":
        parsed = parsed.update_query_dict({"connect_timeout": "2"})
    engine = create(parsed.render_as_string(hide_password=False), "reader")
    try:
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1")
    except StoreError:
        return False
    finally:
        engine.dispose()
    return True


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    "A transaction on the web's own tables, committed at the end. Raises Unreachable or SchemaError."
    with _translated(), engine.connect() as plain:
        connection = plain.execution_options(**{_IMMEDIATE: True})
        with connection.begin():
            yield connection


def unhurried(connection: Connection) -> None:
    "On PostgreSQL the commit of this transaction does not wait for the disk, and so does not make others wait for it."
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        known = store_error(error)
        if known is None or known is error:
            raise
        raise known from error
