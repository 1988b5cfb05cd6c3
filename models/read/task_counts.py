"How many tasks run where."

from __future__ import annotations

from sqlalchemy import Connection, func, select

from models import tables
from models.conditions import TASK_OPEN
from scheduler.records import TaskState


def running_by_member(connection: Connection, scheduler_id: str) -> dict[str, int]:
    "Tasks that have a process, by the id of the member that runs them; empty: of an engine that stands alone."
    c = tables.tasks.c
    statement = (
        select(c.member_id, func.count())
        .where(c.scheduler_id == scheduler_id, TASK_OPEN, c.state != TaskState.QUEUED)
        .group_by(c.member_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}
