"""The starts of one object on one plan day as a short text: most objects start at regular distances, and like others.

    [[first, step, number, kind, schedule], …]           starts of their own, `step` seconds apart
    [[first, every, number, kind, schedule, until], …]   one entry that stands for so many starts (see `expected`)

Seconds since the plan day begins; `first` and `until` are whole ones, so other starts have no place here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from scheduler.plan.expected import Expected
from scheduler.plan.override import PlanKey
from scheduler.run_time.calendar import StartKind

_SECOND = timedelta(seconds=1)


class Run(NamedTuple):
    "Regular starts; `until` None: each is an entry of its own, else all of them are one."

    first: int
    step: float
    number: int
    kind: StartKind
    schedule: str
    until: int | None = None

    @property
    def offsets(self) -> range:
        "Of the entries."
        if self.until is not None or self.number == 1:
            return range(self.first, self.first + 1)
        step = int(self.step)
        return range(self.first, self.first + step * self.number, step)

    def since(self, offset: int) -> range:
        "Of the entries that are not before `offset`."
        all_ = self.offsets
        return all_[max(0, -((all_.start - offset) // all_.step)) :]


@dataclass(frozen=True)
class Series:
    "All starts in order of time, each instant once."

    runs: tuple[Run, ...]

    @cached_property
    def text(self) -> str:
        return json.dumps([list(run[:5] if run.until is None else run) for run in self.runs], separators=(",", ":"))

    def offsets(self, since: int = 0) -> Iterator[tuple[int, Run]]:
        "Of the entries that are not before `since`."
        for run in self.runs:
            for offset in run.since(since):
                yield offset, run

    def first(self, since: int = 0) -> int | None:
        "The offset of the first entry that is not before `since`."
        return next((offset for offset, _ in self.offsets(since)), None)

    def count(self, since: int = 0) -> int:
        return sum(len(run.since(since)) for run in self.runs)

    def has(self, offset: int) -> bool:
        return any(offset in run.offsets for run in self.runs)

    def entries(self, key: PlanKey, path: str, begin: datetime, since: int, until: int) -> Iterator[Expected]:
        "Those of an object with `since` <= offset < `until`, of a day that begins at `begin`."
        for offset, run in self.offsets(since):
            if offset >= until:
                return
            yield entry(key, path, begin, offset, run)


NONE = Series(())


def entry(key: PlanKey, path: str, begin: datetime, offset: int, run: Run) -> Expected:
    at = begin + timedelta(seconds=offset)
    if run.until is None:
        return Expected(key.kind, key.key, path, at, at, run.kind, run.schedule)
    until = begin + timedelta(seconds=run.until)
    return Expected(
        key.kind, key.key, path, at, at, run.kind, run.schedule, every=float(run.step), until=until, count=run.number
    )


def fits(entry: Expected) -> bool:
    "Whether it has a place in a series: nobody has changed it, and it lies on whole seconds."
    return not entry.override and not entry.planned_at.microsecond and not (entry.until and entry.until.microsecond)


def series_of(entries: Iterable[Expected], begin: datetime) -> Series:
    "Of entries that fit, in order of time."
    runs: list[Run] = []
    for each in entries:
        offset = (each.planned_at - begin) // _SECOND
        if each.every:
            until = (each.until - begin) // _SECOND if each.until is not None else None
            runs.append(Run(offset, each.every, each.count, each.start_kind, each.schedule, until))
            continue
        longer = _longer(runs[-1], offset, each) if runs else None
        if longer is not None:
            runs[-1] = longer
        else:
            runs.append(Run(offset, 0, 1, each.start_kind, each.schedule))
    return Series(tuple(runs))


@lru_cache(maxsize=20_000)
def parsed(text: str) -> Series:
    "The series that has this text."
    return Series(tuple(Run(each[0], each[1], each[2], StartKind(each[3]), *each[4:]) for each in json.loads(text)))


def _longer(run: Run, offset: int, each: Expected) -> Run | None:
    "The run with one start more; None: that does not go on with it."
    if run.until is not None or (run.kind, run.schedule) != (each.start_kind, each.schedule):
        return None
    last = run.offsets[-1]
    if run.number > 1 and offset - last != run.step:
        return None
    return run._replace(step=offset - last, number=run.number + 1)
