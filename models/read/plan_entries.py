"""The entries of a plan day, page by page and object by object.

Starts that were due, and those that somebody has changed, are rows of `plan_entries`; all others are told from the
series of their objects. A page is worked out in three steps: how many entries each instant has, which instants it
shows, what stands there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select, tuple_, union

from models import tables
from models.read.page import Page
from models.read.plan import planned_day
from models.read.plan_ahead import Ahead, Coming, Place, ahead
from models.read.plan_narrow import Narrow
from scheduler.plan.override import OverrideAction, PlanKey
from scheduler.plan.series import entry, parsed
from scheduler.plan.state import EntryState

_E = tables.plan_entries.c


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
class Wanted:
    "Which entries of a day; `text`, `schedule` and `tokens` as in `Narrow`."

    states: tuple[EntryState, ...] = ()
    late: bool = False
    text: str = ""
    schedule: str = ""
    tokens: tuple[tuple[str, str, bool], ...] = ()

    @property
    def narrow(self) -> Narrow:
        return Narrow(self.text, self.schedule, self.tokens)

    @property
    def to_come(self) -> bool:
        "Whether starts are among them that have no entry yet."
        return not self.late and (not self.states or EntryState.PLANNED in self.states)


ALL = Wanted()


def plan_entries(
    connection: Connection, scheduler_id: str, day: date, wanted: Wanted = ALL, offset: int = 0, limit: int = 50
) -> Page[PlanEntry]:
    "Entries of a day by their planned start."
    where = _conditions(scheduler_id, day, wanted)
    coming = _ahead(connection, scheduler_id, day, wanted)
    counts = _counted(connection, where)
    if coming is not None:
        counts.update(coming.by_instant())
    total, offset = sum(counts.values()), max(offset, 0)
    if offset >= total or limit < 1:
        return Page((), total, offset, limit)
    first, last, before = _instants(counts, offset, limit)
    new = coming.between(connection, first, last, offset - before + limit) if coming else {}
    told = {Place(*row) for row in connection.execute(_places(where, first, last))}
    chosen = sorted(told | new.keys())[offset - before : offset - before + limit]
    rows = _rows(connection, scheduler_id, day, [place for place in chosen if place in told])
    found = [
        rows[place] if place in rows else _to_come(PlanKey(place.kind, place.object_key), new[place], coming)  # type: ignore[arg-type]
        for place in chosen
        if place in rows or place in new
    ]
    return Page(tuple(found), total, offset, limit)


def plan_rows(
    connection: Connection, scheduler_id: str, day: date, wanted: Wanted = ALL, offset: int = 0, objects: int = 50,
    most: int = 20_000,
) -> tuple[list[PlanEntry], int]:  # fmt: skip
    "The entries of `objects` objects by name, at most `most`; and how many objects there are."
    where = _conditions(scheduler_id, day, wanted)
    coming = _of_day(connection, scheduler_id, day, wanted)
    if coming is not None and wanted.schedule:
        told = select(_E.kind, _E.object_key).where(*where).distinct()
        keys = coming.keys(connection) | {PlanKey(*row) for row in connection.execute(told)}
        shown, total = sorted(keys, key=lambda key: (key.key, key.kind))[offset : offset + objects], len(keys)
    else:
        shown, total = _objects(connection, where, coming, offset, objects)
    statement = select(tables.plan_entries).where(*where, _of(shown)).order_by(_E.planned_at).limit(most)
    found = [(row.object_key, _entry(row)) for row in connection.execute(statement)]
    if coming is not None:
        found += [(key.key, each) for key, each in _all_to_come(connection, coming, shown)]
    found.sort(key=lambda each: (each[0], each[1].planned_at))
    return [each for _, each in found[:most]], total


def _objects(
    connection: Connection, where: Iterable[ColumnElement[bool]], coming: Ahead | None, offset: int, limit: int
) -> tuple[list[PlanKey], int]:
    "Those of a page in order of their names, and how many there are."
    told = select(_E.kind, _E.object_key).where(*where)
    found = (union(told, coming.objects()) if coming is not None else told.distinct()).subquery()
    by_key = found.c.object_key.collate("C") if connection.dialect.name == "postgresql" else found.c.object_key
    counted = select(found, func.count().over().label("objects"))
    rows = connection.execute(counted.order_by(by_key, found.c.kind).offset(offset).limit(limit)).all()
    if not rows and offset:  # behind the last page
        return [], connection.execute(select(func.count()).select_from(found)).scalar_one()
    return [PlanKey(row.kind, row.object_key) for row in rows], rows[0].objects if rows else 0


def entries_of_keys(
    connection: Connection, scheduler_id: str, day: date, keys: Collection[PlanKey], span: tuple[datetime, datetime]
) -> dict[PlanKey, list[PlanEntry]]:
    "The entries of these objects that are planned, or start, from the first instant of `span` to its last, in order."
    found: dict[PlanKey, list[PlanEntry]] = {}
    where = _conditions(scheduler_id, day, ALL)
    inside = or_(_E.planned_at.between(*span), _E.start_at.between(*span))
    for row in connection.execute(select(tables.plan_entries).where(*where, inside, _of(keys))):
        found.setdefault(PlanKey(row.kind, row.object_key), []).append(_entry(row))
    coming = _of_day(connection, scheduler_id, day, ALL)
    if coming is not None:
        for key, each in _all_to_come(connection, coming, keys, span):
            found.setdefault(key, []).append(each)
    for entries in found.values():
        entries.sort(key=lambda each: each.planned_at)
    return found


def last_runs(
    connection: Connection, scheduler_id: str, day: date, keys: Collection[PlanKey], before: datetime
) -> dict[PlanKey, PlanEntry]:
    "Of these objects the newest start planned before an instant of a day that ran and is over; a week back at most."
    days = [(day - timedelta(days=number)).isoformat() for number in range(8)]
    mine = (
        _E.scheduler_id == scheduler_id, _E.day.in_(days), _E.planned_at < before, _E.ended_at.is_not(None), _of(keys),
    )  # fmt: skip
    newest = select(_E.kind, _E.object_key, func.max(_E.planned_at).label("planned_at")).where(*mine)
    of = newest.group_by(_E.kind, _E.object_key).subquery()
    same = (of.c.kind == _E.kind) & (of.c.object_key == _E.object_key) & (of.c.planned_at == _E.planned_at)
    here = _E.scheduler_id == scheduler_id, _E.day.in_(days), _E.ended_at.is_not(None)
    statement = select(tables.plan_entries).join(of, same).where(*here)
    return {PlanKey(row.kind, row.object_key): _entry(row) for row in connection.execute(statement)} if keys else {}


def schedules_of_day(connection: Connection, scheduler_id: str, day: date) -> set[str]:
    "Lower-case paths of the schedules that give a start on a day."
    mine = _E.scheduler_id == scheduler_id, _E.day == day.isoformat(), _E.start_at.is_not(None)
    told = select(_E.schedule).where(*mine)
    found = {path.lower() for path in connection.execute(told.distinct()).scalars()}
    s = tables.plan_starts.c
    texts = select(s.series).where(s.scheduler_id == scheduler_id, s.day == day.isoformat()).distinct()
    for text in connection.execute(texts).scalars():
        found |= {run.schedule.lower() for run in parsed(text).runs}
    return found - {""}


def _of_day(connection: Connection, scheduler_id: str, day: date, wanted: Wanted) -> Ahead | None:
    "What is to come of single objects; None: nothing that is wanted."
    found = planned_day(connection, scheduler_id, day) if wanted.to_come else None
    if found is None:
        return None
    return Ahead(scheduler_id, day.isoformat(), found.begin, narrow=wanted.narrow)


def _ahead(connection: Connection, scheduler_id: str, day: date, wanted: Wanted) -> Ahead | None:
    found = _of_day(connection, scheduler_id, day, wanted)
    return ahead(connection, scheduler_id, found.day, found.begin, found.narrow) if found else None


def _conditions(scheduler_id: str, day: date, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_E.scheduler_id == scheduler_id, _E.day == day.isoformat()]
    if wanted.states:
        found.append(_E.state.in_(wanted.states))
    if wanted.late:
        found.append(_E.late.is_(True))
    found += wanted.narrow.conditions(_E)
    if wanted.schedule:
        found.append(func.lower(_E.schedule) == wanted.schedule.lower())
    return found


def _counted(connection: Connection, where: Iterable[ColumnElement[bool]]) -> Counter[datetime]:
    "How many rows each instant has."
    statement = select(_E.planned_at, func.count().label("entries")).where(*where).group_by(_E.planned_at)
    return Counter({row.planned_at: row.entries for row in connection.execute(statement)})


def _instants(counts: Counter[datetime], offset: int, limit: int) -> tuple[datetime, datetime, int]:
    "The first and the last instant of a page, and how many entries stand before the first one."
    instants = sorted(counts)
    reached = list(accumulate(counts[each] for each in instants))
    begin = bisect_right(reached, offset)
    end = min(bisect_left(reached, offset + limit), len(instants) - 1)
    return instants[begin], instants[end], reached[begin] - counts[instants[begin]]


def _places(where: Iterable[ColumnElement[bool]], first: datetime, last: datetime) -> Select[Any]:
    columns = _E.planned_at, _E.object_key, _E.override, _E.kind
    return select(*columns).where(*where, _E.planned_at >= first, _E.planned_at <= last)


def _rows(
    connection: Connection, scheduler_id: str, day: date, places: Collection[Place]
) -> dict[Place, PlanEntry]:
    if not places:
        return {}
    where = _conditions(scheduler_id, day, ALL)
    wanted = [tuple(place) for place in places]
    columns = tuple_(_E.planned_at, _E.object_key, _E.override, _E.kind)
    found = connection.execute(select(tables.plan_entries).where(*where, columns.in_(wanted)))
    return {Place(row.planned_at, row.object_key, row.override, row.kind): _entry(row) for row in found}


def _of(keys: Iterable[PlanKey]) -> ColumnElement[bool]:
    return tuple_(_E.kind, _E.object_key).in_([tuple(key) for key in keys])


def _all_to_come(
    connection: Connection, coming: Ahead, keys: Collection[PlanKey], span: tuple[datetime, datetime] | None = None
) -> Iterator[tuple[PlanKey, PlanEntry]]:
    for key, each in coming.of_objects(connection, {key.key for key in keys}, span):
        if key in keys:
            yield key, _to_come(key, each, coming)


def _to_come(key: PlanKey, each: Coming, coming: Ahead) -> PlanEntry:
    expected = entry(key, each.path, coming.begin, each.offset, each.run)
    path, order_id = _split(key.kind, each.path)
    return PlanEntry(
        key.kind, path, order_id, expected.planned_at, expected.start_at, expected.start_kind, expected.schedule,
        expected.every, expected.until, expected.count, 0, None, each.expected_seconds, EntryState.PLANNED, False,
        None, None, 0, 0, "",
    )  # fmt: skip


def _entry(row: Row[Any]) -> PlanEntry:
    path, order_id = _split(row.kind, row.object)
    return PlanEntry(
        row.kind, path, order_id, row.planned_at, row.start_at, row.start_kind, row.schedule, row.every, row.until,
        row._mapping["count"], row.override, OverrideAction(row.action) if row.action else None, row.expected_seconds,
        row.state, row.late, row.started_at, row.ended_at, row.runs, row.failed_runs, row.reason,
    )  # fmt: skip


def _split(kind: str, path: str) -> tuple[str, str]:
    chain, _, order_id = path.partition(",")
    return (chain, order_id) if kind == "order" else (path, "")
