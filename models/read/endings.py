"How an engine that is ending was told to."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from models.read.journal import last_journal_id
from models.tables import journal
from scheduler.changes import Kind

#: rows of the journal that are looked at; an engine that has written more since it was told says less
LOOKED_AT = 20_000
_KINDS = (Kind.SCHEDULER_STARTED.value, Kind.SCHEDULER_STOPPING.value, Kind.SCHEDULER_KEPT.value)


@dataclass(frozen=True, slots=True)
class Ending:
    """`kill_at`: when tasks that still run are killed; None: they are waited for. `restart`: the engine starts again.
    `for_good`: whoever runs the process has ended it, so no command can cancel that."""

    since: datetime
    kill_at: datetime | None
    restart: bool
    for_good: bool


def ending(connection: Connection, scheduler_id: str) -> Ending | None:
    "Of the engine that ends now; of several demands the first deadline counts. None: the journal knows of none."
    c = journal.c
    first = last_journal_id(connection, scheduler_id) - LOOKED_AT
    statement = (
        select(c.time, c.detail, c.kind)
        .where(c.scheduler_id == scheduler_id, c.id > first, c.kind.in_(_KINDS))
        .order_by(c.id.desc())
    )
    demands = []
    for time, detail, kind in connection.execute(statement):
        if kind in (Kind.SCHEDULER_STARTED, Kind.SCHEDULER_KEPT):
            break
        if kind == Kind.SCHEDULER_STOPPING:
            demands.append((time, detail or {}))
    if not demands:
        return None
    limits = [time + timedelta(seconds=float(detail["timeout"])) for time, detail in demands if "timeout" in detail]
    latest = demands[0][1]
    return Ending(
        demands[-1][0], min(limits, default=None), bool(latest.get("restart")), any("for_good" in d for _, d in demands)
    )
