"""Deleting old rows, a few at a time: each function deletes at most `limit` rows that are older than `before`.

`after` is where the last one ended (None: at the beginning); the answer says how many rows went and where to go on,
None: there is nothing more. All of them go along the primary key or an index, so none ever looks through a table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select, tuple_

from models import notices, services
from models.connect import reading
from models.operations import OPEN
from models.tables import (
    beat_minutes,
    journal,
    login_attempts,
    operations,
    order_runs,
    plan_days,
    plan_entries,
    plan_starts,
    report_days,
    task_logs,
    tasks,
)
from scheduler.records import TaskState

#: how many rows went, and where to go on
Done = tuple[int, Any]
Delete = Callable[[Connection, str, datetime, Any, int], Done]


def _tasks(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    "Ended ones, with their logs."
    c = tasks.c
    numbers, last = _old(connection, c.id, c.ended_at, scheduler_id, before, after, limit)
    if numbers:
        statement = delete(tasks).where(c.scheduler_id == scheduler_id, c.id.in_(numbers))
        connection.execute(statement.where(c.state == TaskState.ENDED))
    return len(numbers), last


def _orders(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    "Rounds that have ended, with their steps."
    c = order_runs.c
    numbers, last = _old(connection, c.history_id, c.ended_at, scheduler_id, before, after, limit)
    if numbers:
        connection.execute(delete(order_runs).where(c.scheduler_id == scheduler_id, c.history_id.in_(numbers)))
    return len(numbers), last


def _old(
    connection: Connection, number: Any, ended_at: Any, scheduler_id: str, before: datetime, after: Any, limit: int
) -> tuple[list[int], int | None]:
    """Numbers of the next `limit` rows as far as they are old, and the last one of them all.

    Numbers rise with time: rows that are not old stand behind all old ones, but for a few that took long; so the first
    `limit` rows without an old one are the end.
    """
    table = number.table
    statement = (
        select(number, ended_at)
        .where(table.c.scheduler_id == scheduler_id, number > (after or 0))
        .order_by(number)
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    old = [row[0] for row in rows if row[1] is not None and row[1] < before]
    if not rows or (not old and all(row[1] is not None for row in rows)):
        return [], None
    return old, rows[-1][0]


def _logs(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    "Logs of tasks, which are kept without them."
    c = task_logs.c
    statement = (
        select(c.task_id, tasks.c.ended_at)
        .join(tasks, (tasks.c.scheduler_id == c.scheduler_id) & (tasks.c.id == c.task_id))
        .where(c.scheduler_id == scheduler_id, c.task_id > (after or 0))
        .order_by(c.task_id)
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    old = [row.task_id for row in rows if row.ended_at is not None and row.ended_at < before]
    if old:
        connection.execute(delete(task_logs).where(c.scheduler_id == scheduler_id, c.task_id.in_(old)))
    return len(old), rows[-1].task_id if old else None


def _journal(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    "Rows that every service has dealt with; the last row of all stays."
    c = journal.c
    released = min(services.marks(connection, scheduler_id).values(), default=0)
    last = connection.execute(select(func.max(c.id)).where(c.scheduler_id == scheduler_id)).scalar_one() or 0
    most = min(released, last - 1)
    statement = (
        select(c.id, c.time).where(c.scheduler_id == scheduler_id, c.id <= most).order_by(c.id).limit(limit)
    )
    old = [row.id for row in connection.execute(statement) if row.time < before]
    if not old:
        return 0, None
    connection.execute(delete(journal).where(c.scheduler_id == scheduler_id, c.id >= old[0], c.id <= old[-1]))
    return len(old), old[-1]


def _plan(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    "Days of the plan with their entries and starts."
    d, day = plan_days.c, before.date().isoformat()
    for table in (plan_entries, plan_starts):
        keys = tuple(table.primary_key.columns)
        statement = select(*keys).where(table.c.scheduler_id == scheduler_id, table.c.day < day)
        rows = connection.execute(statement.order_by(*keys).limit(limit)).all()
        if rows:
            connection.execute(delete(table).where(tuple_(*keys).in_([tuple(row) for row in rows])))
            return len(rows), rows[-1]
    connection.execute(delete(plan_days).where(d.scheduler_id == scheduler_id, d.day < day))
    return 0, None


def _reports(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    c, day = report_days.c, before.date().isoformat()
    first = connection.execute(
        select(c.day).where(c.scheduler_id == scheduler_id, c.day < day).order_by(c.day).limit(1)
    ).scalar_one_or_none()
    if first is None:
        return 0, None
    kinds = select(c.object_key, c.kind).where(c.scheduler_id == scheduler_id, c.day == first).limit(limit)
    rows = connection.execute(kinds).all()
    for row in rows:
        connection.execute(
            delete(report_days).where(
                c.scheduler_id == scheduler_id, c.day == first, c.kind == row.kind, c.object_key == row.object_key
            )
        )
    return len(rows), first


def _notices(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    gone = notices.forget(connection, scheduler_id, before, min(limit, 200))
    return gone, gone or None


def _operations(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    c = operations.c
    over = c.state.not_in([state.value for state in OPEN])
    old = select(c.key).where(c.scheduler_id == scheduler_id, c.created_at < before, over).limit(limit)
    keys = list(connection.execute(old).scalars())
    if keys:
        connection.execute(delete(operations).where(c.key.in_(keys)))
    return len(keys), keys[-1] if keys else None


def _logins(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    "Of all schedulers: they belong to none."
    c = login_attempts.c
    rows = connection.execute(select(c.id, c.time).order_by(c.id).limit(limit))
    old = [row.id for row in rows if row.time < before]
    if old:
        connection.execute(delete(login_attempts).where(c.id.in_(old)))
    return len(old), old[-1] if old else None


def checkpoint(engine: Engine) -> None:
    """On SQLite takes over what the write-ahead log holds, without making writers wait; otherwise the engine would have
    to do that within one of its commits."""
    if engine.dialect.name == "sqlite":
        with reading(engine) as connection:
            plain: Any = connection.connection.driver_connection
            plain.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


#: by the kinds of `scheduler.retention`
def _beats(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Done:
    c = beat_minutes.c
    statement = select(c.minute, c.member_id).where(c.scheduler_id == scheduler_id, c.minute < before)
    rows = connection.execute(statement.order_by(c.minute, c.member_id).limit(limit)).all()
    if not rows:
        return 0, None
    mine = (c.scheduler_id == scheduler_id, tuple_(c.minute, c.member_id).in_([tuple(row) for row in rows]))
    connection.execute(delete(beat_minutes).where(*mine))
    return len(rows), rows[-1].minute


DELETE: dict[str, Delete] = {
    "logs": _logs, "tasks": _tasks, "orders": _orders, "journal": _journal, "plan": _plan, "notices": _notices,
    "operations": _operations, "logins": _logins, "reports": _reports, "beats": _beats,
}  # fmt: skip
