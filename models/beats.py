"How members gave signs of life, minute by minute, as the services saw it."

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from models.tables import beat_minutes as table
from scheduler.cluster.beat_minutes import BeatMinute

_C = table.c


def add(connection: Connection, scheduler_id: str, minutes: Iterable[BeatMinute]) -> None:
    "A minute that is there already stays: clocks may be set back."
    make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = [
        {"scheduler_id": scheduler_id, "minute": each.minute, "member_id": each.member_id, "silent": each.silent}
        for each in minutes
    ]
    if rows:
        connection.execute(make(table).on_conflict_do_nothing(), rows)


def since(connection: Connection, scheduler_id: str, begin: datetime) -> list[BeatMinute]:
    "From that minute on, in the order of time."
    statement = select(_C.member_id, _C.minute, _C.silent).where(_C.scheduler_id == scheduler_id, _C.minute >= begin)
    return [BeatMinute(*row) for row in connection.execute(statement.order_by(_C.minute, _C.member_id))]
