"What each object is expected to start on a day, worked out once for all objects with the same run time."

from __future__ import annotations

from bisect import bisect_left
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
        return self.since is None or bool(entry.override) or _last_of(entry) >= self.since

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
        self._starts: dict[Plan, _Starts] = {}

    def offset(self, instant: datetime) -> int:
        "Whole seconds since the begin."
        return (instant - self.begin) // _SECOND

    def of(self, key: PlanKey, known: Known) -> OfDay:
        if known.overrides or known.start_at is not None:
            return self._of_one(key, known)
        if known.plan is None:
            return OfDay(NONE)
        if known.plan not in self._starts:
            entries = expected(_ANYBODY, "", known.plan, (), self.begin, self.end)
            self._starts[known.plan] = _Starts(entries, self.begin)
        found = self._starts[known.plan].since(known.since)
        return OfDay(found.series, tuple(_named(each, key, known.path) for each in found.others))

    def _of_one(self, key: PlanKey, known: Known) -> OfDay:
        entries = expected(key, known.path, known.plan, known.overrides, self.begin, self.end)
        entries = list(filter(known.holds_for, entries))
        start = known.start_at
        if start is not None and self.begin <= start < self.end and all(each.planned_at != start for each in entries):
            entries.append(Expected(key.kind, key.key, known.path, start, start, StartKind.SINGLE))
            entries.sort(key=lambda each: each.planned_at)
        return _divided(entries, self.begin)


class _Starts:
    "The starts of a plan on a day that begins at `begin`: for every object that has the plan, each since its own time."

    def __init__(self, entries: list[Expected], begin: datetime) -> None:
        self._begin = begin
        self._entries = entries
        self._last = sorted(map(_last_of, entries))
        #: by how many entries are too early
        self._known: dict[int, OfDay] = {}

    def since(self, since: datetime | None) -> OfDay:
        early = 0 if since is None else bisect_left(self._last, since)
        if early not in self._known:
            kept = set(self._last[early:])
            self._known[early] = _divided([each for each in self._entries if _last_of(each) in kept], self._begin)
        return self._known[early]


def _last_of(entry: Expected) -> datetime:
    return entry.until or entry.planned_at


def _divided(entries: list[Expected], begin: datetime) -> OfDay:
    regular = [each for each in entries if fits(each)]
    return OfDay(series_of(regular, begin), tuple(each for each in entries if not fits(each)))


def _named(each: Expected, key: PlanKey, path: str) -> Expected:
    return Expected(
        key.kind, key.key, path, each.planned_at, each.start_at, each.start_kind, each.schedule, each.every, each.until,
        each.count,
    )  # fmt: skip
