"The daily plan as the services keep it: days, their entries page by page, and counts of them."

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal_column, or_, select

from models import tables
from models.read.page import Page, contains, page_of
from scheduler.plan.override import OverrideAction
from scheduler.plan.state import EntryState

_E = tables.plan_entries.c


@dataclass(frozen=True, slots=True)
class PlannedDay:
    "A plan day that is worked out: `begin` <= t < `end`."

    day: date
    begin: datetime
    end: datetime
    zone: str
    computed_at: datetime
    #: see `models.plan.Summary`; None: not counted yet
    summary: list[list[Any]] | None = None


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """An entry. `chain` is empty for a job; else `order_id` says which order of it.

    `planned_at`: as the run time says (of an added start: when it is); `start_at` None: skipped, or held without end.
    `every` seconds apart `count` starts come until `until`, when it stands for more than one. `override`: the number
    of the change that it is subject to, 0: none.
    """

    kind: str
    path: str
    order_id: str
    planned_at: datetime
    start_at: datetime | None
    start_kind: str
    schedule: str
    every: float
    until: datetime | None
    count: int
    override: int
    action: OverrideAction | None
    expected_seconds: float | None
    state: EntryState
    late: bool
    started_at: datetime | None
    ended_at: datetime | None
    runs: int
    failed_runs: int
    reason: str

    @property
    def name(self) -> str:
        return f"{self.path}, {self.order_id}" if self.kind == "order" else self.path

    @property
    def at(self) -> datetime:
        return self.start_at or self.planned_at

    @property
    def expected(self) -> float | None:
        return self.expected_seconds

    @property
    def is_dense(self) -> bool:
        "Whether it stands for many starts, which cannot be changed one by one here."
        return self.every > 0


@dataclass(frozen=True, slots=True)
class Group:
    "How many entries of a state are planned for a minute."

    minute: datetime
    state: EntryState
    late: bool
    count: int


def planned_day(connection: Connection, scheduler_id: str, day: date) -> PlannedDay | None:
    return next(iter(planned_days(connection, scheduler_id, day, day)), None)


def planned_days(connection: Connection, scheduler_id: str, first: date, last: date) -> list[PlannedDay]:
    "From `first` to `last`, those that are worked out."
    d = tables.plan_days.c
    statement = select(tables.plan_days).where(
        d.scheduler_id == scheduler_id, d.day >= first.isoformat(), d.day <= last.isoformat()
    )
    return [
        PlannedDay(date.fromisoformat(row.day), row.begin_at, row.end_at, row.time_zone, row.computed_at, row.summary)
        for row in connection.execute(statement.order_by(d.day))
    ]


def day_at(connection: Connection, scheduler_id: str, moment: datetime) -> PlannedDay | None:
    "The plan day that a moment lies in."
    d = tables.plan_days.c
    statement = select(d.day).where(d.scheduler_id == scheduler_id, d.begin_at <= moment, d.end_at > moment)
    found = connection.execute(statement).scalar()
    return planned_day(connection, scheduler_id, date.fromisoformat(found)) if found else None


def plan_conditions(
    states: Sequence[EntryState] = (), late: bool = False, text: str = "", schedule: str = ""
) -> list[ColumnElement[bool]]:
    "Conditions for the functions below."
    found: list[ColumnElement[bool]] = []
    if states:
        found.append(_E.state.in_(states))
    if late:
        found.append(_E.late.is_(True))
    if text:
        found.append(contains(text, _E.object_key))
    if schedule:
        found.append(func.lower(_E.schedule) == schedule.lower())
    return found


def plan_entries(
    connection: Connection,
    scheduler_id: str,
    day: date,
    where: Iterable[ColumnElement[bool]] = (),
    offset: int = 0,
    limit: int = 50,
    total: int | None = None,
) -> Page[PlanEntry]:
    "Entries of a day by their planned start. `total`: how many there are, when that is known already."
    statement = (
        select(tables.plan_entries)
        .where(_E.scheduler_id == scheduler_id, _E.day == day.isoformat(), *where)
        .order_by(_E.planned_at, _E.object_key, _E.override)
    )
    if total is None:
        return page_of(connection, statement, offset, limit, _entry)
    rows = connection.execute(statement.offset(offset).limit(limit)).all()
    return Page(tuple(map(_entry, rows)), total, offset, limit)


