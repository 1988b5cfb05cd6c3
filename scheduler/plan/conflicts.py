"""Starts that get into each other's way, as far as usual durations tell.

    a job is expected to run still when it should start next        -> that start is lost, or waits
    more tasks are expected at once than a process class permits    -> some of them wait
    one wants a lock alone while others are expected to hold it     -> some of them wait
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Peak:
    """From `begin` to `end` more than `allowed` tasks are expected at once, `most` of them at worst. Of a lock that
    somebody wants alone then, `allowed` is 1."""

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


#: a start, and how many seconds it is expected to take
Expected = tuple[datetime, float]


def peaks(spans: Iterable[Expected], allowed: int) -> list[Peak]:
    "`spans`: of all tasks of one process class. Peaks in order of time."
    return _spells(((span, False) for span in spans), lambda running, alone: running > allowed, allowed)


def clashes(alone: Iterable[Expected], together: Iterable[Expected], allowed: int | None) -> list[Peak]:
    """Of all tasks that use one lock: those that want it alone, and those that share it, `allowed` at once (None: any
    number). In order of time."""
    spans = [*((span, True) for span in alone), *((span, False) for span in together)]
    most = len(spans) if allowed is None else allowed
    return _spells(spans, lambda running, alone: running > (1 if alone else most), 1 if allowed is None else allowed)


def _spells(
    spans: Iterable[tuple[Expected, bool]], too_many: Callable[[int, int], bool], allowed: int
) -> list[Peak]:
    "While it is too much: how many run, and how many of them alone, is asked at each instant at which that changes."
    changes: dict[datetime, list[int]] = {}
    for (start, seconds), marked in spans:
        for moment, by in ((start, 1), (start + timedelta(seconds=seconds), -1)):
            change = changes.setdefault(moment, [0, 0])
            change[0] += by
            change[1] += by * marked
    found: list[Peak] = []
    running = alone = most = 0
    begin: datetime | None = None
    least = allowed
    for moment in sorted(changes):
        running, alone = running + changes[moment][0], alone + changes[moment][1]
        if too_many(running, alone):
            begin = moment if begin is None else begin
            most, least = max(most, running), min(least, 1 if alone else allowed)
        elif begin is not None:
            found.append(Peak(begin, moment, most, least))
            begin, most, least = None, 0, allowed
    return found
