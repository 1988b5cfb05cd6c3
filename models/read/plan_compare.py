"What starts on one plan day and not on another, by local times of day."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, exists, func, not_, select

from models import tables
from models.read.plan import PlannedDay
from scheduler.plan.override import PlanKey
from scheduler.plan.series import Series, parsed

_E = tables.plan_entries.c
_S = tables.plan_starts.c


@dataclass(frozen=True, slots=True)
class Compared:
    "Of one object: local times of starts that only one of the days has. `object`: as in the plan."

    kind: str
    object: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Starts:
    "Of an object on a day: the text of its series, and starts that people have changed (None: left out)."

    object: str
    series: str = "[]"
    changed: tuple[datetime, ...] = ()


def compared(
    connection: Connection, scheduler_id: str, before: PlannedDay, after: PlannedDay, most: int = 200
) -> tuple[list[Compared], int, int]:
    """The first `most` objects, by name, that start otherwise on `after` than on `before`; how many there are, and how
    many start at the same times."""
    clock_is_same = _offset(before) == _offset(after)
    days = (before, after) if clock_is_same else None
    old, new = (_starts(connection, scheduler_id, day, days) for day in (before, after))
    found: list[Compared] = []
    same = _alike(connection, scheduler_id, days) if days else 0
    for key in sorted(old.keys() | new.keys(), key=lambda key: (key.key, key.kind)):
        was, will = old.get(key), new.get(key)
        gone, come = _times(was, before), _times(will, after)
        if gone == come:
            same += 1
            continue
        known = will or was
        assert known is not None  # noqa: S101  (the key is from one of them)
        found.append(Compared(key.kind, known.object, tuple(sorted(gone - come)), tuple(sorted(come - gone))))
    return found[:most], len(found), same


def _starts(
    connection: Connection, scheduler_id: str, day: PlannedDay, days: tuple[PlannedDay, PlannedDay] | None
) -> dict[PlanKey, _Starts]:
    "`days`: without objects that are alike on both, of which 10,000 would be read for nothing."
    text = day.day.isoformat()
    columns = _S.kind, _S.object_key, _S.object, _S.series
    statement = select(*columns).where(_S.scheduler_id == scheduler_id, _S.day == text)
    if days is not None:
        statement = statement.where(not_(_is_alike(day, days)))
    rows = connection.execute(statement)
    found = {PlanKey(row.kind, row.object_key): _Starts(row.object, row.series) for row in rows}
    changed = select(_E.kind, _E.object_key, _E.object, _E.start_at).where(
        _E.scheduler_id == scheduler_id, _E.day == text, _E.override > 0, _E.start_at.is_not(None)
    )
    for row in connection.execute(changed):
        key = PlanKey(row.kind, row.object_key)
        known = found.get(key, _Starts(row.object))
        found[key] = _Starts(known.object, known.series, (*known.changed, row.start_at))
    return found


def _alike(connection: Connection, scheduler_id: str, days: tuple[PlannedDay, PlannedDay]) -> int:
    "How many objects have the same series on both days, which nobody has changed."
    mine = _S.scheduler_id == scheduler_id, _S.day == days[0].day.isoformat()
    statement = select(func.count()).select_from(tables.plan_starts)
    return connection.execute(statement.where(*mine, _is_alike(days[0], days))).scalar_one()


def _is_alike(day: PlannedDay, days: tuple[PlannedDay, PlannedDay]) -> ColumnElement[bool]:
    "Of a row of `plan_starts` of one of the two days."
    other = days[1] if day is days[0] else days[0]
    o = tables.plan_starts.alias().c
    same = exists().where(
        o.scheduler_id == _S.scheduler_id, o.day == other.day.isoformat(), o.kind == _S.kind,
        o.object_key == _S.object_key, o.series == _S.series,
    )  # fmt: skip
    changed = exists().where(
        _E.scheduler_id == _S.scheduler_id, _E.day.in_([each.day.isoformat() for each in days]), _E.kind == _S.kind,
        _E.object_key == _S.object_key, _E.override > 0, _E.start_at.is_not(None),
    )  # fmt: skip
    return and_(same, not_(changed))


def _times(starts: _Starts | None, day: PlannedDay) -> frozenset[str]:
    if starts is None:
        return frozenset()
    zone = ZoneInfo(day.zone)
    own = {f"{each.astimezone(zone):%H:%M:%S}" for each in starts.changed}
    return _regular(starts.series, day.begin, zone) | own


@lru_cache(maxsize=5000)
def _regular(text: str, begin: datetime, zone: ZoneInfo) -> frozenset[str]:
    series: Series = parsed(text)
    instants = (begin + timedelta(seconds=offset) for offset, _ in series.offsets())
    return frozenset(f"{each.astimezone(zone):%H:%M:%S}" for each in instants)


def _offset(day: PlannedDay) -> tuple[timedelta | None, timedelta]:
    "Days of the same length that begin at the same local time: equal series mean equal local times."
    zone = ZoneInfo(day.zone)
    return day.begin.astimezone(zone).utcoffset(), day.end - day.begin
