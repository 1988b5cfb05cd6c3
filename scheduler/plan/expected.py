"""The expected starts of a plan day, object by object, with what people have changed of them.

A planned start is known by its object and its instant. Starts by `repeat` depend on the ends of the runs before them;
they, and points of a grid that lie closer together than DENSE, are one entry for each period: so many starts, so many
seconds apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.params import NONE, Params
from scheduler.plan.override import Override, OverrideAction, PlanKey
from scheduler.run_time.calendar import StartKind, periods_between
from scheduler.run_time.periods import PlannedPeriod
from scheduler.run_time.plan import Plan

#: seconds: starts that follow each other faster are told as one entry
DENSE = 300.0


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of the plan.

    `planned_at`: as the run time says; of an added start, when it is. `start_at`: when it is expected, after all that
    people have changed; None: it is skipped, or held. `count` starts come `every` seconds from `planned_at` on, until
    `until`; `every` is 0 for a single one. `override`: the number of the change that it is subject to, 0: none.
    """

    kind: str
    key: str
    object: str
    planned_at: datetime
    start_at: datetime | None
    start_kind: StartKind
    schedule: str = ""
    every: float = 0.0
    until: datetime | None = None
    count: int = 1
    override: int = 0
    action: OverrideAction | None = None
    params: Params = NONE
    reason: str = ""
    author: str = ""

    @property
    def plan_key(self) -> PlanKey:
        return PlanKey(self.kind, self.key)


def expected(
    key: PlanKey, path: str, plan: Plan | None, overrides: Iterable[Override], begin: datetime, end: datetime
) -> list[Expected]:
    """What one object is expected to start with `begin` <= planned start < `end`, in order of time.

    `overrides` are all of the object that count. Added starts belong to the day that they are in; a moved one stays
    in the day that it was planned for.
    """
    mine = list(overrides)
    by_planned = {each.planned_at: each for each in mine if each.planned_at is not None}
    found = [] if plan is None else list(_planned(key, path, plan, by_planned, begin, end))
    found += [
        _changed(Expected(key.kind, key.key, path, each.start_at, each.start_at, StartKind.SINGLE), each)
        for each in mine
        if each.action is OverrideAction.ADD and each.start_at is not None and begin <= each.start_at < end
    ]
    return sorted(found, key=lambda each: (each.planned_at, each.override))


def _planned(
    key: PlanKey, path: str, plan: Plan, by_planned: dict[datetime, Override], begin: datetime, end: datetime
) -> Iterator[Expected]:
    seen: set[datetime] = set()
    for period in periods_between(plan, begin, end):
        for entry in _of_period(key, path, period, begin, end):
            if entry.planned_at in seen:
                continue
            seen.add(entry.planned_at)
            override = by_planned.get(entry.planned_at)
            yield entry if override is None or entry.every else _changed(entry, override)
    for planned_at, override in by_planned.items():  # points of a dense grid
        if planned_at not in seen and begin <= planned_at < end:
            yield _changed(Expected(key.kind, key.key, path, planned_at, planned_at, StartKind.GRID), override)


def _of_period(
    key: PlanKey, path: str, period: PlannedPeriod, begin: datetime, end: datetime
) -> Iterator[Expected]:
    if period.single_start:
        yield Expected(key.kind, key.key, path, period.begin, period.begin, StartKind.SINGLE, period.schedule)
        return
    last = min(end, period.end)
    step = timedelta(seconds=period.repeat or period.absolute_repeat)
    start = max(period.begin, begin) if period.repeat else period.grid_point(begin)
    if start is None or start >= last:
        return
    kind = StartKind.REPEAT if period.repeat else StartKind.GRID
    if period.repeat or period.absolute_repeat < DENSE:
        count = -((start - last) // step)
        yield Expected(
            key.kind, key.key, path, start, start, kind, period.schedule,
            every=step.total_seconds(), until=last, count=count,
        )  # fmt: skip
        return
    while start < last:
        yield Expected(key.kind, key.key, path, start, start, kind, period.schedule)
        start += step


def _changed(entry: Expected, override: Override) -> Expected:
    return Expected(
        entry.kind, entry.key, entry.object, entry.planned_at, override.start_at, entry.start_kind, entry.schedule,
        override=override.number, action=override.action, params=override.params, reason=override.reason,
        author=override.author,
    )  # fmt: skip