def plan_rows(
    connection: Connection,
    scheduler_id: str,
    day: date,
    where: Sequence[ColumnElement[bool]] = (),
    objects: int = 200,
    most: int = 20_000,
) -> tuple[list[PlanEntry], int]:
    "The entries of the first `objects` objects by name, at most `most`; and how many objects there are."
    of_day = (_E.scheduler_id == scheduler_id, _E.day == day.isoformat(), *where)
    keys = select(_E.kind, _E.object_key).where(*of_day).distinct()
    total = connection.execute(select(func.count()).select_from(keys.subquery())).scalar_one()
    first = keys.order_by(_E.object_key, _E.kind).limit(objects).subquery()
    statement = (
        select(tables.plan_entries)
        .join(first, (first.c.kind == _E.kind) & (first.c.object_key == _E.object_key))
        .where(*of_day)
        .order_by(_E.object_key, _E.planned_at)
        .limit(most)
    )
    return [_entry(row) for row in connection.execute(statement)], total


def plan_groups(
    connection: Connection, scheduler_id: str, day: date, where: Iterable[ColumnElement[bool]] = ()
) -> list[Group]:
    "Counts by minute and state; an entry that stands for many starts counts once."
    minute: Any = func.substr(_E.planned_at, 1, 16)
    if connection.dialect.name == "postgresql":
        minute = func.to_char(func.timezone("UTC", _E.planned_at), 'YYYY-MM-DD"T"HH24:MI')
    minute = minute.label("minute")
    statement = (
        select(minute, _E.state, _E.late, func.count().label("entries"))
        .where(_E.scheduler_id == scheduler_id, _E.day == day.isoformat(), *where)
        .group_by(literal_column("minute"), _E.state, _E.late)
    )
    return [
        Group(datetime.fromisoformat(row.minute).replace(tzinfo=UTC), row.state, row.late, row.entries)
        for row in connection.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class Projected:
    day: date
    starts: int
    computed_at: datetime


def outlook(connection: Connection, scheduler_id: str, first: date, last: date) -> dict[date, Projected]:
    "How many starts the run times give, by plan day, as far as that was worked out: two years ahead at most."
    o = tables.plan_outlook.c
    statement = select(o.day, o.starts, o.computed_at).where(
        o.scheduler_id == scheduler_id, o.day >= first.isoformat(), o.day <= last.isoformat()
    )
    rows = connection.execute(statement)
    found = [Projected(date.fromisoformat(row.day), row.starts, row.computed_at) for row in rows]
    return {each.day: each for each in found}


def overrides_of_day(connection: Connection, scheduler_id: str, begin: datetime, end: datetime) -> list[Row[Any]]:
    "Every change of a start of that time, also those that were withdrawn, the newest first: the record of the plan."
    o = tables.plan_overrides.c
    inside = or_(
        (o.planned_at >= begin) & (o.planned_at < end),
        o.planned_at.is_(None) & (o.start_at >= begin) & (o.start_at < end),
    )
    statement = select(tables.plan_overrides).where(o.scheduler_id == scheduler_id, inside)
    return list(connection.execute(statement.order_by(o.number.desc()).limit(200)))


def _entry(row: Row[Any]) -> PlanEntry:
    path, _, order_id = row.object.partition(",") if row.kind == "order" else (row.object, "", "")
    return PlanEntry(
        row.kind, path, order_id, row.planned_at, row.start_at, row.start_kind, row.schedule, row.every, row.until,
        row._mapping["count"], row.override, OverrideAction(row.action) if row.action else None, row.expected_seconds,
        row.state, row.late, row.started_at, row.ended_at, row.runs, row.failed_runs, row.reason,
    )  # fmt: skip
