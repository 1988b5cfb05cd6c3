"When more tasks are expected at once than their process class permits."

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from models.connect import Connection
from models.read.plan_spans import job_spans
from scheduler.plan.conflicts import Peak, peaks
from scheduler.plan.override import PlanKey

#: peaks of a day that are told
MOST = 20

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
            spans = job_spans(connection, scheduler_id, day, begin, seconds)
            found += [(path, each) for each in peaks(spans, allowed)]
    return found[:MOST]
