"Starts of a plan day that have no entry yet, as their series say; whoever lists the plan adds them to the entries."

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, select

from models import tables
from models.read.plan_narrow import Narrow
from scheduler.plan.override import PlanKey
from scheduler.plan.series import Run, Series, parsed

_S = tables.plan_starts.c
_SECOND = timedelta(seconds=1)
#: values of one condition
_MOST_VALUES = 500
#: seconds that no plan day has
_ALL_DAY = 1_000_000
EVERYTHING = Narrow()


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
    """What is to come on a day that begins at `begin`, as far as a search allows. Without groups
    it tells of objects only; see `ahead`."""

    scheduler_id: str
    day: str
    begin: datetime
    groups: tuple[Group, ...] = ()
    narrow: Narrow = EVERYTHING

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

    @property
    def more_starts(self) -> int:
        "How many starts there are besides the first of each entry that stands for many."
        return sum(
            group.objects * (run.number - 1) * len(run.since(group.since))
            for group in self.groups
            for run in group.series.runs
            if run.until is not None
        )

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

    def of_objects(
        self, connection: Connection, keys: Collection[str], span: tuple[datetime, datetime] | None = None
    ) -> Iterator[tuple[PlanKey, Coming]]:
        "All entries of objects with these keys; `span`: only those from its first instant to its last."
        first, last = ((each - self.begin) // _SECOND for each in span) if span else (0, _ALL_DAY)
        statement = select(tables.plan_starts).where(*self._conditions(()), _S.object_key.in_(list(keys)))
        for row in connection.execute(statement):
            series, since = self._narrowed(parsed(row.series)), (row.next_at - self.begin) // _SECOND
            for offset, run in series.offsets(max(since, first)):
                if offset > last:
                    break
                yield PlanKey(row.kind, row.object_key), Coming(row.object, offset, run, row.expected_seconds)

    def objects(self) -> Select[tuple[str, str]]:
        "Kinds and keys of the objects that have any of the entries. Whoever asks for a schedule needs `keys`."
        return select(_S.kind, _S.object_key).where(*self._conditions(()))

    def keys(self, connection: Connection) -> set[PlanKey]:
        "Objects that have any of the entries."
        found: set[PlanKey] = set()
        has_any: dict[tuple[str, datetime], bool] = {}
        for kind, key, *of in connection.execute(self.objects().add_columns(_S.series, _S.next_at)):
            text, next_at = of
            if (text, next_at) not in has_any:
                first = self._narrowed(parsed(text)).first((next_at - self.begin) // _SECOND)
                has_any[text, next_at] = first is not None
            if has_any[text, next_at]:
                found.add(PlanKey(kind, key))
        return found

    def _narrowed(self, series: Series) -> Series:
        "To the starts of the schedule that is asked for."
        wanted = self.narrow.schedule.lower()
        return Series(tuple(run for run in series.runs if run.schedule.lower() == wanted)) if wanted else series

    def _conditions(self, texts: Collection[str]) -> list[ColumnElement[bool]]:
        "`texts` are of series; many of them are no condition, and so no guarantee."
        found = [_S.scheduler_id == self.scheduler_id, _S.day == self.day, _S.next_at.is_not(None)]
        found += self.narrow.conditions(_S)
        if texts and len(texts) <= _MOST_VALUES:
            found.append(_S.series.in_(list(texts)))
        return found


def ahead(
    connection: Connection, scheduler_id: str, day: str, begin: datetime, narrow: Narrow = EVERYTHING
) -> Ahead:
    "With the groups, which are what counts and places of entries come from: that looks at all objects of the day."
    nobody = Ahead(scheduler_id, day, begin, (), narrow)
    statement = (
        select(_S.series, _S.next_at, func.count().label("objects"))
        .where(*nobody._conditions(()))
        .group_by(_S.series, _S.next_at)
    )
    groups = []
    for row in connection.execute(statement):
        series, since = nobody._narrowed(parsed(row.series)), (row.next_at - begin) // _SECOND
        if series.first(since) is not None:
            groups.append(Group(row.series, row.next_at, series, since, row.objects))
    return replace(nobody, groups=tuple(groups))
