"What each object is expected to start on a day, worked out once for all objects with the same run time."

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from netcore.services.configuration import Planned
from scheduler.plan.expected import Expected, expected
from scheduler.plan.override import Override, PlanKey
from scheduler.plan.series import NONE, Series, fits, series_of
from scheduler.run_time.calendar import StartKind
from scheduler.run_time.model import CatchUp
from scheduler.run_time.plan import Plan

_SECOND = timedelta(seconds=1)
_ANYBODY = PlanKey("", "")


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    "What an object's entries are worked out from."

    path: str
    chain: str
    plan: Plan | None
    start_at: datetime | None
    overrides: tuple[Override, ...]
    catch_up: CatchUp | None = None
    since: datetime | None = None

    @classmethod
    def of(cls, each: Planned, overrides: Iterable[Override]) -> Known:
        return cls(each.path, each.chain, each.plan, each.start_at, tuple(overrides), each.catch_up, each.since)

    @property
    def may_start(self) -> bool:
        return self.plan is not None or self.start_at is not None or bool(self.overrides)

    def holds_for(self, entry: Expected) -> bool:
        "Not for what was to start before the object was as it is now, unless somebody wants it."
        return self.since is None or bool(entry.override) or (entry.until or entry.planned_at) >= self.since

    def says_the_same(self, other: Known) -> bool:
        mine, its = self.plan, other.plan
        same = mine is its or (mine is not None and its is not None and mine.is_same(its))
        return same and (self.path, self.start_at, self.overrides, self.since) == (
            other.path, other.start_at, other.overrides, other.since
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfDay:
    "What an object starts on a day: by its run time alone, and what needs an entry of its own from the beginning."

    series: Series
    others: tuple[Expected, ...] = ()


class Day:
    "A plan day, `begin` <= t < `end`; it lasts for one look at the configuration, because it remembers."

    def __init__(self, begin: datetime, end: datetime) -> None:
        self.begin = begin
        self.end = end
        self._starts: dict[Plan, list[Expected]] = {}
        self._whole: dict[Plan, Series] = {}

    def offset(self, instant: datetime) -> int:
        "Whole seconds since the begin."
        return (instant - self.begin) // _SECOND

    def of(self, key: PlanKey, known: Known) -> OfDay:
        if known.overrides or known.start_at is not None:
            return self._of_one(key, known)
        if known.plan is None:
            return OfDay(NONE)
        starts = self._starts_of(known.plan)
        kept = starts if known.since is None or known.since <= self.begin else list(filter(known.holds_for, starts))
        if len(kept) == len(starts) and known.plan in self._whole:
            return OfDay(self._whole[known.plan])
        found = _divided(kept, self.begin)
        if len(kept) == len(starts) and not found.others:
            self._whole[known.plan] = found.series
        return OfDay(found.series, tuple(_named(each, key, known.path) for each in found.others))

    def _starts_of(self, plan: Plan) -> list[Expected]:
        if plan not in self._starts:
            self._starts[plan] = expected(_ANYBODY, "", plan, (), self.begin, self.end)
        return self._starts[plan]

    def _of_one(self, key: PlanKey, known: Known) -> OfDay:
        entries = expected(key, known.path, known.plan, known.overrides, self.begin, self.end)
        entries = list(filter(known.holds_for, entries))
        start = known.start_at
        if start is not None and self.begin <= start < self.end and all(each.planned_at != start for each in entries):
            entries.append(Expected(key.kind, key.key, known.path, start, start, StartKind.SINGLE))
            entries.sort(key=lambda each: each.planned_at)
        return _divided(entries, self.begin)


def _divided(entries: list[Expected], begin: datetime) -> OfDay:
    regular = [each for each in entries if fits(each)]
    return OfDay(series_of(regular, begin), tuple(each for each in entries if not fits(each)))


def _named(each: Expected, key: PlanKey, path: str) -> Expected:
    return Expected(
        key.kind, key.key, path, each.planned_at, each.start_at, each.start_kind, each.schedule, each.every, each.until,
        each.count,
    )  # fmt: skip
