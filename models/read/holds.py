"When what is stopped, suspended or paused goes on by itself."

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from models import tables
from scheduler.hold import HoldKey

#: people make them one by one, or for some hundred orders at once
MOST = 10_000


def hold_ends(connection: Connection, scheduler_id: str) -> dict[HoldKey, datetime]:
    "All of a scheduler, the soonest ones if there are very many; what somebody has to end is not there."
    h = tables.holds.c
    statement = select(h.kind, h.object_key, h.until).where(h.scheduler_id == scheduler_id)
    rows = connection.execute(statement.order_by(h.until).limit(MOST))
    return {HoldKey(row.kind, row.object_key): row.until for row in rows}
