"Which jobs wait for a process of their class, or for their locks."

from __future__ import annotations

from sqlalchemy import Connection, select

from models import tables
from models.restore import job_wait_of
from scheduler.job_wait import JobWait


def job_waits(connection: Connection, scheduler_id: str) -> dict[str, JobWait]:
    "By the keys of the jobs. Few: who waits has a full process class or a lock before it."
    w = tables.job_waits.c
    rows = connection.execute(select(tables.job_waits).where(w.scheduler_id == scheduler_id))
    return {row.job_key: job_wait_of(row) for row in rows}
