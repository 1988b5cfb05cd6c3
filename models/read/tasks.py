"Tasks, their history and their logs."

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, select

from models import tables
from models.conditions import TASK_FAILED, TASK_OPEN
from models.merge import GZIP_MAGIC
from models.read.page import contains
from models.restore import task_of
from scheduler.records import Task, TaskState

#: which tasks a list shows; `open` means queued or with a process
TaskView = Literal["all", "open", "failed", "ended"]

#: the classic limit of one history answer
MOST_HISTORY = 1000


def tasks(
    connection: Connection,
    scheduler_id: str,
    *,
    job: str | None = None,
    view: TaskView = "all",
    states: Collection[TaskState] = (),
    text: str = "",
    since: datetime | None = None,
    where: Sequence[ColumnElement[bool]] = (),
    before: int | None = None,
    limit: int = 100,
) -> list[Task]:
    """Newest first. `before`: only smaller ids, for the next page. `text` is looked for in job, order and error.

    `since` looks at the end, so it leaves out open tasks. `where`: conditions of `models.read.narrow`.
    """
    c = tables.tasks.c
    statement = select(tables.tasks).where(c.scheduler_id == scheduler_id, *where).limit(limit)
    if view == "open" or any(condition is TASK_OPEN for condition in where):
        # few are open: they are found by their index and sorted, instead of along the ids of the whole history
        statement = statement.order_by((c.id + 0).desc())
    else:
        statement = statement.order_by(c.id.desc())
    if job is not None:
        statement = statement.where(c.job_key == job.lower())
    if view == "open":
        statement = statement.where(TASK_OPEN)
    elif view == "failed":
        statement = statement.where(TASK_FAILED)
    elif view == "ended":
        statement = statement.where(c.state == TaskState.ENDED)
    if states:
        statement = statement.where(c.state.in_(states))
    if text:
        statement = statement.where(contains(text, c.job, c.order_id, c.problem_text))
    if since is not None:
        statement = statement.where(c.ended_at >= since)
    if before is not None:
        statement = statement.where(c.id < before)
    return [task_of(row) for row in connection.execute(statement)]


def newest_failures(connection: Connection, scheduler_id: str, limit: int) -> list[Task]:
    "Those that failed last first, whenever they began: what ran for hours may have done so just now."
    c = tables.tasks.c
    failed = select(tables.tasks).where(c.scheduler_id == scheduler_id, TASK_FAILED, c.ended_at.is_not(None))
    statement = failed.order_by(c.ended_at.desc(), c.id.desc()).limit(limit)
    return [task_of(row) for row in connection.execute(statement)]


def task(connection: Connection, scheduler_id: str, task_id: int) -> Task | None:
    c = tables.tasks.c
    row = connection.execute(
        select(tables.tasks).where(c.scheduler_id == scheduler_id, c.id == task_id)
    ).one_or_none()
    return None if row is None else task_of(row)


def task_history(
    connection: Connection,
    scheduler_id: str,
    job: str,
    *,
    id: int | None = None,
    prev: int | None = None,
    next: int | None = None,
) -> list[Task]:
    """The history of a job as `show_history` asks for it: tasks that were started, running ones included.

    `next`: so many after `id` (without id: the oldest), ascending. `prev`: so many before `id` (without id: the
    newest), descending. `id` alone: that one. Nothing: the newest ten. At most 1000.
    """
    c = tables.tasks.c
    statement = select(tables.tasks).where(
        c.scheduler_id == scheduler_id, c.job_key == job.lower(), c.started_at.is_not(None)
    )
    if next is not None:
        after = statement if id is None else statement.where(c.id > id)
        chosen = after.order_by(c.id).limit(min(next, MOST_HISTORY))
    elif id is not None and prev is None:
        chosen = statement.where(c.id == id)
    else:
        before = statement if id is None else statement.where(c.id < id)
        chosen = before.order_by(c.id.desc()).limit(min(10 if prev is None else prev, MOST_HISTORY))
    return [task_of(row) for row in connection.execute(chosen)]


def task_log(
    connection: Connection, scheduler_id: str, task_id: int, offset: int = 0, limit: int | None = None
) -> bytes | None:
    "A stored log, or the window of it from byte `offset`; None when none is stored."
    c = tables.task_logs.c
    content = connection.execute(
        select(c.content).where(c.scheduler_id == scheduler_id, c.task_id == task_id)
    ).scalar_one_or_none()
    if content is None:
        return None
    log = bytes(content)
    if log.startswith(GZIP_MAGIC):
        log = zlib.decompress(log, 31)
    return log[offset:] if limit is None else log[offset : offset + limit]


def task_log_size(connection: Connection, scheduler_id: str, task_id: int) -> int | None:
    "The number of bytes of a stored log; None when none is stored."
    c = tables.task_logs.c
    size: int | None = connection.execute(
        select(c.size).where(c.scheduler_id == scheduler_id, c.task_id == task_id)
    ).scalar_one_or_none()
    return size
