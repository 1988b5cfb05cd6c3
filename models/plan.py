"""The plan's rows, for the service that keeps them. The caller opens the transactions and keeps them short.

All of it can be worked out again, but for what became of starts of the past.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, and_, bindparam, delete, func, or_, select, tuple_, update

from models import tables
from models.conditions import ENTRY_REPLACEABLE, ENTRY_UNSETTLED
from models.inserts import insert_into
from models.read.plan import plan_groups
from models.read.plan_ahead import ahead
from scheduler.plan.conflicts import Peak
from scheduler.plan.expected import Expected
from scheduler.plan.override import PlanKey
from scheduler.plan.state import EntryState

_E = tables.plan_entries.c
_KEY = ("day", "kind", "object_key", "planned_at", "override")
_FORGET = delete(tables.plan_entries).where(
    _E.scheduler_id == bindparam("scheduler_id"), _E.day == bindparam("day"), _E.kind == bindparam("kind"),
    _E.object_key == bindparam("object_key"), ENTRY_REPLACEABLE,
)  # fmt: skip


QUARTER = timedelta(minutes=15)
#: lists of: quarter of an hour since the begin of the day, state, whether late, count
Summary = list[list[Any]]


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


def put_summary(
    connection: Connection, scheduler_id: str, day: date, summary: Summary,
    peaks: Sequence[tuple[str, Peak]] = (), clashes: Sequence[tuple[str, Peak]] = (),
) -> None:  # fmt: skip
    "Of a day that is worked out. `peaks`: with the path of the process class; `clashes`: of the lock."
    d = tables.plan_days
    found = [
        [path, each.begin.isoformat(), each.end.isoformat(), each.most, each.allowed, *kind]
        for all_of_kind, kind in ((peaks, ()), (clashes, ("lock",)))
        for path, each in all_of_kind
    ]
    mine = update(d).where(d.c.scheduler_id == scheduler_id, d.c.day == day.isoformat())
    connection.execute(mine.values(summary=summary, peaks=found))


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
    "Counted from the entries of a day that begins at `begin`, and from the starts that have none yet; looks at all."
    counts: dict[tuple[int, str, bool], int] = {}
    for group in plan_groups(connection, scheduler_id, day):
        key = (group.minute - begin) // QUARTER, group.state.value, group.late
        counts[key] = counts.get(key, 0) + group.count
    for instant, count in ahead(connection, scheduler_id, day.isoformat(), begin).by_instant().items():
        key = (instant - begin) // QUARTER, EntryState.PLANNED.value, False
        counts[key] = counts.get(key, 0) + count
    return [[*key, count] for key, count in sorted(counts.items())]


def replace_entries(
    connection: Connection, scheduler_id: str, day: date, keys: Collection[PlanKey], rows: Sequence[EntryRow]
) -> None:
    "The entries of these objects on that day are `rows` from now on; what came of starts already stays."
    if keys:
        fixed = {"scheduler_id": scheduler_id, "day": day.isoformat()}
        connection.execute(_FORGET, [{**fixed, "kind": key.kind, "object_key": key.key} for key in keys])
    if rows:
        statement = _insert(connection, tables.plan_entries).on_conflict_do_nothing()
        connection.execute(statement, [_values(scheduler_id, row) for row in rows])


def drop_days(connection: Connection, scheduler_id: str, since: date, until: date | None = None) -> None:
    "Days from `since` on (before `until`, if given) are not planned any more."
    for table in (tables.plan_entries, tables.plan_starts, tables.plan_days):
        condition = and_(table.c.scheduler_id == scheduler_id, table.c.day >= since.isoformat())
        if until is not None:
            condition = and_(condition, table.c.day < until.isoformat())
        connection.execute(delete(table).where(condition))


def changed_objects(connection: Connection, scheduler_id: str, day: date) -> set[PlanKey]:
    "Objects with entries of that day that somebody has changed, or that are not due; the others follow from series."
    apart = or_(_E.override > 0, _E.state == EntryState.PLANNED)
    statement = select(_E.kind, _E.object_key).where(_E.scheduler_id == scheduler_id, _E.day == day.isoformat(), apart)
    return {PlanKey(row.kind, row.object_key) for row in connection.execute(statement.distinct())}


def unsettled_of(connection: Connection, scheduler_id: str, day: date) -> set[PlanKey]:
    "Objects with entries of that day that may still change."
    here = (_E.scheduler_id == scheduler_id, _E.start_at.is_not(None), _E.day == day.isoformat())
    statement = select(_E.kind, _E.object_key).where(*here, ENTRY_UNSETTLED).distinct()
    return {PlanKey(row.kind, row.object_key) for row in connection.execute(statement)}


@dataclass(frozen=True, slots=True)
class Unsettled:
    "An object with entries that may still change: when the first of them is to start, and on which days they lie."

    key: PlanKey
    since: datetime
    first: date
    last: date


def unsettled(
    connection: Connection, scheduler_id: str, until: datetime, after: PlanKey | None = None, limit: int = 200
) -> list[Unsettled]:
    "Objects with entries that were to start by `until` and may still change, in order of their keys."
    condition = and_(_E.scheduler_id == scheduler_id, ENTRY_UNSETTLED, _E.start_at <= until)
    if after is not None:
        condition = and_(condition, tuple_(_E.kind, _E.object_key) > tuple(after))
    since = func.min(_E.start_at, type_=_E.start_at.type).label("since")
    statement = (
        select(_E.kind, _E.object_key, since, func.min(_E.day).label("first"), func.max(_E.day).label("last"))
        .where(condition).group_by(_E.kind, _E.object_key).order_by(_E.kind, _E.object_key).limit(limit)
    )  # fmt: skip
    return [
        Unsettled(
            PlanKey(row.kind, row.object_key), row.since, date.fromisoformat(row.first), date.fromisoformat(row.last)
        )
        for row in connection.execute(statement)
    ]


def unsettled_days(
    connection: Connection, scheduler_id: str, keys: Collection[PlanKey], since: datetime, until: datetime
) -> set[date]:
    "Days of the entries of these objects that were to start from `since` to `until` and may still change."
    found: set[date] = set()
    for kind, names in by_kind(keys).items():
        statement = select(_E.day).where(
            _E.scheduler_id == scheduler_id, ENTRY_UNSETTLED, _E.start_at >= since, _E.start_at <= until,
            _E.kind == kind, _E.object_key.in_(names),
        )  # fmt: skip
        found |= {date.fromisoformat(day) for day in connection.execute(statement.distinct()).scalars()}
    return found


def entries_of(
    connection: Connection, scheduler_id: str, keys: Collection[PlanKey], days: Collection[date], since: datetime
) -> dict[PlanKey, list[EntryRow]]:
    "Entries of these objects on these days that are to start at `since` or later, in order of time."
    found: dict[PlanKey, list[EntryRow]] = {}
    for kind, names in by_kind(keys).items():
        statement = (
            select(tables.plan_entries)
            .where(_E.scheduler_id == scheduler_id, _E.day.in_([day.isoformat() for day in days]))
            .where(_E.kind == kind, _E.object_key.in_(names), _E.start_at >= since)
            .order_by(_E.planned_at, _E.override)
        )
        for row in connection.execute(statement).mappings():
            entry = entry_of(row)
            found.setdefault(entry.expected.plan_key, []).append(entry)
    return found


def by_kind(keys: Iterable[PlanKey]) -> dict[str, list[str]]:
    "For conditions that follow the primary key."
    found: dict[str, list[str]] = {}
    for key in keys:
        found.setdefault(key.kind, []).append(key.key)
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


def _insert(connection: Connection, table: Table) -> Any:
    return insert_into(connection.dialect.name, table)
