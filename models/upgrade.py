"""Brings the tables up to date. Several processes may do it at once: the first one works, the others wait.

Run as `python -m models upgrade [-db=URL]`; without URL the variable DATABASE_URL counts, then the default.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from models import schema
from models.connect import PATIENCE, create, writing
from models.errors import SchemaError

#: any number that no other program uses for its advisory locks
LOCK = 0x57E11


def configuration(connection: Connection) -> Config:
    "Alembic's configuration, without a file."
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str, revision: str = "head") -> str:
    """Upgrades the database and returns its revision.

    Raises Unreachable, or SchemaError when the tables were made by a newer version of the program.
    """
    engine = create(url, "upgrade")
    try:
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
                # its turn has come: who works with the tables must not wait behind us, should somebody hold one
                connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}s'"))
            found = _revision(connection)
            if found is not None and found > schema.HEAD:
                raise SchemaError(f"The tables have revision {found}, this program knows only {schema.HEAD}")
            command.upgrade(configuration(connection), revision)
            return _revision(connection) or ""
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str | None:
    "The revision; asked so that a failure leaves the transaction usable."
    with connection.begin_nested() as attempt:
        found = schema.current(connection)
        if found is None:
            attempt.rollback()
    return found
