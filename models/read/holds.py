"When what is stopped, suspended or paused goes on by itself."

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from models import tables
from models.read.page import one_of
from scheduler.hold import HoldKind, hold_key


def hold_ends(connection: Connection, scheduler_id: str, kind: HoldKind, names: Iterable[str]) -> dict[str, datetime]:
    "By the names of the objects as they were given (see `Hold.object`); those that somebody has to end are not there."
    wanted = {hold_key(kind, name).key: name for name in names}
    if not wanted:
        return {}
    h = tables.holds.c
    statement = select(h.object_key, h.until).where(
        h.scheduler_id == scheduler_id, h.kind == kind, one_of(connection, h.object_key, list(wanted))
    )
    return {wanted[row.object_key]: row.until for row in connection.execute(statement)}
