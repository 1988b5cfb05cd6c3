"INSERT that may meet a row that is there already: both databases can, each in its own dialect."

from __future__ import annotations

from typing import Any

from sqlalchemy import Table


def insert_into(dialect: str, table: Table) -> Any:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`. `dialect` is the name of the connection's.

    Only the dialect that is in use is loaded.
    """
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as on_postgresql

        return on_postgresql(table)
    from sqlalchemy.dialects.sqlite import insert as on_sqlite

    return on_sqlite(table)
