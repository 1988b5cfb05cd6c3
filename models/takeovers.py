"How the right to work went from one member to another."

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from models.tables import takeovers as table


@dataclass(frozen=True, slots=True)
class TakeOver:
    """One take-over. `reason` is a word of `scheduler.cluster.claiming.Reason`. All instants are by the clock of
    `member_id`; `last_beat_at` None: it has not heard of the predecessor before. `processes` of the predecessor's jobs
    were ended first."""

    epoch: int
    member_id: str
    predecessor: str
    reason: str
    last_beat_at: datetime | None
    noticed_at: datetime
    claimed_at: datetime
    loaded_at: datetime
    active_at: datetime
    processes: int


def put_takeover(connection: Connection, scheduler_id: str, takeover: TakeOver) -> None:
    "An epoch that is there already is written anew."
    c = table.c
    connection.execute(delete(table).where(c.scheduler_id == scheduler_id, c.epoch == takeover.epoch))
    connection.execute(insert(table).values(scheduler_id=scheduler_id, **asdict(takeover)))


def takeovers(
    connection: Connection, scheduler_id: str, since: datetime | None = None, limit: int = 10
) -> list[TakeOver]:
    "The latest ones, the newest first; of those that came to their end after `since`."
    columns = [column for column in table.c if column.name != "scheduler_id"]
    statement = select(*columns).where(table.c.scheduler_id == scheduler_id).order_by(table.c.epoch.desc())
    if since is not None:
        statement = statement.where(table.c.active_at >= since)
    return [TakeOver(**row) for row in connection.execute(statement.limit(limit)).mappings()]
