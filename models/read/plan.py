"The daily plan as the services keep it: its days, counts of their entries, what people have changed, the projection."

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal_column, or_, select

from models import tables
from models.conditions import ENTRY_UNSETTLED
from models.read.journal import last_journal_id
from models.read.page import contains
from scheduler.plan.override import OverrideState, PlanKey
from scheduler.plan.state import EntryState

_E = tables.plan_entries.c
#: of the journal, among which a change is looked for that the plan does not have yet
LAST_ROWS = 500


@dataclass(frozen=True, slots=True)
class PlannedPeak:
    "From `begin` to `end` up to `most` tasks of a process class are expected at once, which permits `allowed`."

    path: str
    begin: datetime
    end: datetime
    most: int
    allowed: int
    #: `path` is that of a lock; else that of a process class
    of_lock: bool = False


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
    peaks: tuple[PlannedPeak, ...] = ()


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
        PlannedDay(
            date.fromisoformat(row.day), row.begin_at, row.end_at, row.time_zone, row.computed_at, row.summary,
            tuple(_peak(*each) for each in row.peaks or ()),
        )
        for row in connection.execute(statement.order_by(d.day))
    ]


def _peak(path: str, begin: str, end: str, most: int, allowed: int, kind: str = "") -> PlannedPeak:
    span = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    return PlannedPeak(path, *span, most, allowed, kind == "lock")


def day_at(connection: Connection, scheduler_id: str, moment: datetime) -> PlannedDay | None:
    "The plan day that a moment lies in."
    d = tables.plan_days.c
    statement = select(d.day).where(d.scheduler_id == scheduler_id, d.begin_at <= moment, d.end_at > moment)
    found = connection.execute(statement).scalar()
    return planned_day(connection, scheduler_id, date.fromisoformat(found)) if found else None


def changed_after(connection: Connection, scheduler_id: str, moment: datetime) -> bool:
    "Whether a start of the plan or a file of the configuration was changed after a moment, of late."
    j = tables.journal.c
    newest = last_journal_id(connection, scheduler_id)
    kinds = or_(j.kind == "plan.changed", j.kind.startswith("file.", autoescape=True))
    statement = select(j.id).where(j.scheduler_id == scheduler_id, j.id > newest - LAST_ROWS, j.time > moment, kinds)
    return connection.execute(statement.limit(1)).scalar() is not None


def plan_groups(connection: Connection, scheduler_id: str, day: date) -> list[Group]:
    "Counts of rows by minute and state; an entry that stands for many starts counts once."
    minute: Any = func.substr(_E.planned_at, 1, 16)
    if connection.dialect.name == "postgresql":
        minute = func.to_char(func.timezone("UTC", _E.planned_at), 'YYYY-MM-DD"T"HH24:MI')
    minute = minute.label("minute")
    statement = (
        select(minute, _E.state, _E.late, func.count().label("entries"))
        .where(_E.scheduler_id == scheduler_id, _E.day == day.isoformat())
        .group_by(literal_column("minute"), _E.state, _E.late)
    )
    return [
        Group(datetime.fromisoformat(row.minute).replace(tzinfo=UTC), row.state, row.late, row.entries)
        for row in connection.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class Rhythms:
    "Entries of a state that stand for many starts each: how many there are, their starts, and what came of those."

    state: EntryState
    entries: int
    starts: int
    runs: int
    failed_runs: int


def rhythms(connection: Connection, scheduler_id: str, day: date) -> list[Rhythms]:
    counted = func.count(), func.sum(_E.count), func.sum(_E.runs), func.sum(_E.failed_runs)
    where = _E.scheduler_id == scheduler_id, _E.day == day.isoformat(), _E.every > 0
    return [Rhythms(*row) for row in connection.execute(select(_E.state, *counted).where(*where).group_by(_E.state))]


@dataclass(frozen=True, slots=True)
class FoundOfDay:
    "How many entries of a state a search finds on a plan day; `by_name`: the name of their object has the text."

    day: date
    state: EntryState
    by_name: bool
    count: int


def plan_days_of(connection: Connection, scheduler_id: str, first: date, last: date, text: str) -> list[FoundOfDay]:
    "Of entries whose object or schedule has the text: what became of them, from `first` to `last`."
    by_name = contains(text, _E.object_key)
    where = _E.scheduler_id == scheduler_id, _E.day >= first.isoformat(), _E.day <= last.isoformat()
    statement = (
        select(_E.day, _E.state, by_name.label("by_name"), func.count().label("entries"))
        .where(*where, or_(by_name, contains(text, _E.schedule)))
        .group_by(_E.day, _E.state, literal_column("by_name"))
    )
    return [
        FoundOfDay(date.fromisoformat(row.day), row.state, bool(row.by_name), row.entries)
        for row in connection.execute(statement)
    ]


def late_days(connection: Connection, scheduler_id: str, now: datetime) -> dict[date, int]:
    "Plan day -> how many of its entries are late, or take longer than usual, at this moment."
    late = (ENTRY_UNSETTLED, _E.start_at <= now, _E.state.in_((EntryState.LATE, EntryState.OVERDUE)))
    statement = select(_E.day, func.count()).where(_E.scheduler_id == scheduler_id, *late)
    rows = connection.execute(statement.group_by(_E.day).order_by(_E.day))
    return {date.fromisoformat(row[0]): row[1] for row in rows}


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


def overrides_of_day(
    connection: Connection, scheduler_id: str, begin: datetime, end: datetime, most: int = 200
) -> list[Row[Any]]:
    "Every change of a start of that time, also those that were withdrawn, the newest first: the record of the plan."
    o = tables.plan_overrides.c
    inside = or_(
        (o.planned_at >= begin) & (o.planned_at < end),
        o.planned_at.is_(None) & (o.start_at >= begin) & (o.start_at < end),
    )
    statement = select(tables.plan_overrides).where(o.scheduler_id == scheduler_id, inside)
    return list(connection.execute(statement.order_by(o.number.desc()).limit(most)))


def open_changes(
    connection: Connection, scheduler_id: str, key: PlanKey, now: datetime, most: int = 50
) -> list[Row[Any]]:
    "Changes of starts of one object that can still be taken back, in the order of the starts."
    return list(connection.execute(_open_changes(scheduler_id, key, now).limit(most)))


def open_change(
    connection: Connection, scheduler_id: str, key: PlanKey, now: datetime, number: int | None = None,
    planned_at: datetime | None = None, start_at: datetime | None = None,
) -> Row[Any] | None:  # fmt: skip
    "The first of them with this number, of this planned start, or whose start is in the second that begins then."
    o = tables.plan_overrides.c
    statement = _open_changes(scheduler_id, key, now).limit(1)
    if number is not None:
        statement = statement.where(o.number == number)
    if planned_at is not None:
        statement = statement.where(o.planned_at == planned_at)
    if start_at is not None:
        statement = statement.where(o.start_at >= start_at, o.start_at < start_at + timedelta(seconds=1))
    return connection.execute(statement).one_or_none()


def _open_changes(scheduler_id: str, key: PlanKey, now: datetime) -> Select[Any]:
    o = tables.plan_overrides.c
    at = func.coalesce(o.planned_at, o.start_at)
    mine = (o.scheduler_id == scheduler_id, o.kind == key.kind, o.object_key == key.key)
    ahead = or_(o.planned_at >= now, o.start_at >= now)
    return select(tables.plan_overrides).where(*mine, o.state == OverrideState.OPEN, ahead).order_by(at, o.number)
