"Which schedulers there are, and their members."

from __future__ import annotations

from sqlalchemy import Connection, select

from models import tables
from models.members import COLUMNS, Member


def scheduler_ids(connection: Connection) -> list[str]:
    "The ids under which somebody ever wrote, in alphabetical order."
    c = tables.leases.c.scheduler_id
    return list(connection.execute(select(c).order_by(c)).scalars())


def last_changes(connection: Connection) -> dict[str, int]:
    "These ids, each with the number of its last change (0: nothing was ever written)."
    c = tables.leases.c
    rows = connection.execute(select(c.scheduler_id, c.journal_id).order_by(c.scheduler_id))
    return {row[0]: row[1] or 0 for row in rows}


def members(connection: Connection, scheduler_id: str) -> list[Member]:
    "All that ever wrote a row, by member id; `beat_at` and `state` tell which ones live."
    table = tables.members
    columns = [table.c[name] for name in COLUMNS]
    statement = select(*columns).where(table.c.scheduler_id == scheduler_id).order_by(table.c.member_id)
    return [Member(**row) for row in connection.execute(statement).mappings()]
