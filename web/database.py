"""The web's access to the database: one engine per application and one for its pulse, one connection per request.

A request has one connection for all that it reads: opened by the first read and closed at the end. Changes of the web's
own tables are short transactions of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flask import Flask, current_app, g
from sqlalchemy import Connection, Engine

from models import connect, sight
from models.access import Access


def install(app: Flask, database_url: str) -> None:
    "Make the engines (they connect with the first request) and close connections when requests end."
    made = connect.create(database_url, "web")
    sight.install(made)
    app.extensions["stellwerk_engine"] = made
    app.extensions["stellwerk_pulse_engine"] = connect.create(database_url, "pulse")

    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        stack: ExitStack | None = g.pop("read_stack", None)
        if stack is not None:
            stack.close()


def engine() -> Engine:
    found: Engine = current_app.extensions["stellwerk_engine"]
    return found


def dispose(app: Flask) -> None:
    "Close what is open: the application ends."
    for name in ("stellwerk_engine", "stellwerk_pulse_engine"):
        app.extensions[name].dispose()


def read() -> Connection:
    "The read connection of this request. Raises Unreachable or SchemaError."
    if "read_connection" not in g:
        stack = ExitStack()
        g.read_connection = stack.enter_context(connect.glancing(engine()))
        g.read_stack = stack
        if "access" in g:
            sight.limited_to(g.read_connection, g.access)
    connection: Connection = g.read_connection
    return connection


def look_as(access: Access) -> None:
    "From now on this request reads only what somebody may see."
    g.access = access
    if "read_connection" in g:
        sight.limited_to(g.read_connection, access)


def forget_reads() -> None:
    "The next read sees what was committed meanwhile."
    g.pop("read_connection", None)
    stack: ExitStack | None = g.pop("read_stack", None)
    if stack is not None:
        stack.close()


@contextmanager
def writing() -> Iterator[Connection]:
    "A transaction on the web's own tables; ends the read connection first, so that SQLite can be written."
    forget_reads()
    with connect.writing(engine()) as connection:
        yield connection
