"How large the database is."

from __future__ import annotations

from sqlalchemy import Connection, text


def bytes_of(connection: Connection) -> int:
    "On its disk, with indexes; what waits in a journal beside it is not counted."
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    return int(pages) * int(connection.execute(text("PRAGMA page_size")).scalar_one())
