"""Keeps the plan: the entries of the coming days as the run times say them now, and what became of those that are due.

    look at the configuration, the orders and the changes of the plan
      an object whose plan or changes are others than before -> its entries of all days are worked out anew
      a day that has come nearer                             -> the entries of all objects for it
    then: what is due or runs -> the runs that came of it

Rows are written in small transactions with a rest in between, so that the engine never waits long for the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TypeVar

from apscheduler.triggers.interval import IntervalTrigger

from models import plan as store
from models.connect import Connection
from models.plan import EntryRow, Gap
from netcore.services.configuration import Configuration, Planned
from netcore.services.outlook import Outlook
from netcore.services.service import Service, Surroundings
from scheduler.plan.day import PlanDays
from scheduler.plan.duration import expected_seconds
from scheduler.plan.expected import Expected, expected
from scheduler.plan.match import Matched, matched
from scheduler.plan.override import Override, PlanKey
from scheduler.plan.state import Actual, EntryState, state_of, was_late
from scheduler.run_time.calendar import StartKind
from scheduler.run_time.model import CatchUp
from scheduler.run_time.plan import Plan
from scheduler.times import time_text

#: seconds between two runs
EVERY = 1.0
#: rows, and objects, of one transaction; seconds that it rests after each, or as long as that took
ROWS, OBJECTS, REST = 100, 100, 0.004
#: how long back runs are looked at for expected durations, how many of them, and how often
DURATIONS_OF, DURATIONS_MOST, DURATIONS_EVERY = timedelta(days=35), 50_000, timedelta(minutes=10)
#: entries that were not settled in that time never will be
GIVEN_UP_AFTER = timedelta(days=2)
#: so long after a gap the starts that follow from it have been made
MADE_UP_BY = timedelta(seconds=10)
#: seconds between two counts of a day; a count that takes long is made seldom
COUNT_EVERY, COUNT_SHARE = 2.0, 20.0
_MADE_UP = {CatchUp.ONCE: "; one start makes up for it", CatchUp.ALL: "; a further start makes up for it"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    "What an object's entries were worked out from."

    path: str
    chain: str
    plan: Plan | None
    start_at: datetime | None
    overrides: tuple[Override, ...]
    catch_up: CatchUp | None = None
    since: datetime | None = None

    def holds_for(self, entry: Expected) -> bool:
        "Not for what was to start before the object was as it is now, unless somebody wants it."
        return self.since is None or bool(entry.override) or (entry.until or entry.planned_at) >= self.since

    def says_the_same(self, other: _Known) -> bool:
        mine, its = self.plan, other.plan
        same = mine is its or (mine is not None and its is not None and mine.is_same(its))
        return same and (self.path, self.start_at, self.overrides, self.since) == (
            other.path, other.start_at, other.overrides, other.since
        )  # fmt: skip


class DailyPlan(Service):
    "`days`: how many days after today are planned; `plan_days`: when they begin."

    name = "daily_plan"

    def __init__(self, around: Surroundings, plan_days: PlanDays, environ: dict[str, str], days: int = 7) -> None:
        super().__init__(around)
        self._plan_days = plan_days
        self._days = days
        self._environ = environ
        self.begin()

    def begin(self) -> None:
        self._configuration = Configuration(self.around.settings, self._environ, self.around.now())
        self._known: dict[PlanKey, _Known] = {}
        self._planned: set[date] = set()
        self._mark = 0
        self._look_at: datetime | None = None
        self._durations: dict[PlanKey, float] = {}
        self._durations_at: datetime | None = None
        self._gaps: list[Gap] = []
        self._outlook = Outlook(self._plan_days, self.around.now)
        #: days whose entries have changed since they were counted, and when a day may be counted again
        self._uncounted: set[date] = set()
        self._count_at: dict[date, datetime] = {}

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        now = self.around.now()
        self._learn_durations(now)
        changed = self._plan(now)
        settled = self._settle(now)
        self._count(now)
        self._project(now)
        told = [f"{changed} objects planned"] if changed else []
        return ", ".join([*told, f"{settled} starts looked at"] if settled else told)

    # -- what is expected

    def _plan(self, now: datetime) -> int:
        "How many objects were worked out anew."
        today = self._plan_days.day_of(now)
        wanted = [today + timedelta(days=offset) for offset in range(self._days + 1)]
        new_days = [day for day in wanted if day not in self._planned]
        if not new_days and not self._changed(now):
            return 0
        with self.around.right.reading() as connection:
            found = self._objects(connection)
        others = [key for key, known in found.items() if self._is_new(key, known)]
        gone = self._known.keys() - found.keys()
        old_days = [day for day in wanted if day not in new_days]
        self._write(old_days, found, [*others, *gone], now)
        self._write(new_days, found, [*found, *gone], now)
        self._known = found
        self._planned = set(wanted)
        if new_days or others or gone:
            self._outlook.take(today, [known.plan for known in found.values() if known.plan is not None])
        return len(others) + len(gone) + (len(found) if new_days else 0)

    def _changed(self, now: datetime) -> bool:
        with self.around.right.reading() as connection:
            mark = store.change_mark(connection, self.around.scheduler_id, self._mark)
        return mark != self._mark or self._look_at is None or now >= self._look_at

    def _objects(self, connection: Connection) -> dict[PlanKey, _Known]:
        now = self.around.now()
        self._mark = store.change_mark(connection, self.around.scheduler_id, self._mark)
        self._look_at = now + timedelta(seconds=self._configuration.look(now))
        changes: dict[PlanKey, list[Override]] = {}
        for override in store.overrides(connection, self.around.scheduler_id):
            changes.setdefault(override.plan_key, []).append(override)
        planned = self._configuration.planned(connection, self.around.scheduler_id)
        return {
            each.key: _Known(
                each.path, each.chain, each.plan, each.start_at, tuple(changes.get(each.key, ())), each.catch_up,
                each.since,
            )
            for each in planned
            if _may_start(each, each.key in changes)
        }

    def _is_new(self, key: PlanKey, known: _Known) -> bool:
        before = self._known.get(key)
        return before is None or not known.says_the_same(before)

    def _write(
        self, days: Sequence[date], found: dict[PlanKey, _Known], keys: Sequence[PlanKey], now: datetime
    ) -> None:
        for day in days:
            span = self._plan_days.span(day)
            for some in _chunks(keys, OBJECTS):
                rows = [row for key in some if key in found for row in self._rows(day, span, key, found[key], now)]
                self._replace(day, some, rows)
                if self.around.ending.is_set():
                    return
            with self.around.right.writing() as connection:
                store.put_day(connection, self.around.scheduler_id, day, span, self._plan_days.zone.key, now)

    def _rows(
        self, day: date, span: tuple[datetime, datetime], key: PlanKey, known: _Known, now: datetime
    ) -> Iterator[EntryRow]:
        begin, end = span
        entries = expected(key, known.path, known.plan, known.overrides, begin, end)
        entries = [entry for entry in entries if known.holds_for(entry)]
        if known.start_at is not None and begin <= known.start_at < end:
            entries.append(Expected(key.kind, key.key, known.path, known.start_at, known.start_at, StartKind.SINGLE))
        for entry in entries:
            row = EntryRow(day, entry, known.chain, self._durations.get(key))
            yield replace(row, state=state_of(entry.start_at, None, None, None, now))

    def _replace(self, day: date, keys: Sequence[PlanKey], rows: Sequence[EntryRow]) -> None:
        "The old rows go with the first of the new ones."
        self._uncounted.add(day)
        gone = keys
        for some in [*_chunks(rows, ROWS)] or [[]]:
            begun = self.around.now()
            with self.around.right.writing() as connection:
                store.replace_entries(connection, self.around.scheduler_id, day, gone, some)
            gone = ()
            self._rest((self.around.now() - begun).total_seconds())

    # -- what became of it

    def _settle(self, now: datetime) -> int:
        "How many entries say something else now."
        since = self._plan_days.span(self._plan_days.day_of(now - GIVEN_UP_AFTER))[0]
        with self.around.right.reading() as connection:
            self._gaps = store.gaps(connection, self.around.scheduler_id, since)
        after: tuple[str, str] | None = None
        written = 0
        while not self.around.ending.is_set():
            with self.around.right.reading() as connection:
                keys = store.unsettled(connection, self.around.scheduler_id, now, after, OBJECTS)
                rows = self._looked_at_again(connection, keys, since, now)
            if rows:
                written += len(rows)
                self._uncounted |= {row.day for row in rows}
                for some in _chunks(rows, ROWS):
                    with self.around.right.writing() as connection:
                        store.update_states(connection, self.around.scheduler_id, some)
                    self._rest()
            if len(keys) < OBJECTS:
                break
            after = keys[-1]
        return written

    def _looked_at_again(
        self, connection: Connection, keys: Sequence[PlanKey], since: datetime, now: datetime
    ) -> list[EntryRow]:
        "The rows of these objects that say something else now."
        entries = store.entries_of(connection, self.around.scheduler_id, keys, since)
        runs = self._runs(connection, keys, since)
        changed: list[EntryRow] = []
        for key, rows in entries.items():
            found = matched([row.expected for row in rows], runs.get(key, ()), self._plan_days.span(rows[-1].day)[1])
            for row, match in zip(rows, found, strict=True):
                gap = self._gap_of(row) if not match.runs else None
                if gap is not None and now - gap.end > MADE_UP_BY:
                    match.gone_at = min(match.gone_at or gap.end, gap.end)
                fresh = self._as_it_is(row, match, now)
                if fresh != row:
                    changed.append(fresh)
        return changed

    def _runs(
        self, connection: Connection, keys: Sequence[PlanKey], since: datetime
    ) -> dict[PlanKey, list[Actual]]:
        jobs = [key.key for key in keys if key.kind == "job"]
        tasks = [
            each.task_id
            for key in keys
            if key in self._known
            for each in self._known[key].overrides
            if each.task_id is not None
        ]
        orders = [_chain_and_id(key) for key in keys if key.kind == "order"]
        found: dict[PlanKey, list[Actual]] = {}
        if jobs:
            for job, runs in store.job_runs(connection, self.around.scheduler_id, jobs, since, tasks).items():
                found[PlanKey("job", job)] = runs
        if orders:
            for (chain, order_id), rounds in store.order_runs(
                connection, self.around.scheduler_id, orders, since
            ).items():
                found[PlanKey("order", f"{chain},{order_id}")] = rounds
        return found

    def _as_it_is(self, row: EntryRow, match: Matched, now: datetime) -> EntryRow:
        entry, runs = row.expected, match.runs
        last = runs[-1] if runs else None
        seconds = row.expected_seconds if row.expected_seconds is not None else self._durations.get(entry.plan_key)
        if entry.every and last is not None and last.ended_at is not None and not _is_gone(match, now):
            state = state_of(entry.start_at, Actual(last.started_at), None, None, now)  # the next one follows
        else:
            state = state_of(entry.start_at, last, seconds, match.gone_at, now)
        return replace(
            row,
            state=state,
            reason=self._why_missed(row) if state is EntryState.MISSED and not row.reason else row.reason,
            late=was_late(entry.start_at, runs[0] if runs else None, now),
            started_at=runs[0].started_at if runs else None,
            ended_at=last.ended_at if last is not None else None,
            runs=len(runs),
            failed_runs=sum(run.failed for run in runs),
            expected_seconds=seconds,
        )

    def _gap_of(self, row: EntryRow) -> Gap | None:
        "The time without an active engine in which it was to start, if there is one."
        start = row.expected.start_at
        if start is None or row.expected.every:
            return None
        return next((gap for gap in self._gaps if gap.begin < start <= gap.end), None)

    def _why_missed(self, row: EntryRow) -> str:
        "Empty: nobody knows; the object was busy or stopped, perhaps."
        gap, known = self._gap_of(row), self._known.get(row.expected.plan_key)
        if gap is None:
            return ""
        made_up = _MADE_UP.get(known.catch_up, "") if known is not None and known.catch_up is not None else ""
        return f"No engine was active from {time_text(gap.begin)} to {time_text(gap.end)}{made_up}"

    # -- counts for the pages

    def _count(self, now: datetime) -> None:
        for day in sorted(self._uncounted):
            if now < self._count_at.get(day, now) or self.around.ending.is_set():
                continue
            begun = self.around.now()
            with self.around.right.reading() as connection:
                summary = store.summary_of(connection, self.around.scheduler_id, day, self._plan_days.begin_of(day))
            with self.around.right.writing() as connection:
                store.put_summary(connection, self.around.scheduler_id, day, summary)
            took = (self.around.now() - begun).total_seconds()
            self._count_at[day] = now + timedelta(seconds=max(COUNT_EVERY, took * COUNT_SHARE))
            self._uncounted.discard(day)

    def _project(self, now: datetime) -> None:
        days = self._outlook.work()
        if days is None:
            return
        for some in _chunks(sorted(days.items()), ROWS):
            with self.around.right.writing() as connection:
                store.put_outlook(connection, self.around.scheduler_id, dict(some), now)
            self._rest()
        with self.around.right.writing() as connection:
            store.drop_outlook(connection, self.around.scheduler_id, min(days))

    # -- rim

    def _learn_durations(self, now: datetime) -> None:
        if self._durations_at is not None and now - self._durations_at < DURATIONS_EVERY:
            return
        with self.around.right.reading() as connection:
            found = store.last_durations(
                connection, self.around.scheduler_id, now - DURATIONS_OF, DURATIONS_MOST
            )
        seconds = {key: expected_seconds(last) for key, last in found.items()}
        self._durations = {key: each for key, each in seconds.items() if each is not None}
        self._durations_at = now

    def _rest(self, worked: float = 0.0) -> None:
        "The engine waits for the same database: half of the time it is its own."
        self.around.ending.wait(min(max(REST, worked), 1.0))


def _chain_and_id(key: PlanKey) -> tuple[str, str]:
    chain, _, order_id = key.key.partition(",")
    return chain, order_id


def _may_start(planned: Planned, is_changed: bool) -> bool:
    return planned.plan is not None or planned.start_at is not None or is_changed


def _is_gone(match: Matched, now: datetime) -> bool:
    return match.gone_at is not None and match.gone_at <= now


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    remaining = iter(items)
    while some := list(islice(remaining, size)):
        yield some
