"Jobs with their tasks in numbers."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, select
from sqlalchemy.sql import visitors

from models import tables
from models.conditions import TASK_OPEN
from models.read import job_groups
from models.read.files import FileRow, file
from models.read.job_groups import JobGroup, trouble
from models.read.page import Page, contains, one_of, page_of
from models.restore import problem_of, task_of
from scheduler.errors import Problem
from scheduler.params import Params
from scheduler.records import JobState, ObjectKind, Task, TaskState

#: `trouble`: those in error first, then with a failure or a delay, waiting for a process or a lock, running, held, all
#: others; then by path
JobSort = Literal["path", "trouble", "next"]

#: of which the statement is kept
SCHEDULERS = 32

#: which jobs a list shows
JobView = Literal["all", "running", "needs_process", "needs_lock", "stopped", "error", "disabled", "faulty_file"]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job in the list. `error` is the last task error; `problem_code` (empty: none) is about its file.

    `running` and `queued` count tasks; `last` is the newest task that has ended.
    """

    path: str
    title: str
    order_controlled: bool
    max_tasks: int
    process_class: str
    enabled: bool
    stopped: bool
    faulty: bool
    errors_in_a_row: int
    delay_until: datetime | None
    state_text: str
    error: Problem | None
    has_run_time: bool
    #: by its run time, as far as it is known
    next_start_at: datetime | None
    problem_code: str
    running: int
    queued: int
    last: Task | None
    #: since when the job could start something but for a process of its class, or for its locks; None: it does not wait
    waits_since: datetime | None = None
    #: keys of the locks that it waits for, one in each line; empty while it `waits_since`: it lacks a process
    waits_locks: str = ""
    #: of a list with groups: what `job_groups.head` says of it, as a text; empty: nothing
    group: str = ""

    @property
    def state(self) -> JobState:
        "As the engine would say it."
        if self.faulty:
            return JobState.ERROR
        if self.stopped:
            return JobState.STOPPING if self.running else JobState.STOPPED
        return JobState.RUNNING if self.running else JobState.PENDING


@dataclass(frozen=True, slots=True)
class JobDetail:
    "`chains`: the (chain path, node) pairs where an order job works."

    job: JobRow
    description: str
    visible: str
    params: Params
    chains: tuple[tuple[str, str], ...]
    file: FileRow | None


def jobs(
    connection: Connection,
    scheduler_id: str,
    *,
    text: str = "",
    view: JobView = "all",
    where: Sequence[ColumnElement[bool]] = (),
    sort: JobSort = "path",
    descending: bool = False,
    group: JobGroup = "",
    offset: int = 0,
    limit: int = 100,
) -> Page[JobRow]:
    """By path, or as `sort` says, within each `group`. `where`: conditions of `models.read.narrow`.

    The page is found by its keys first, so that the counts of tasks are asked for the rows of the page only.
    """
    j = tables.jobs.c
    conditions = [j.scheduler_id == scheduler_id, *where, *([_condition(view)] if view != "all" else [])]
    if text:
        conditions.append(contains(text, j.path, j.title))
    head = job_groups.head(scheduler_id, group)
    columns = [j.path_key] if head is None else [j.path_key, head.label("head")]
    first = [] if head is None else job_groups.order(head)
    statement = select(*columns).where(*conditions).order_by(*first, *_order_by(scheduler_id, sort, descending))
    if any(_of_files(condition) for condition in conditions):
        statement = statement.select_from(tables.jobs.outerjoin(tables.files, _its_file()))
    keys = page_of(connection, statement, offset, limit, _key_and_head)
    wanted = _jobs(scheduler_id).where(one_of(connection, j.path_key, [key for key, _ in keys.rows]))
    found = {row.path_key: row for row in connection.execute(wanted)}
    rows = [(found[key], named) for key, named in keys.rows if key in found]
    last = _last_tasks(connection, scheduler_id, [row.last_id for row, _ in rows if row.last_id])
    listed = tuple(_job(row, last.get(row.last_id), named) for row, named in rows)
    return Page(listed, keys.total, keys.offset, keys.limit)


def _key_and_head(row: Row[Any]) -> tuple[str, str]:
    named = row.head if len(row) > 1 else None
    return str(row.path_key), "" if named is None else str(named)


def _order_by(scheduler_id: str, sort: JobSort, descending: bool) -> list[ColumnElement[Any]]:
    j = tables.jobs.c
    by_path = j.path_key.desc() if descending and sort == "path" else j.path_key
    if sort == "path":
        return [by_path]
    if sort == "next":
        return [j.next_start_at.is_(None), j.next_start_at.desc() if descending else j.next_start_at, by_path]
    rank = trouble(scheduler_id)
    return [rank.desc() if descending else rank, by_path]


def job(connection: Connection, scheduler_id: str, path: str) -> JobDetail | None:
    row = connection.execute(_jobs(scheduler_id).where(tables.jobs.c.path_key == path.lower())).one_or_none()
    if row is None:
        return None
    last = _last_tasks(connection, scheduler_id, [row.last_id] if row.last_id else [])
    return JobDetail(
        job=_job(row, last.get(row.last_id)),
        description=row.description,
        visible=row.visible,
        params=row.params,
        chains=_chains_of(connection, scheduler_id, row.path_key),
        file=file(connection, scheduler_id, ObjectKind.JOB, row.path),
    )


def _its_file() -> ColumnElement[bool]:
    j, f = tables.jobs.c, tables.files.c
    return and_(f.scheduler_id == j.scheduler_id, f.kind == ObjectKind.JOB.value, f.path_key == j.path_key)


def _its_wait() -> ColumnElement[bool]:
    j, w = tables.jobs.c, tables.job_waits.c
    return and_(w.scheduler_id == j.scheduler_id, w.job_key == j.path_key)


def _of_files(condition: ColumnElement[bool]) -> bool:
    "Whether a condition is about the files of the jobs, which are joined only then."
    return any(getattr(part, "table", None) is tables.files for part in visitors.iterate(condition))


def _of_job() -> ColumnElement[bool]:
    j, t = tables.jobs.c, tables.tasks.c
    return and_(t.scheduler_id == j.scheduler_id, t.job_key == j.path_key)


@lru_cache(SCHEDULERS)
def _jobs(scheduler_id: str) -> Select[Any]:
    "Kept, as it is the same for each page of a list and each refresh of it."
    j, f, t, w = tables.jobs.c, tables.files.c, tables.tasks.c, tables.job_waits.c
    open_tasks = select(func.count()).where(_of_job(), TASK_OPEN)
    ended = select(t.id).where(_of_job(), t.state == TaskState.ENDED).order_by(t.id.desc()).limit(1)
    return (
        select(
            tables.jobs,
            f.problem_code.label("file_problem"),
            open_tasks.where(t.state == TaskState.QUEUED).scalar_subquery().label("queued"),
            open_tasks.where(t.state != TaskState.QUEUED).scalar_subquery().label("running"),
            ended.scalar_subquery().label("last_id"),
            w.since.label("waits_since"),
            w.locks.label("waits_locks"),
        )
        .select_from(tables.jobs.outerjoin(tables.files, _its_file()).outerjoin(tables.job_waits, _its_wait()))
        .where(j.scheduler_id == scheduler_id)
    )


def _condition(view: JobView) -> ColumnElement[bool]:
    j, t = tables.jobs.c, tables.tasks.c
    match view:
        case "needs_process":
            return exists().where(_its_wait(), tables.job_waits.c.locks == "")
        case "needs_lock":
            return exists().where(_its_wait(), tables.job_waits.c.locks != "")
        case "stopped":
            return j.stopped.is_(True)
        case "error":
            return j.faulty.is_(True)
        case "disabled":
            return j.enabled.is_(False)
        case "faulty_file":
            return tables.files.c.problem_code.is_not(None)
        case _:
            return exists().where(_of_job(), TASK_OPEN, t.state != TaskState.QUEUED)


def _last_tasks(connection: Connection, scheduler_id: str, ids: list[int]) -> dict[int, Task]:
    if not ids:
        return {}
    c = tables.tasks.c
    rows = connection.execute(select(tables.tasks).where(c.scheduler_id == scheduler_id, one_of(connection, c.id, ids)))
    return {row.id: task_of(row) for row in rows}


def _job(row: Row[Any], last: Task | None, group: str = "") -> JobRow:
    return JobRow(
        path=row.path,
        title=row.title,
        order_controlled=row.order_controlled,
        max_tasks=row.max_tasks,
        process_class=row.process_class,
        enabled=row.enabled,
        stopped=row.stopped,
        faulty=row.faulty,
        errors_in_a_row=row.errors_in_a_row,
        delay_until=row.delay_until,
        state_text=row.state_text,
        error=problem_of(row),
        has_run_time=row.has_run_time,
        next_start_at=row.next_start_at,
        problem_code=row.file_problem or "",
        running=row.running,
        queued=row.queued,
        last=last,
        waits_since=row.waits_since,
        waits_locks=row.waits_locks or "",
        group=group,
    )


def _chains_of(connection: Connection, scheduler_id: str, job_key: str) -> tuple[tuple[str, str], ...]:
    c = tables.job_chain_nodes.c
    statement = (
        select(c.chain, c.node)
        .where(c.scheduler_id == scheduler_id, c.job_key == job_key)
        .order_by(c.chain_key, c.position)
    )
    return tuple((row.chain, row.node) for row in connection.execute(statement))
