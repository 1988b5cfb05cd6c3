"How many tasks run where."

from __future__ import annotations

from sqlalchemy import Connection, case, func, select

from models import tables
from models.conditions import TASK_OPEN
from scheduler.records import TaskState


def running_by_member(connection: Connection, scheduler_id: str) -> dict[str, int]:
    "Tasks that have a process, by the id of the member that runs them; empty: of an engine that stands alone."
    return {name: tasks for name, (tasks, _) in work_of_members(connection, scheduler_id).items()}


def work_of_members(connection: Connection, scheduler_id: str) -> dict[str, tuple[int, int]]:
    "The same, with how many of them work on an order."
    c = tables.tasks.c
    statement = (
        select(c.member_id, func.count(), func.sum(case((c.order_id != "", 1), else_=0)))
        .where(c.scheduler_id == scheduler_id, TASK_OPEN, c.state != TaskState.QUEUED)
        .group_by(c.member_id)
    )
    return {row[0]: (row[1], row[2] or 0) for row in connection.execute(statement)}
