"When jobs are still expected to run on a plan day."

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from models import tables
from models.read.plan_ahead import Ahead
from scheduler.plan.state import EntryState

_E = tables.plan_entries.c


def job_spans(
    connection: Connection, scheduler_id: str, day: date, begin: datetime, seconds: Mapping[str, float]
) -> Iterator[tuple[datetime, float]]:
    """Starts to come of a day that begins at `begin`, and how many seconds each takes; `seconds` has those by the keys
    of the jobs, and names no others."""
    coming = Ahead(scheduler_id, day.isoformat(), begin)
    for key, each in coming.of_objects(connection, seconds):
        if key.kind == "job":
            yield begin + timedelta(seconds=each.offset), seconds[key.key]
    statement = select(_E.object_key, _E.start_at).where(
        _E.scheduler_id == scheduler_id, _E.day == day.isoformat(), _E.kind == "job", _E.object_key.in_(list(seconds)),
        _E.state == EntryState.PLANNED,
    )  # fmt: skip
    for row in connection.execute(statement):
        yield row.start_at, seconds[row.object_key]
