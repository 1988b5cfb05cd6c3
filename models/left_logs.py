"""Logs that a member stores long after their tasks have ended, because it was dead when that was recorded.

Whoever recorded the ends could not read the files, which lie on the disk of the dead one. Rows are only added, so this
needs no fence: a log that is stored stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from models.inserts import insert_into
from models.merge import TaskLog, log_row
from models.tables import task_logs, tasks
from scheduler.records import TaskState


@dataclass(frozen=True, slots=True)
class LogOwner:
    "A task that is known. `stored`: bytes of its stored log; None: none is stored."

    log_file: str
    ended: bool
    stored: int | None


def log_owners(connection: Connection, scheduler_id: str, task_ids: Collection[int]) -> dict[int, LogOwner]:
    "Those of the tasks that there are (still), by their numbers."
    c, log = tasks.c, task_logs.c
    its_log = and_(log.scheduler_id == c.scheduler_id, log.task_id == c.id)
    statement = (
        select(c.id, c.log_file, c.state, log.size)
        .outerjoin_from(tasks, task_logs, its_log)
        .where(c.scheduler_id == scheduler_id, c.id.in_(task_ids))
    )
    return {
        row.id: LogOwner(row.log_file, row.state is TaskState.ENDED, row.size) for row in connection.execute(statement)
    }


def add_log(connection: Connection, scheduler_id: str, log: TaskLog) -> int | None:
    """Store it, unless one is stored. The bytes of what is stored then; None: the task has not ended, or is forgotten.

    In a transaction that writes: the task stays as long as it lasts.
    """
    c, stored = tasks.c, task_logs.c
    task = select(c.id).where(c.scheduler_id == scheduler_id, c.id == log.task_id, c.state == TaskState.ENDED)
    if connection.execute(task.with_for_update(read=True, key_share=True)).first() is None:
        return None
    row = log_row(log)
    values = {"task_id": row.task_id, "content": row.content, "size": row.size, "truncated": row.truncated}
    insert = insert_into(connection.dialect.name, task_logs).values(scheduler_id=scheduler_id, **values)
    connection.execute(insert.on_conflict_do_nothing())
    size: int = connection.execute(
        select(stored.size).where(stored.scheduler_id == scheduler_id, stored.task_id == log.task_id)
    ).scalar_one()
    return size
