"""Choosing old rows to be deleted, a few at a time: each function looks for at most `limit` rows that are older than
`before`, going on after where the last one ended (None: at the beginning).

Looking needs no transaction that others wait for; only deleting does. Both go along the primary key or an index, so
none ever looks through a table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, delete, func, select, tuple_

from models import notices, services
from models.operations import OPEN
from models.tables import (
    beat_minutes,
    file_versions,
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


@dataclass(frozen=True, slots=True)
class Chosen:
    """`statements` delete `rows` rows, with what belongs to them. `after`: where to go on; None: there is nothing more.

    Rows that were old stay so, so the statements may be executed in another transaction, later.
    """

    rows: int = 0
    statements: tuple[Executable, ...] = ()
    after: Any = None


NOTHING = Chosen()
Choose = Callable[[Connection, str, datetime, Any, int], Chosen]


def _tasks(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
    "Ended ones, with their logs."
    c = tasks.c
    numbers, last = _old(connection, c.id, c.ended_at, scheduler_id, before, after, limit)
    if not numbers:
        return Chosen(after=last)
    statement = delete(tasks).where(c.scheduler_id == scheduler_id, c.id.between(numbers[0], numbers[-1]))
    old = statement.where(c.state == TaskState.ENDED, c.ended_at < before)
    return Chosen(len(numbers), (old,), last)


def _orders(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
    "Rounds that have ended, with their steps."
    c = order_runs.c
    numbers, last = _old(connection, c.history_id, c.ended_at, scheduler_id, before, after, limit)
    if not numbers:
        return Chosen(after=last)
    statement = delete(order_runs).where(c.scheduler_id == scheduler_id, c.ended_at < before)
    return Chosen(len(numbers), (statement.where(c.history_id.between(numbers[0], numbers[-1])),), last)


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


def _logs(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
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
    if not old:
        return NOTHING
    statements = (delete(task_logs).where(c.scheduler_id == scheduler_id, c.task_id.in_(old)),)
    return Chosen(len(old), statements, rows[-1].task_id)


def _journal(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
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
        return NOTHING
    statements = (delete(journal).where(c.scheduler_id == scheduler_id, c.id.between(old[0], old[-1])),)
    return Chosen(len(old), statements, old[-1])


def _plan(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
    "Days of the plan with their entries and starts."
    d, day = plan_days.c, before.date().isoformat()
    for table in (plan_entries, plan_starts):
        keys = tuple(table.primary_key.columns)
        statement = select(*keys).where(table.c.scheduler_id == scheduler_id, table.c.day < day)
        rows = connection.execute(statement.order_by(*keys).limit(limit)).all()
        if rows:
            statements = (delete(table).where(tuple_(*keys).in_([tuple(row) for row in rows])),)
            return Chosen(len(rows), statements, rows[-1])
    return Chosen(statements=(delete(plan_days).where(d.scheduler_id == scheduler_id, d.day < day),))


def _reports(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
    c, day = report_days.c, before.date().isoformat()
    keys = tuple(report_days.primary_key.columns)
    statement = select(*keys).where(c.scheduler_id == scheduler_id, c.day < day)
    rows = connection.execute(statement.order_by(*keys).limit(limit)).all()
    if not rows:
        return NOTHING
    return Chosen(len(rows), (delete(report_days).where(tuple_(*keys).in_([tuple(row) for row in rows])),), rows[-1])


def _notices(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
    numbers = notices.over(connection, scheduler_id, before, min(limit, 200))
    if not numbers:
        return NOTHING
    return Chosen(len(numbers), notices.without(scheduler_id, numbers), numbers[-1])


def _operations(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
    c = operations.c
    over = c.state.not_in([state.value for state in OPEN])
    old = select(c.key).where(c.scheduler_id == scheduler_id, c.created_at < before, over).limit(limit)
    keys = list(connection.execute(old).scalars())
    return Chosen(len(keys), (delete(operations).where(c.key.in_(keys)),), keys[-1]) if keys else NOTHING


def _logins(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
    "Of all schedulers: they belong to none."
    c = login_attempts.c
    rows = connection.execute(select(c.id, c.time).order_by(c.id).limit(limit))
    old = [row.id for row in rows if row.time < before]
    return Chosen(len(old), (delete(login_attempts).where(c.id.in_(old)),), old[-1]) if old else NOTHING


def _beats(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
    c = beat_minutes.c
    keys = tuple(beat_minutes.primary_key.columns)
    statement = select(*keys).where(c.scheduler_id == scheduler_id, c.minute < before)
    rows = connection.execute(statement.order_by(*keys).limit(limit)).all()
    if not rows:
        return NOTHING
    return Chosen(len(rows), (delete(beat_minutes).where(tuple_(*keys).in_([tuple(row) for row in rows])),), rows[-1])


def _versions(connection: Connection, scheduler_id: str, before: datetime, after: Any, limit: int) -> Chosen:
    "Of files of the configuration; numbers rise with time."
    c = file_versions.c
    statement = select(c.id, c.made_at).where(c.scheduler_id == scheduler_id).order_by(c.id).limit(limit)
    old = [row.id for row in connection.execute(statement) if row.made_at < before]
    return Chosen(len(old), (delete(file_versions).where(c.id.in_(old)),), old[-1]) if old else NOTHING


#: by the kinds of `scheduler.retention`
CHOOSE: dict[str, Choose] = {
    "logs": _logs, "tasks": _tasks, "orders": _orders, "journal": _journal, "plan": _plan, "notices": _notices,
    "operations": _operations, "logins": _logins, "reports": _reports, "beats": _beats,
    "versions": _versions,
}  # fmt: skip
