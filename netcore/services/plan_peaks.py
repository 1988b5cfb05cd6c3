"When more tasks are expected at once than their process class permits."

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select

from models import tables
from models.connect import Connection
from models.read.plan_ahead import ahead
from scheduler.plan.conflicts import Peak, peaks
from scheduler.plan.override import PlanKey
from scheduler.plan.state import EntryState

#: peaks of a day that are told
MOST = 20
_E = tables.plan_entries.c

#: path of a process class -> how many processes it permits, and the keys of its jobs
Classes = Mapping[str, tuple[int, Collection[str]]]


def peaks_of(
    connection: Connection, scheduler_id: str, day: date, begin: datetime, classes: Classes,
    durations: Mapping[PlanKey, float],
) -> list[tuple[str, Peak]]:  # fmt: skip
    "Of what is still to come on a day; only jobs of known duration count."
    found = []
    for path, (allowed, keys) in sorted(classes.items()):
        seconds = {key: durations[PlanKey("job", key)] for key in keys if PlanKey("job", key) in durations}
        if seconds:
            spans = _spans(connection, scheduler_id, day, begin, seconds)
            found += [(path, each) for each in peaks(spans, allowed)]
    return found[:MOST]


def _spans(
    connection: Connection, scheduler_id: str, day: date, begin: datetime, seconds: Mapping[str, float]
) -> Iterator[tuple[datetime, float]]:
    coming = ahead(connection, scheduler_id, day.isoformat(), begin)
    for key, each in coming.of_objects(connection, seconds):
        if key.kind == "job":
            yield begin + timedelta(seconds=each.offset), seconds[key.key]
    statement = select(_E.object_key, _E.start_at).where(
        _E.scheduler_id == scheduler_id, _E.day == day.isoformat(), _E.kind == "job", _E.object_key.in_(list(seconds)),
        _E.state == EntryState.PLANNED,
    )  # fmt: skip
    for row in connection.execute(statement):
        yield row.start_at, seconds[row.object_key]
