"""Which run came of which expected start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduler.plan.expected import Expected
from scheduler.plan.state import Actual

#: clocks of members differ: a run that began so much earlier than expected still is the expected one
_SLACK = timedelta(seconds=1)


@dataclass(slots=True)
class Matched:
    "An entry and the runs that came of it; of one that stands for many starts there may be many."

    entry: Expected
    runs: list[Actual] = field(default_factory=list)
    #: from then on the start cannot come any more; None: that is not known yet
    gone_at: datetime | None = None


def matched(entries: Sequence[Expected], runs: Sequence[Actual], day_end: datetime) -> list[Matched]:
    """`entries` of one object; `runs` of it, by their start, that nothing else than a plan has started.

    A run belongs to the entry that was to start last before it: starts that pass while the object is busy or stopped
    are lost, so the one before can no longer come. What belongs to no entry is not of the plan.
    """
    found = [Matched(entry) for entry in entries]
    coming = sorted((each for each in found if each.entry.start_at is not None), key=_start)
    for each, following in zip(coming, [*coming[1:], None], strict=True):
        each.gone_at = day_end if following is None else max(following.entry.start_at or day_end, _until(each))
    at = 0
    for run in sorted(runs, key=lambda run: run.started_at):
        while at + 1 < len(coming) and _start(coming[at + 1]) <= run.started_at + _SLACK:
            at += 1
        if not coming or _start(coming[at]) > run.started_at + _SLACK:
            continue
        if coming[at].entry.every or not coming[at].runs:
            coming[at].runs.append(run)
    return found


def _start(each: Matched) -> datetime:
    assert each.entry.start_at is not None  # noqa: S101  (only those that start are asked)
    return each.entry.start_at


def _until(each: Matched) -> datetime:
    return each.entry.until or _start(each)
