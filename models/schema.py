"Whether the tables are the ones that this program knows."

from __future__ import annotations

from sqlalchemy import Connection, text

from models.errors import SchemaError, store_error

#: the newest revision in `migrations/versions`
HEAD = "0026"

_ADVICE = "run `python -m models upgrade`"


def current(connection: Connection) -> str | None:
    "The revision of the tables; None when there are none."
    try:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except Exception as error:
        if isinstance(store_error(error), SchemaError):
            return None
        raise


def require(connection: Connection) -> None:
    "Raises SchemaError unless the tables have this program's revision."
    found = current(connection)
    if found is None:
        raise SchemaError(f"The database has no tables yet: {_ADVICE}")
    if found > HEAD:
        raise SchemaError(f"The tables have revision {found}, this program knows only {HEAD}: start the newer one")
    if found != HEAD:
        raise SchemaError(f"The tables have revision {found}, this program needs {HEAD}: {_ADVICE}")
