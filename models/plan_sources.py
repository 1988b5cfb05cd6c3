"""What the plan follows from: orders, run times that came by command, changes by people, runs, times without an engine.

Reads only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, and_, func, or_, select, tuple_

from models import tables
from models.conditions import ORDER_OPEN, OVERRIDE_COUNTS
from models.restore import override_of
from scheduler import paths
from scheduler.configuration.run_time import run_time_of
from scheduler.plan.duration import LAST_RUNS
from scheduler.plan.override import Override, OverrideState, PlanKey
from scheduler.plan.state import Actual
from scheduler.records import Cause, OrderOrigin, TaskState
from scheduler.run_time.model import RunTime

#: of tasks that a run time starts; those of the queue count when a change of the plan has put them there
PLANNED_CAUSES = (Cause.PERIOD_SINGLE, Cause.PERIOD_REPEAT, Cause.PERIOD_ONCE, Cause.MIN_TASKS)


@dataclass(frozen=True, slots=True)
class RunTimeGiven:
    "The run time of a job that came by command."

    source: str
    run_time: RunTime


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order that waits for its round. `chain` is the one that it was placed in; `given_at`: a command has said when
    it starts, or nothing else does."""

    chain: str
    id: str
    run_time: RunTime | None
    given_at: datetime | None


def job_runs(
    connection: Connection, scheduler_id: str, job_keys: Collection[str], since: datetime, task_ids: Collection[int]
) -> dict[str, list[Actual]]:
    "Tasks that were started by run times, and those with these ids, by the key of their job."
    t = tables.tasks.c
    planned = t.cause.in_(PLANNED_CAUSES)
    statement = (
        select(t.job_key, t.started_at, t.ended_at, t.problem_code)
        .where(t.scheduler_id == scheduler_id, t.job_key.in_(job_keys), t.started_at >= since)
        .where(or_(planned, t.id.in_(task_ids)) if task_ids else planned)
        .order_by(t.id)
    )
    found: dict[str, list[Actual]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.job_key, []).append(Actual(row.started_at, row.ended_at, row.problem_code is not None))
    return found


def order_runs(
    connection: Connection, scheduler_id: str, keys: Collection[tuple[str, str]], since: datetime
) -> dict[tuple[str, str], list[Actual]]:
    "Rounds of orders by chain key and order id."
    r = tables.order_runs.c
    statement = (
        select(r.chain_key, r.order_id, r.started_at, r.ended_at, r.failed)
        .where(r.scheduler_id == scheduler_id, tuple_(r.chain_key, r.order_id).in_(list(keys)), r.started_at >= since)
        .order_by(r.history_id)
    )
    found: dict[tuple[str, str], list[Actual]] = {}
    for row in connection.execute(statement):
        run = Actual(row.started_at, row.ended_at, row.failed)
        found.setdefault((row.chain_key, row.order_id), []).append(run)
    return found


def last_durations(connection: Connection, scheduler_id: str, since: datetime, most: int) -> dict[PlanKey, list[float]]:
    "Seconds of the last good runs of each object, the newest first; at most `most` runs of all are looked at."
    t, r = tables.tasks.c, tables.order_runs.c
    found: dict[PlanKey, list[float]] = {}
    of_tasks = (
        select(t.job_key, t.started_at, t.ended_at)
        .where(t.scheduler_id == scheduler_id, t.ended_at.is_not(None), t.problem_code.is_(None), t.chain == "")
        .where(t.started_at >= since)
        .order_by(t.id.desc())
        .limit(most)
    )
    for row in connection.execute(of_tasks):
        _note(found, PlanKey("job", row.job_key), row.started_at, row.ended_at)
    of_orders = (
        select(r.chain_key, r.order_id, r.started_at, r.ended_at)
        .where(r.scheduler_id == scheduler_id, r.ended_at.is_not(None), ~r.failed, r.started_at >= since)
        .order_by(r.history_id.desc())
        .limit(most)
    )
    for round_ in connection.execute(of_orders):
        key = PlanKey("order", f"{round_.chain_key},{round_.order_id}")
        _note(found, key, round_.started_at, round_.ended_at)
    return found


def overrides(connection: Connection, scheduler_id: str, since: datetime) -> list[Override]:
    """Changes that were not withdrawn, in the order in which they were made: of starts at `since` or later, by their
    plan or by the change, and of rounds that have not begun yet. Earlier ones are a record for people."""
    o = tables.plan_overrides.c
    coming = or_(
        o.planned_at >= since, o.start_at >= since,
        and_(o.kind == "order", o.state == OverrideState.OPEN, o.start_at.is_not(None)),
    )  # fmt: skip
    statement = select(tables.plan_overrides).where(o.scheduler_id == scheduler_id, OVERRIDE_COUNTS, coming)
    return [override_of(row) for row in connection.execute(statement.order_by(o.number))]


