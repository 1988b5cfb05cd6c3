"""Keeps the plan: what the run times say now of the coming days, and what became of the starts that were due.

    look at the configuration, the orders and the changes of the plan
      an object whose plan or changes are others than before -> its starts of all days are worked out anew
      a day that has come nearer                             -> those of all objects, as far as the store says otherwise
    then: what is due or runs -> its entry, and the runs that came of it (`plan_followed`)

Rows are written in small transactions with a rest in between, so that the engine never waits long for the database; and
what takes long to work out is done with breaks, so that it never waits long for a processor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta

from apscheduler.triggers.interval import IntervalTrigger

from models import plan as store
from models import plan_sources as sources
from models import plan_starts, read
from models.connect import Connection
from models.plan import EntryRow
from models.plan_starts import StartsRow
from netcore.services.breaks import LONG, SHORT, Breaks
from netcore.services.configuration import Configuration
from netcore.services.outlook import Outlook
from netcore.services.pace import Pace
from netcore.services.plan_expected import Day, Known, OfDay
from netcore.services.plan_followed import Followed
from netcore.services.plan_peaks import clashes_of, peaks_of
from netcore.services.service import Service, Surroundings
from scheduler.plan.day import PlanDays
from scheduler.plan.duration import expected_seconds
from scheduler.plan.override import Override, PlanKey
from scheduler.plan.state import state_of

#: seconds between two runs; without news one is a few small questions
EVERY = 0.5
#: how long back runs are looked at for expected durations, how many of them, and how often
DURATIONS_OF, DURATIONS_MOST, DURATIONS_EVERY = timedelta(days=35), 50_000, timedelta(minutes=10)
#: changes of starts that are over for longer are looked at by nobody but people: what came of these is settled
CHANGES_OF = timedelta(days=4)
#: seconds of work in which a change is planned without breaks
AT_ONCE = 1.0
#: seconds between two counts of a day; a count that takes long is made seldom
COUNT_EVERY, COUNT_SHARE = 2.0, 20.0


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
        on_sqlite = self.around.right.engine.dialect.name == "sqlite"
        self._breaks = Breaks(self.around.ending, LONG if on_sqlite else SHORT)
        self._configuration = Configuration(
            self.around.settings, self._environ, self.around.now(), self._breaks.take
        )
        self._known: dict[PlanKey, Known] = {}
        self._planned: set[date] = set()
        self._mark = 0
        self._look_at: datetime | None = None
        self._durations: dict[PlanKey, float] = {}
        self._durations_at: datetime | None = None
        self._outlook = Outlook(self._plan_days, self.around.now)
        self._pace = Pace(self.around.right.engine, self.around.ending)
        self._followed = Followed(self.around, self._plan_days, self._pace)
        #: days whose entries have changed since they were counted, and when a day may be counted again
        self._uncounted: set[date] = set()
        self._count_at: dict[date, datetime] = {}
        self._ran_at: datetime | None = None

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        now = self.around.now()
        if self._ran_at is not None and now < self._ran_at:
            self._clock_went_back()
        self._ran_at = now
        self._learn_durations(now)
        changed = self._plan(now)
        settled = self._followed.look(self._known, self._durations, now)
        self._uncounted |= self._followed.changed_days()
        self._count(now)
        self._project(now)
        told = [f"{changed} objects planned"] if changed else []
        return ", ".join([*told, f"{settled} starts looked at"] if settled else told)

    def _clock_went_back(self) -> None:
        "All that is done from time to time is done now, not when the clock is where it was."
        self._look_at = self._durations_at = None
        self._count_at.clear()
        self._followed.clock_went_back()

    # -- what is expected

    def _plan(self, now: datetime) -> int:
        "How many objects were worked out anew."
        today = self._plan_days.day_of(now)
        wanted = [today + timedelta(days=offset) for offset in range(self._days + 1)]
        new_days = [day for day in wanted if day not in self._planned]
        if not new_days and not self._changed(now):
            return 0
        self._breaks.begin(0.0 if new_days else AT_ONCE)
        found = self._objects()
        others = {key for key, known in found.items() if self._is_new(key, known)}
        others |= self._known.keys() - found.keys()
        for day in wanted:
            self._plan_day(day, found, None if day in new_days else others, now)
        if self.around.ending.is_set():
            return 0
        self._known = found
        self._planned = set(wanted)
        if new_days or others:
            self._outlook.take(today, [known.plan for known in found.values() if known.plan is not None])
        return len(found) if new_days else len(others)

    def _changed(self, now: datetime) -> bool:
        with self.around.right.reading() as connection:
            mark = sources.change_mark(connection, self.around.scheduler_id, self._mark)
        return mark != self._mark or self._look_at is None or now >= self._look_at

    def _objects(self) -> dict[PlanKey, Known]:
        now, scheduler_id = self.around.now(), self.around.scheduler_id
        with self.around.right.reading() as connection:
            self._mark = sources.change_mark(connection, scheduler_id, self._mark)
        self._look_at = now + timedelta(seconds=self._configuration.look(now))
        changes: dict[PlanKey, list[Override]] = {}
        with self.around.right.reading() as connection:
            for override in sources.overrides(connection, scheduler_id, now - CHANGES_OF):
                changes.setdefault(override.plan_key, []).append(override)
            given = sources.run_times_given(connection, scheduler_id)
            orders = sources.planned_orders(connection, scheduler_id)
        planned = self._breaks.between(self._configuration.planned(given, orders))
        found = {each.key: Known.of(each, changes.get(each.key, ())) for each in planned}
        return {key: known for key, known in found.items() if known.may_start}

    def _is_new(self, key: PlanKey, known: Known) -> bool:
        before = self._known.get(key)
        return before is None or not known.says_the_same(before)

    def _plan_day(
        self, day: date, found: Mapping[PlanKey, Known], keys: Collection[PlanKey] | None, now: datetime
    ) -> None:
        "`keys` None: all objects, of which those are written that the store has otherwise."
        begin, end = self._plan_days.span(day)
        of_day = Day(begin, end)
        wanted = self._breaks.between(found if keys is None else keys)
        works = {key: of_day.of(key, found[key]) if key in found else None for key in wanted}
        with self.around.right.reading() as connection:
            told = store.changed_objects(connection, self.around.scheduler_id, day)
            if keys is None:
                works = self._as_not_stored(connection, day, begin, works, told)
            told |= store.unsettled_of(connection, self.around.scheduler_id, day)
        due = of_day.offset(now) + 1
        for some in self._pace.parts(works.items(), lambda each: 1 + _told_at_once(each[1], due)):
            self._write(day, of_day, found, some, told, now)
        if self.around.ending.is_set():
            return
        with self.around.right.writing() as connection:
            span = begin, end
            store.put_day(connection, self.around.scheduler_id, day, span, self._plan_days.zone.key, now)

    def _as_not_stored(
        self, connection: Connection, day: date, begin: datetime, works: dict[PlanKey, OfDay | None],
        told: Collection[PlanKey],
    ) -> dict[PlanKey, OfDay | None]:  # fmt: skip
        """Those of a day that are not in the store already, and None for what the store has in excess. `told`: of which
        there are entries that do not follow from series."""
        scheduler_id = self.around.scheduler_id
        known = read.planned_day(connection, scheduler_id, day)
        stored = plan_starts.stored(connection, scheduler_id, day)
        if known is not None and known.begin != begin:  # other plan days: nothing of what is stored means the same
            stored = dict.fromkeys(stored, "")
        missing = {
            key: work
            for key, work in works.items()
            if work is None or work.others or key in told
            or stored.get(key, "") != (work.series.text if work.series.runs else "")
        }  # fmt: skip
        return missing | dict.fromkeys((stored.keys() | told) - works.keys())

    def _write(
        self, day: date, of_day: Day, found: Mapping[PlanKey, Known],
        works: Iterable[tuple[PlanKey, OfDay | None]], told: Collection[PlanKey], now: datetime,
    ) -> None:  # fmt: skip
        """What is due already gets its entry at once; so no start is told twice, nor missing, at any time. `told`: of
        which objects there may be entries that are to go."""
        due = of_day.offset(now) + 1
        starts: list[StartsRow] = []
        rows: list[EntryRow] = []
        keys = []
        for key, work in works:
            keys.append(key)
            if work is None:
                continue
            known, seconds = found[key], self._durations.get(key)
            entries = [*work.others, *work.series.entries(key, known.path, of_day.begin, 0, due)]
            rows += [
                EntryRow(day, each, known.chain, seconds, state_of(each.start_at, None, None, None, now))
                for each in entries
            ]
            if work.series.runs:
                first = work.series.first(due)
                next_at = of_day.begin + timedelta(seconds=first) if first is not None else None
                starts.append(StartsRow(day, key, known.path, work.series.text, next_at, seconds))
        values = plan_starts.values_of(self.around.scheduler_id, starts)
        written = {row.key for row in starts}
        old, gone = [key for key in keys if key in told], [key for key in keys if key not in written]
        with self.around.right.writing() as connection:
            self._pace.begin(connection)
            store.replace_entries(connection, self.around.scheduler_id, day, old, rows)
            plan_starts.drop_starts(connection, self.around.scheduler_id, day, gone)
            plan_starts.put_starts(connection, values)
        self._uncounted.add(day)
        self._pace.rest()

    # -- counts for the pages

    def _count(self, now: datetime) -> None:
        for day in sorted(self._uncounted):
            if now < self._count_at.get(day, now) or self.around.ending.is_set():
                continue
            begun = self.around.now()
            with self.around.right.reading() as connection:
                begin, scheduler_id = self._plan_days.begin_of(day), self.around.scheduler_id
                summary = store.summary_of(connection, scheduler_id, day, begin)
                classes = self._configuration.process_classes()
                peaks = peaks_of(connection, scheduler_id, day, begin, classes, self._durations)
                clashes = clashes_of(
                    connection, scheduler_id, day, begin, self._configuration.locks(), self._durations
                )
            with self.around.right.writing() as connection:
                store.put_summary(connection, scheduler_id, day, summary, peaks, clashes)
            took = (self.around.now() - begun).total_seconds()
            self._count_at[day] = now + timedelta(seconds=max(COUNT_EVERY, took * COUNT_SHARE))
            self._uncounted.discard(day)

    def _project(self, now: datetime) -> None:
        days = self._outlook.work()
        if days is None:
            return
        for some in self._pace.parts(sorted(days.items())):
            with self.around.right.writing() as connection:
                self._pace.begin(connection)
                store.put_outlook(connection, self.around.scheduler_id, dict(some), now)
            self._pace.rest()
        with self.around.right.writing() as connection:
            store.drop_outlook(connection, self.around.scheduler_id, min(days))

    # -- how long runs take

    def _learn_durations(self, now: datetime) -> None:
        if self._durations_at is not None and now - self._durations_at < DURATIONS_EVERY:
            return
        with self.around.right.reading() as connection:
            found = sources.last_durations(
                connection, self.around.scheduler_id, now - DURATIONS_OF, DURATIONS_MOST
            )
        seconds = {key: expected_seconds(last) for key, last in found.items()}
        self._durations = {key: each for key, each in seconds.items() if each is not None}
        self._durations_at = now


def _told_at_once(work: OfDay | None, due: int) -> int:
    "Entries that are written with the series; those of starts before the offset `due` are."
    return 0 if work is None else len(work.others) + work.series.count() - work.series.count(due)
