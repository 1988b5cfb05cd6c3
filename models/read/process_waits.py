"Which jobs wait for a process of their class."

from __future__ import annotations

from sqlalchemy import Connection, select

from models import tables
from models.restore import process_wait_of
from scheduler.process_wait import ProcessWait


def process_waits(connection: Connection, scheduler_id: str) -> dict[str, ProcessWait]:
    "By the keys of the jobs. Few: who waits has a full process class before it."
    w = tables.process_waits.c
    rows = connection.execute(select(tables.process_waits).where(w.scheduler_id == scheduler_id))
    return {row.job_key: process_wait_of(row) for row in rows}
