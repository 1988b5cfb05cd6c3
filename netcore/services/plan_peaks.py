"When more tasks are expected at once than their process class or a lock permits."

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime

from models.connect import Connection
from models.read.plan_spans import job_spans
from scheduler.plan.conflicts import Expected, Peak, clashes, peaks
from scheduler.plan.override import PlanKey

#: peaks of a day that are told
MOST = 20

#: path of a process class -> how many processes it permits, and the keys of its jobs
Classes = Mapping[str, tuple[int, Collection[str]]]
#: path of a lock -> how many may share it (None: any number), and the keys of the jobs that want it alone, and shared
Locks = Mapping[str, tuple[int | None, Collection[str], Collection[str]]]


def peaks_of(
    connection: Connection, scheduler_id: str, day: date, begin: datetime, classes: Classes,
    durations: Mapping[PlanKey, float],
) -> list[tuple[str, Peak]]:  # fmt: skip
    "Of what is still to come on a day; only jobs of known duration count."
    found = []
    for path, (allowed, keys) in sorted(classes.items()):
        spans = _spans(connection, scheduler_id, day, begin, keys, durations)
        found += [(path, each) for each in peaks(spans, allowed)]
    return found[:MOST]


def clashes_of(
    connection: Connection, scheduler_id: str, day: date, begin: datetime, locks: Locks,
    durations: Mapping[PlanKey, float],
) -> list[tuple[str, Peak]]:  # fmt: skip
    "The same for locks, which jobs name in their configuration. One user of a lock is in nobody's way."
    found = []
    for path, (allowed, alone, together) in sorted(locks.items()):
        if len(alone) + len(together) > 1:
            one, other = (_spans(connection, scheduler_id, day, begin, keys, durations) for keys in (alone, together))
            found += [(path, each) for each in clashes(one, other, allowed)]
    return found[:MOST]


def _spans(
    connection: Connection, scheduler_id: str, day: date, begin: datetime, keys: Collection[str],
    durations: Mapping[PlanKey, float],
) -> Iterator[Expected]:  # fmt: skip
    seconds = {key: durations[PlanKey("job", key)] for key in keys if PlanKey("job", key) in durations}
    return job_spans(connection, scheduler_id, day, begin, seconds) if seconds else iter(())
