"""Starts that get into each other's way, as far as usual durations tell.

    a job is expected to run still when it should start next        -> that start is lost, or waits
    more tasks are expected at once than a process class permits    -> some of them wait
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Peak:
    "From `begin` to `end` more than `allowed` tasks are expected at once, `most` of them at worst."

    begin: datetime
    end: datetime
    most: int
    allowed: int


def overlapped(starts: Sequence[datetime], seconds: float | None) -> set[datetime]:
    "Of the starts of one object, in order, those that the next one follows before they are expected to be over."
    if not seconds:
        return set()
    span = timedelta(seconds=seconds)
    return {start for start, following in pairwise(starts) if start + span > following}


def peaks(spans: Iterable[tuple[datetime, float]], allowed: int) -> list[Peak]:
    "`spans`: starts and seconds of all tasks of one process class. Peaks in order of time."
    changes: dict[datetime, int] = {}
    for start, seconds in spans:
        changes[start] = changes.get(start, 0) + 1
        end = start + timedelta(seconds=seconds)
        changes[end] = changes.get(end, 0) - 1
    found: list[Peak] = []
    running = most = 0
    begin: datetime | None = None
    for moment in sorted(changes):
        running += changes[moment]
        if running > allowed:
            begin = moment if begin is None else begin
            most = max(most, running)
        elif begin is not None:
            found.append(Peak(begin, moment, most, allowed))
            begin, most = None, 0
    return found