def run_times_given(connection: Connection, scheduler_id: str) -> dict[str, RunTimeGiven]:
    "By the key of the job."
    j = tables.jobs.c
    statement = select(j.path_key, j.run_time_source).where(j.scheduler_id == scheduler_id, j.run_time_source != "")
    return {
        row.path_key: RunTimeGiven(row.run_time_source, _parsed(row.run_time_source, "/"))
        for row in connection.execute(statement)
    }


def planned_orders(connection: Connection, scheduler_id: str) -> list[PlannedOrder]:
    "Orders that start by themselves, or may be made to: permanent ones, and those with a run time or a start ahead."
    o = tables.orders.c
    statement = select(
        o.chain, o.outer_chain, o.order_id, o.run_time_source, o.start_at, o.start_given, o.touched
    ).where(
        o.scheduler_id == scheduler_id,
        ORDER_OPEN,
        or_(o.origin == OrderOrigin.PERMANENT, o.run_time_source != "", and_(~o.touched, o.start_at > o.created_at)),
    )
    found = []
    for row in connection.execute(statement.order_by(o.ordering)):
        chain = row.outer_chain or row.chain
        source = row.run_time_source
        given = None if row.touched or (source and not row.start_given) else row.start_at
        found.append(PlannedOrder(chain, row.order_id, _parsed(source, paths.folder(chain)) if source else None, given))
    return found


def waiting(
    connection: Connection, scheduler_id: str, keys: Collection[PlanKey], task_ids: Collection[int], now: datetime
) -> set[PlanKey]:
    """Which of these objects have a start whose time has come, and which can still be made: something is in its way.

    `task_ids`: tasks that changes of the plan have put into queues.
    """
    j, o, t = tables.jobs.c, tables.orders.c, tables.tasks.c
    jobs = [key.key for key in keys if key.kind == "job"]
    orders = [key.key.partition(",")[2] for key in keys if key.kind == "order"]
    found: set[PlanKey] = set()
    if jobs:
        due = select(j.path_key).where(j.scheduler_id == scheduler_id, j.path_key.in_(jobs), j.next_start_at <= now)
        found |= {PlanKey("job", key) for key in connection.execute(due).scalars()}
    if task_ids:
        mine = (t.scheduler_id == scheduler_id, t.id.in_(task_ids), t.state == TaskState.QUEUED, t.start_at <= now)
        found |= {PlanKey("job", key) for key in connection.execute(select(t.job_key).where(*mine)).scalars()}
    if orders:
        untouched = (ORDER_OPEN, ~o.touched, o.start_at <= now)
        placed = select(o.chain, o.outer_chain, o.order_id).where(
            o.scheduler_id == scheduler_id, o.order_id.in_(orders), *untouched
        )
        for row in connection.execute(placed):
            found.add(PlanKey("order", f"{(row.outer_chain or row.chain).lower()},{row.order_id}"))
    return found & set(keys)


@lru_cache(maxsize=4096)
def _parsed(source: str, folder: str) -> RunTime:
    return run_time_of(source, folder)


@dataclass(frozen=True, slots=True)
class Gap:
    "Nobody was active with `begin` < t <= `end`."

    begin: datetime
    end: datetime


def gaps(connection: Connection, scheduler_id: str, since: datetime) -> list[Gap]:
    "Those that ended at `since` or later, in order."
    j = tables.journal.c
    statement = (
        select(j.time, j.detail)
        .where(j.scheduler_id == scheduler_id, j.kind == "scheduler.started", j.time >= since)
        .order_by(j.id)
    )
    return [
        Gap(datetime.fromisoformat(row.detail["inactive_since"]), row.time)
        for row in connection.execute(statement)
        if row.detail and row.detail.get("inactive_since")
    ]


def change_mark(connection: Connection, scheduler_id: str, after: int) -> int:
    "The number of the last journal row that says of a changed file or plan; `after`: there is none later than that."
    j = tables.journal.c
    kinds = or_(j.kind.like("file.%"), j.kind == "plan.changed", j.kind == "scheduler.started")
    return connection.execute(
        select(func.max(j.id)).where(j.scheduler_id == scheduler_id, j.id > after, kinds)
    ).scalar_one() or after


def _note(found: dict[PlanKey, list[float]], key: PlanKey, begun: datetime, ended: datetime) -> None:
    durations = found.setdefault(key, [])
    if len(durations) < LAST_RUNS:
        durations.append((ended - begun).total_seconds())
