"Starts of a plan day that have no entry yet, as their series say; whoever lists the plan adds them to the entries."

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from models import tables
from models.read.page import contains
from scheduler.plan.override import PlanKey
from scheduler.plan.series import Run, Series, parsed

_S = tables.plan_starts.c
_SECOND = timedelta(seconds=1)
#: values of one condition
_MOST_VALUES = 500


class Place(NamedTuple):
    "Where an entry stands in the list of a day."

    planned_at: datetime
    object_key: str
    override: int
    kind: str


class Coming(NamedTuple):
    "An entry that is to come: the path of its object, seconds since the day's begin, usual duration."

    path: str
    offset: int
    run: Run
    expected_seconds: float | None


@dataclass(frozen=True, slots=True)
class Group:
    "So many objects have the same starts to come: those of `series` from `since` on, seconds after the day's begin."

    text: str
    next_at: datetime
    series: Series
    since: int
    objects: int

    def offsets(self, first: int, last: int) -> Iterator[tuple[int, Run]]:
        for offset, run in self.series.offsets(max(first, self.since)):
            if offset > last:
                return
            yield offset, run


@dataclass(frozen=True, slots=True)
class Ahead:
    "What is to come on a day that begins at `begin`, as far as text and schedule of a search allow."

    scheduler_id: str
    day: str
    begin: datetime
    groups: tuple[Group, ...]
    text: str = ""
    schedule: str = ""

    def by_offset(self) -> Counter[int]:
        "How many entries each second of the day has."
        by_objects: dict[int, Counter[int]] = {}
        for group in self.groups:
            counts = by_objects.setdefault(group.objects, Counter())
            for run in group.series.runs:
                counts.update(run.since(group.since))
        total: Counter[int] = Counter()
        for objects, counts in by_objects.items():
            for offset, count in counts.items():
                total[offset] += objects * count
        return total

    def by_instant(self) -> dict[datetime, int]:
        return {self.begin + offset * _SECOND: count for offset, count in self.by_offset().items()}

    def between(self, connection: Connection, first: datetime, last: datetime, most: int) -> dict[Place, Coming]:
        "Entries with `first` <= planned start <= `last`, at least the first `most` of them by the names of objects."
        begin, end = (first - self.begin) // _SECOND, (last - self.begin) // _SECOND
        wanted = {(each.text, each.next_at): list(each.offsets(begin, end)) for each in self.groups}
        texts = {text for (text, _), found in wanted.items() if found}
        found: dict[Place, Coming] = {}
        if not texts:
            return found
        columns = _S.kind, _S.object_key, _S.object, _S.series, _S.next_at, _S.expected_seconds
        statement = select(*columns).where(*self._conditions(texts))
        if first == last and len(texts) <= _MOST_VALUES:  # then each row has one of the entries
            by_key = _S.object_key.collate("C") if connection.dialect.name == "postgresql" else _S.object_key
            statement = statement.where(_S.next_at <= first).order_by(by_key, _S.kind).limit(most)
        for kind, key, path, text, next_at, seconds in connection.execute(statement):
            for offset, run in wanted.get((text, next_at), ()):
                found[Place(self.begin + offset * _SECOND, key, 0, kind)] = Coming(path, offset, run, seconds)
        return found

    def of_objects(self, connection: Connection, keys: Collection[str]) -> Iterator[tuple[PlanKey, Coming]]:
        "All entries of objects with these keys."
        groups = {(each.text, each.next_at): each for each in self.groups}
        statement = select(tables.plan_starts).where(*self._conditions(()), _S.object_key.in_(list(keys)))
        for row in connection.execute(statement):
            group = groups.get((row.series, row.next_at))
            for offset, run in group.series.offsets(group.since) if group is not None else ():
                yield PlanKey(row.kind, row.object_key), Coming(row.object, offset, run, row.expected_seconds)

    def keys(self, connection: Connection) -> set[PlanKey]:
        "Objects that have any of the entries."
        statement = select(_S.kind, _S.object_key).where(*self._conditions(()))
        if not self.schedule:
            return {PlanKey(kind, key) for kind, key in connection.execute(statement)}
        known = {(each.text, each.next_at) for each in self.groups}
        found = connection.execute(statement.add_columns(_S.series, _S.next_at))
        return {PlanKey(kind, key) for kind, key, text, next_at in found if (text, next_at) in known}

    def _conditions(self, texts: Collection[str]) -> list[ColumnElement[bool]]:
        "`texts` are of series; many of them are no condition, and so no guarantee."
        found = [_S.scheduler_id == self.scheduler_id, _S.day == self.day, _S.next_at.is_not(None)]
        if self.text:
            found.append(contains(self.text, _S.object_key))
        if texts and len(texts) <= _MOST_VALUES:
            found.append(_S.series.in_(list(texts)))
        return found


def ahead(
    connection: Connection, scheduler_id: str, day: str, begin: datetime, text: str = "", schedule: str = ""
) -> Ahead:
    nobody = Ahead(scheduler_id, day, begin, (), text, schedule)
    statement = (
        select(_S.series, _S.next_at, func.count().label("objects"))
        .where(*nobody._conditions(()))
        .group_by(_S.series, _S.next_at)
    )
    groups = []
    for row in connection.execute(statement):
        series = parsed(row.series)
        if schedule:
            series = Series(tuple(run for run in series.runs if run.schedule.lower() == schedule.lower()))
        since = (row.next_at - begin) // _SECOND
        if series.first(since) is not None:
            groups.append(Group(row.series, row.next_at, series, since, row.objects))
    return replace(nobody, groups=tuple(groups))
