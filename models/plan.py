"""The plan's rows, for the service that keeps them. The caller opens the transactions and keeps them short.

All of it can be worked out again, but for what became of starts of the past.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Insert, RowMapping, and_, bindparam, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from models import tables
from models.conditions import ENTRY_UNSETTLED, ORDER_OPEN
from models.read.plan import plan_groups
from models.restore import override_of
from scheduler import paths
from scheduler.configuration.run_time import run_time_of
from scheduler.plan.duration import LAST_RUNS
from scheduler.plan.expected import Expected
from scheduler.plan.override import Override, OverrideState, PlanKey
from scheduler.plan.state import Actual, EntryState
from scheduler.records import Cause, OrderOrigin
from scheduler.run_time.model import RunTime

#: of tasks that a run time starts; those of the queue count when a change of the plan has put them there
PLANNED_CAUSES = (Cause.PERIOD_SINGLE, Cause.PERIOD_REPEAT, Cause.PERIOD_ONCE, Cause.MIN_TASKS)

_E = tables.plan_entries.c
_KEY = ("day", "kind", "object_key", "planned_at", "override")


QUARTER = timedelta(minutes=15)
#: lists of: quarter of an hour since the begin of the day, state, whether late, count
Summary = list[list[Any]]


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


@dataclass(frozen=True, slots=True)
class EntryRow:
    "An entry as it is stored: what is expected, and what became of it."

    day: date
    expected: Expected
    chain: str = ""
    expected_seconds: float | None = None
    state: EntryState = EntryState.PLANNED
    late: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    runs: int = 0
    failed_runs: int = 0
    reason: str = ""

    @property
    def key(self) -> tuple[date, str, str, datetime, int]:
        each = self.expected
        return self.day, each.kind, each.key, each.planned_at, each.override


def put_day(
    connection: Connection, scheduler_id: str, day: date, span: tuple[datetime, datetime], zone: str, now: datetime
) -> None:
    values = {"begin_at": span[0], "end_at": span[1], "time_zone": zone, "computed_at": now}
    statement = _insert(connection, tables.plan_days).values(scheduler_id=scheduler_id, day=day.isoformat(), **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["scheduler_id", "day"], set_=values))


def put_summary(connection: Connection, scheduler_id: str, day: date, summary: Summary) -> None:
    "Of a day that is worked out."
    d = tables.plan_days
    connection.execute(
        update(d).where(d.c.scheduler_id == scheduler_id, d.c.day == day.isoformat()).values(summary=summary)
    )


def put_outlook(connection: Connection, scheduler_id: str, starts: Mapping[date, int], now: datetime) -> None:
    "How many starts the run times give on these days."
    statement = _insert(connection, tables.plan_outlook)
    values = {"starts": statement.excluded.starts, "computed_at": statement.excluded.computed_at}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["scheduler_id", "day"], set_=values),
        [
            {"scheduler_id": scheduler_id, "day": day.isoformat(), "starts": count, "computed_at": now}
            for day, count in starts.items()
        ],
    )


def drop_outlook(connection: Connection, scheduler_id: str, before: date) -> None:
    "Days that are over."
    o = tables.plan_outlook
    connection.execute(delete(o).where(o.c.scheduler_id == scheduler_id, o.c.day < before.isoformat()))


def summary_of(connection: Connection, scheduler_id: str, day: date, begin: datetime) -> Summary:
    "Counted from the entries of a day that begins at `begin`; looks at all of them."
    counts: dict[tuple[int, str, bool], int] = {}
    for group in plan_groups(connection, scheduler_id, day):
        key = (group.minute - begin) // QUARTER, group.state.value, group.late
        counts[key] = counts.get(key, 0) + group.count
    return [[*key, count] for key, count in sorted(counts.items())]


def replace_entries(
    connection: Connection, scheduler_id: str, day: date, keys: Collection[PlanKey], rows: Sequence[EntryRow]
) -> None:
    "The entries of these objects on that day are `rows` from now on; what is settled already stays."
    if keys:
        connection.execute(
            delete(tables.plan_entries).where(
                _E.scheduler_id == scheduler_id, _E.day == day.isoformat(), _of(keys), ENTRY_UNSETTLED
            )
        )
    if rows:
        statement = _insert(connection, tables.plan_entries).on_conflict_do_nothing()
        connection.execute(statement, [_values(scheduler_id, row) for row in rows])


def drop_days(connection: Connection, scheduler_id: str, since: date, until: date | None = None) -> None:
    "Days from `since` on (before `until`, if given) are not planned any more."
    for table in (tables.plan_entries, tables.plan_days):
        condition = and_(table.c.scheduler_id == scheduler_id, table.c.day >= since.isoformat())
        if until is not None:
            condition = and_(condition, table.c.day < until.isoformat())
        connection.execute(delete(table).where(condition))


def unsettled(
    connection: Connection, scheduler_id: str, until: datetime, after: tuple[str, str] | None = None, limit: int = 200
) -> list[PlanKey]:
    "Objects with entries that were to start by `until` and may still change, in order of their keys."
    condition = and_(_E.scheduler_id == scheduler_id, ENTRY_UNSETTLED, _E.start_at <= until)
    if after is not None:
        condition = and_(condition, tuple_(_E.kind, _E.object_key) > after)
    statement = select(_E.kind, _E.object_key).where(condition).distinct().order_by(_E.kind, _E.object_key).limit(limit)
    return [PlanKey(row.kind, row.object_key) for row in connection.execute(statement)]


def entries_of(
    connection: Connection, scheduler_id: str, keys: Collection[PlanKey], since: datetime
) -> dict[PlanKey, list[EntryRow]]:
    "All entries of these objects that were planned for `since` or later, in order of time."
    found: dict[PlanKey, list[EntryRow]] = {}
    if not keys:
        return found
    statement = (
        select(tables.plan_entries)
        .where(_E.scheduler_id == scheduler_id, _of(keys), _E.planned_at >= since)
        .order_by(_E.planned_at, _E.override)
    )
    for row in connection.execute(statement).mappings():
        entry = entry_of(row)
        found.setdefault(entry.expected.plan_key, []).append(entry)
    return found


def update_states(connection: Connection, scheduler_id: str, rows: Sequence[EntryRow]) -> None:
    "What became of these entries."
    if not rows:
        return
    changing = ("state", "late", "started_at", "ended_at", "runs", "failed_runs", "reason", "expected_seconds")
    statement = update(tables.plan_entries).where(
        _E.scheduler_id == scheduler_id, *(_E[name] == bindparam(f"key_{name}") for name in _KEY)
    )
    values = []
    for row in rows:
        every = _values(scheduler_id, row)
        values.append({f"key_{name}": every[name] for name in _KEY} | {name: every[name] for name in changing})
    connection.execute(statement.values({name: bindparam(name) for name in changing}), values)


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


def overrides(connection: Connection, scheduler_id: str) -> list[Override]:
    "All changes that were not withdrawn, in the order in which they were made."
    table = tables.plan_overrides
    statement = select(table).where(table.c.scheduler_id == scheduler_id, table.c.state != OverrideState.WITHDRAWN)
    return [override_of(row) for row in connection.execute(statement.order_by(table.c.number))]


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


def entry_of(row: RowMapping) -> EntryRow:
    expected = Expected(
        row["kind"], row["object_key"], row["object"], row["planned_at"], row["start_at"], row["start_kind"],
        row["schedule"], row["every"], row["until"], row["count"], row["override"], row["action"] or None,
    )  # fmt: skip
    return EntryRow(
        date.fromisoformat(row["day"]), expected, row["chain"], row["expected_seconds"], row["state"], row["late"],
        row["started_at"], row["ended_at"], row["runs"], row["failed_runs"], row["reason"],
    )  # fmt: skip


def _values(scheduler_id: str, row: EntryRow) -> dict[str, Any]:
    each = row.expected
    return {
        "scheduler_id": scheduler_id,
        "day": row.day.isoformat(),
        "kind": each.kind,
        "object_key": each.key,
        "planned_at": each.planned_at,
        "override": each.override,
        "object": each.object,
        "chain": row.chain,
        "start_at": each.start_at,
        "start_kind": each.start_kind,
        "schedule": each.schedule,
        "every": each.every,
        "until": each.until,
        "count": each.count,
        "action": each.action or "",
        "expected_seconds": row.expected_seconds,
        "state": row.state,
        "late": row.late,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "runs": row.runs,
        "failed_runs": row.failed_runs,
        "reason": row.reason or each.reason,
    }


def _of(keys: Iterable[PlanKey]) -> Any:
    return tuple_(_E.kind, _E.object_key).in_([tuple(key) for key in keys])


def _note(found: dict[PlanKey, list[float]], key: PlanKey, begun: datetime, ended: datetime) -> None:
    durations = found.setdefault(key, [])
    if len(durations) < LAST_RUNS:
        durations.append((ended - begun).total_seconds())


def _insert(connection: Connection, table: Any) -> Any:
    make: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement: Insert = make(table)
    return statement
