"""What runs took and what became of them, in numbers. Counts are of what began in a span, by its result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    TextualSelect,
    bindparam,
    func,
    select,
    text,
    type_coerce,
)

from models import sight, tables
from models.conditions import RUN_FAILED, TASK_FAILED
from scheduler.records import TaskState

#: runs that statistics of one job look at, at most
MOST_RUNS = 2000
#: jobs that one question is about; SQLite takes 500
MOST_TOGETHER = 200
_LAST = (
    "SELECT id, tasks.job_key, started_at, ended_at, problem_code FROM tasks"
    " WHERE scheduler_id = :scheduler_id AND tasks.job_key = {} AND state = 'ended' AND started_at IS NOT NULL"
    " ORDER BY id DESC LIMIT :most"
)
#: tasks are numbered when they are queued; they may begin this much later and still be found
MARGIN = timedelta(hours=2)

Counted = Literal["tasks", "orders"]


@dataclass(frozen=True, slots=True)
class TaskTime:
    "An ended task: its number, when it began, how many seconds it took, and whether it failed."

    id: int
    began: datetime
    seconds: float
    failed: bool


@dataclass(frozen=True, slots=True)
class Began:
    "How many began in the minute `minute`, by what became of them."

    minute: datetime
    good: int
    failed: int
    running: int


_t = tables.tasks.c
_TIMES = (
    select(_t.id, _t.started_at, _t.ended_at, _t.problem_code)
    .where(
        _t.scheduler_id == bindparam("scheduler_id"),
        _t.job_key == bindparam("job_key"),
        _t.state == TaskState.ENDED,
        _t.started_at.is_not(None),
    )
    .order_by(_t.id.desc())
    .limit(bindparam("most"))
)


def times_of(
    connection: Connection, scheduler_id: str, jobs: Iterable[str], last: int = 30
) -> dict[str, list[TaskTime]]:
    """The last runs of each job (by lower-case path), the oldest first; a job that never ran is not there.

    Who sees everything gets the runs of many jobs with one question.
    """
    keys = list(dict.fromkeys(path.lower() for path in jobs))
    if len(keys) > 1 and not sight.narrows(connection):
        return _times_of_many(connection, scheduler_id, keys, last)
    found: dict[str, list[TaskTime]] = {}
    for key in keys:
        values = {"scheduler_id": scheduler_id, "job_key": key, "most": last}
        rows = connection.execute(_TIMES, values).all()
        if rows:
            found[key] = [_time(row) for row in reversed(rows)]
    return found


def _times_of_many(
    connection: Connection, scheduler_id: str, keys: Sequence[str], last: int
) -> dict[str, list[TaskTime]]:
    found: dict[str, list[TaskTime]] = {}
    values: dict[str, object] = {"scheduler_id": scheduler_id, "most": last}
    for statement, of_keys in _questions(connection, keys):
        for row in connection.execute(statement, {**values, **of_keys}):
            found.setdefault(row.job_key, []).append(_time(row))
    for runs in found.values():
        runs.reverse()
    return found


def _questions(connection: Connection, keys: Sequence[str]) -> Iterator[tuple[TextualSelect, dict[str, object]]]:
    "Statements with their values."
    if connection.dialect.name == "postgresql":
        yield _times_on_postgres(), {"job_keys": list(keys)}
        return
    for begin in range(0, len(keys), MOST_TOGETHER):
        part = keys[begin : begin + MOST_TOGETHER]
        yield _times(len(part)), {f"key{number}": key for number, key in enumerate(part)}


@cache
def _times(number: int) -> TextualSelect:
    "The last runs of so many jobs, each found along the index of its job."
    parts = (f"SELECT * FROM ({_LAST.format(f':key{each}')}) AS part{each}" for each in range(number))  # noqa: S608
    return _typed(" UNION ALL ".join(parts))


@cache
def _times_on_postgres() -> TextualSelect:
    "The same for any number of them, in one parameter: planning fifty parts takes longer than reading them."
    asked, last = "unnest(CAST(:job_keys AS text[])) AS asked(job_key)", _LAST.format("asked.job_key")
    return _typed(f"SELECT last.* FROM {asked} CROSS JOIN LATERAL ({last}) AS last")  # noqa: S608


def _typed(statement: str) -> TextualSelect:
    names = ("id", "job_key", "started_at", "ended_at", "problem_code")
    return text(statement).columns(**{name: tables.tasks.c[name].type for name in names})


def _time(row: Any) -> TaskTime:
    ended = row.ended_at or row.started_at
    return TaskTime(row.id, row.started_at, (ended - row.started_at).total_seconds(), row.problem_code is not None)


def began(
    connection: Connection,
    scheduler_id: str,
    counted: Counted,
    since: datetime,
    until: datetime,
    where: Sequence[ColumnElement[bool]] = (),
    first: int | None = None,
) -> list[Began]:
    """Per minute, in order of time; minutes in which nothing began are left out. `where`: conditions of
    `models.read.narrow`. `first`: what `first_since(… since - MARGIN)` has answered, when it is known."""
    table = tables.tasks if counted == "tasks" else tables.order_runs
    c = table.c
    minute = _minute(connection, c.started_at)
    failed = TASK_FAILED if counted == "tasks" else RUN_FAILED
    first = _first(connection, table, scheduler_id, since - MARGIN) if first is None else first
    running = c.state != TaskState.ENDED if counted == "tasks" else c.ended_at.is_(None)
    statement = (
        select(
            minute.label("minute"),
            func.count().label("total"),
            func.count().filter(failed).label("failed"),
            func.count().filter(running).label("running"),
        )
        .where(c.scheduler_id == scheduler_id, c.started_at >= since, c.started_at < until)
        .where(_number(table) >= first, *where)
        .group_by(minute)
        .order_by(minute)
    )
    return [
        Began(
            datetime.fromisoformat(row.minute).replace(tzinfo=UTC),
            row.total - row.failed - row.running,
            row.failed,
            row.running,
        )
        for row in connection.execute(statement)
    ]


def first_since(connection: Connection, scheduler_id: str, counted: Counted, since: datetime) -> int:
    "The number from which on all began at or after `since`, apart from some that waited for long."
    return _first(connection, tables.tasks if counted == "tasks" else tables.order_runs, scheduler_id, since)


def _minute(connection: Connection, column: ColumnElement[datetime]) -> ColumnElement[str]:
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI')
    return func.substr(type_coerce(column, String), 1, 16)


def _number(table: Table) -> ColumnElement[int]:
    return table.c.id if table is tables.tasks else table.c.history_id


def _first(connection: Connection, table: Table, scheduler_id: str, since: datetime) -> int:
    """By halving: numbers rise with time, and no index is needed on the time.

    About twenty questions of one row each.
    """
    number, c = _number(table), table.c
    ends = connection.execute(
        select(func.min(number), func.max(number)).where(c.scheduler_id == scheduler_id)
    ).one()
    if ends[0] is None:
        return 0
    low, high = int(ends[0]), int(ends[1]) + 1
    next_one = (
        select(number, c.started_at)
        .where(c.scheduler_id == scheduler_id, c.started_at.is_not(None))
        .order_by(number)
        .limit(1)
    )
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(next_one.where(number >= middle)).first()
        if row is None or row.started_at >= since:
            high = middle
        else:
            low = int(row[0]) + 1
    return low


@dataclass(frozen=True, slots=True)
class JobStatistics:
    "Of the last 30 days, at most the last `MOST_RUNS` runs. Seconds; None without any run. `rate` is a share of 1."

    runs: int
    failed: int
    runs_7: int
    failed_7: int
    mean: float | None
    median: float | None
    p95: float | None

    @property
    def rate(self) -> float | None:
        return None if not self.runs else 1 - self.failed / self.runs

    @property
    def rate_7(self) -> float | None:
        return None if not self.runs_7 else 1 - self.failed_7 / self.runs_7


def job_statistics(connection: Connection, scheduler_id: str, job: str, now: datetime) -> JobStatistics:
    times = times_of(connection, scheduler_id, [job], MOST_RUNS).get(job.lower(), [])
    month = [each for each in times if each.began >= now - timedelta(days=30)]
    week = [each for each in month if each.began >= now - timedelta(days=7)]
    seconds = sorted(each.seconds for each in month)
    return JobStatistics(
        runs=len(month),
        failed=sum(each.failed for each in month),
        runs_7=len(week),
        failed_7=sum(each.failed for each in week),
        mean=sum(seconds) / len(seconds) if seconds else None,
        median=_at(seconds, 0.5),
        p95=_at(seconds, 0.95),
    )


def _at(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else None
