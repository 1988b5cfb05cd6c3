"""What becomes of expected starts: what is due gets its entry, then the runs that came of it, until it is settled.

    due      a start of a series has come                      -> an entry of its own
    settled  an entry that is due or runs, and the runs beside it -> what it says now
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from models import plan as store
from models import plan_sources as sources
from models import plan_starts, web_settings
from models.connect import Connection
from models.plan import EntryRow, Unsettled
from models.plan_sources import Gap
from models.plan_starts import StartsRow
from netcore.services.pace import Pace
from netcore.services.plan_expected import Known
from netcore.services.service import Surroundings
from scheduler.plan.day import PlanDays
from scheduler.plan.match import Matched, matched
from scheduler.plan.override import PlanKey
from scheduler.plan.series import parsed
from scheduler.plan.state import LATE, Actual, EntryState, state_of, was_late
from scheduler.run_time.model import CatchUp
from scheduler.times import time_text

#: objects that are looked at together
OBJECTS = 200
#: after a look that took long the next one comes after so many times as long
REST_FACTOR = 2.0
#: what should have started before that is looked at seldom, each object by itself: it runs for days, or nobody followed
LATELY, SELDOM = timedelta(days=2), timedelta(minutes=1)
#: a start that waits for something is not missed because its day is over, but not for longer than that
WAITS_AT_MOST = timedelta(days=1)
#: so long after a gap the starts that follow from it have been made
MADE_UP_BY = timedelta(seconds=10)
_SECOND = timedelta(seconds=1)
_MADE_UP = {CatchUp.ONCE: "; one start makes up for it", CatchUp.ALL: "; a further start makes up for it"}


class Followed:
    "One thread at a time."

    def __init__(self, around: Surroundings, plan_days: PlanDays, pace: Pace) -> None:
        self._around = around
        self._plan_days = plan_days
        self._pace = pace
        self._known: Mapping[PlanKey, Known] = {}
        self._durations: Mapping[PlanKey, float] = {}
        self._gaps: list[Gap] = []
        self._changed: set[date] = set()
        self._late = LATE
        self._not_before: datetime | None = None
        self._seldom_at: datetime | None = None

    def look(self, known: Mapping[PlanKey, Known], durations: Mapping[PlanKey, float], now: datetime) -> int:
        "How many entries say something else now. `durations`: seconds that runs usually take."
        self._known, self._durations = known, durations
        told = self._tell(now)
        if not told and self._not_before is not None and now < self._not_before:
            return 0
        begun = self._around.now()
        written = self._settle(now)
        self._not_before = now + (self._around.now() - begun) * REST_FACTOR
        return written

    def clock_went_back(self) -> None:
        "What was to be looked at later is looked at next time: until then might be hours."
        self._not_before = self._seldom_at = None

    def changed_days(self) -> set[date]:
        "Days with other entries than at the last call."
        changed, self._changed = self._changed, set()
        return changed

    # -- what is due

    def _tell(self, now: datetime) -> int:
        "How many starts got their entries."
        count = 0
        while not self._around.ending.is_set():
            with self._around.right.reading() as connection:
                due = plan_starts.due(connection, self._around.scheduler_id, now, self._pace.size)
            if not due:
                break
            entries = [entry for row in due for entry in self._entries(row, now)]
            further = [self._further(row, now) for row in due]
            with self._around.right.writing() as connection:
                self._pace.begin(connection)
                store.replace_entries(connection, self._around.scheduler_id, due[0].day, (), entries)
                plan_starts.go_on(connection, self._around.scheduler_id, further)
            count += len(entries)
            self._changed |= {row.day for row in due}
            self._pace.rest()
        return count

    def _entries(self, row: StartsRow, now: datetime) -> list[EntryRow]:
        begin = self._plan_days.begin_of(row.day)
        since = ((row.next_at or now) - begin) // _SECOND
        chain = row.object.partition(",")[0] if row.key.kind == "order" else ""
        seconds = self._durations.get(row.key, row.expected_seconds)
        entries = parsed(row.series).entries(row.key, row.object, begin, since, (now - begin) // _SECOND + 1)
        return [
            EntryRow(row.day, each, chain, seconds, state_of(each.start_at, None, None, None, now)) for each in entries
        ]

    def _further(self, row: StartsRow, now: datetime) -> StartsRow:
        begin = self._plan_days.begin_of(row.day)
        following = parsed(row.series).first((now - begin) // _SECOND + 1)
        return replace(row, next_at=None if following is None else begin + following * _SECOND)

    # -- what became of it

    def _settle(self, now: datetime) -> int:
        "How many entries say something else now."
        lately = self._plan_days.span(self._plan_days.day_of(now - LATELY))[0]
        seldom = self._seldom_at is None or now >= self._seldom_at
        if seldom:
            self._seldom_at = now + SELDOM
        with self._around.right.reading() as connection:
            self._gaps = sources.gaps(connection, self._around.scheduler_id, lately)
            self._late = web_settings.late_seconds(connection)
        after: PlanKey | None = None
        written = 0
        while not self._around.ending.is_set():
            with self._around.right.reading() as connection:
                found = store.unsettled(connection, self._around.scheduler_id, now, after, OBJECTS)
                old = [each for each in found if each.since < lately]
                near = [each if each.since >= lately else replace(each, since=lately) for each in found]
                rows = self._looked_at_again(connection, near, now)
                if seldom and old:
                    rows = _united(rows, *(self._looked_at_again(connection, [each], now) for each in old))
            written += len(rows)
            self._changed |= {row.day for row in rows}
            for some in self._pace.parts(rows):
                with self._around.right.writing() as connection:
                    self._pace.begin(connection)
                    store.update_states(connection, self._around.scheduler_id, some)
                self._pace.rest()
            if len(found) < OBJECTS:
                break
            after = found[-1].key
        return written

    def _looked_at_again(
        self, connection: Connection, found: Sequence[Unsettled], now: datetime
    ) -> list[EntryRow]:
        "The rows of these objects that say something else now."
        scheduler_id = self._around.scheduler_id
        keys, since = [each.key for each in found], min((each.since for each in found), default=now)
        days = self._days(since, now)
        following = plan_starts.following(connection, scheduler_id, keys, days)
        far = [each.key for each in found if each.first < days[0] or each.last > days[-1]]
        if far:  # moved by days: they stay on the day that they were planned for
            days += store.unsettled_days(connection, scheduler_id, far, since, now) - set(days)
        entries = store.entries_of(connection, scheduler_id, keys, days, since)
        tasks = self._queued_by_changes(keys)
        runs = self._runs(connection, keys, since - _SECOND, tasks)
        ends = {key: following.get(key) or self._end_of_last(rows) for key, rows in entries.items()}
        over = [key for key, end in ends.items() if end <= now]
        waiting = sources.waiting(connection, scheduler_id, over, tasks, now) if over else ()
        changed: list[EntryRow] = []
        for key, rows in entries.items():
            end = ends[key] if key not in waiting else self._end_of_last(rows, WAITS_AT_MOST)
            matches = matched([row.expected for row in rows], runs.get(key, ()), end)
            for row, match in zip(rows, matches, strict=True):
                gap = self._gap_of(row) if not match.runs else None
                if gap is not None and now - gap.end > MADE_UP_BY:
                    match.gone_at = min(match.gone_at or gap.end, gap.end)
                fresh = self._as_it_is(row, match, now)
                if fresh != row:
                    changed.append(fresh)
        return changed

    def _end_of_last(self, rows: Sequence[EntryRow], waits: timedelta = timedelta(0)) -> datetime:
        "When the last start of an object can not come any more: its day is over, or it has waited for so long."
        starts = [row.expected.start_at for row in rows if row.expected.start_at is not None]
        day = max(rows[-1].day, *map(self._plan_days.day_of, starts))
        return max(self._plan_days.span(day)[1], *(start + waits for start in starts))

    def _days(self, since: datetime, now: datetime) -> list[date]:
        "Whose entries may be concerned."
        first, last = self._plan_days.day_of(since - LATELY), self._plan_days.day_of(now + LATELY)
        return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]

    def _queued_by_changes(self, keys: Sequence[PlanKey]) -> list[int]:
        "Tasks of jobs that changes of the plan have put into queues."
        known = [self._known[key] for key in keys if key in self._known]
        return [each.task_id for one in known for each in one.overrides if each.task_id is not None]

    def _runs(
        self, connection: Connection, keys: Sequence[PlanKey], since: datetime, tasks: Collection[int]
    ) -> dict[PlanKey, list[Actual]]:
        jobs = [key.key for key in keys if key.kind == "job"]
        orders = [_chain_and_id(key) for key in keys if key.kind == "order"]
        found: dict[PlanKey, list[Actual]] = {}
        if jobs:
            for job, runs in sources.job_runs(connection, self._around.scheduler_id, jobs, since, tasks).items():
                found[PlanKey("job", job)] = runs
        if orders:
            for (chain, order_id), rounds in sources.order_runs(
                connection, self._around.scheduler_id, orders, since
            ).items():
                found[PlanKey("order", f"{chain},{order_id}")] = rounds
        return found

    def _as_it_is(self, row: EntryRow, match: Matched, now: datetime) -> EntryRow:
        entry, runs = row.expected, match.runs
        last = runs[-1] if runs else None
        seconds = row.expected_seconds if row.expected_seconds is not None else self._durations.get(entry.plan_key)
        if entry.every and last is not None and last.ended_at is not None and not _is_gone(match, now):
            # the next one follows
            state = state_of(entry.start_at, Actual(last.started_at), None, None, now, self._late)
        else:
            state = state_of(entry.start_at, last, seconds, match.gone_at, now, self._late)
        return replace(
            row,
            state=state,
            reason=self._why_missed(row) if state is EntryState.MISSED and not row.reason else row.reason,
            late=was_late(entry.start_at, runs[0] if runs else None, now, self._late),
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


def _united(*several: Sequence[EntryRow]) -> list[EntryRow]:
    "Each entry once, as the last ones say."
    return list({row.key: row for rows in several for row in rows}.values())


def _chain_and_id(key: PlanKey) -> tuple[str, str]:
    chain, _, order_id = key.key.partition(",")
    return chain, order_id


def _is_gone(match: Matched, now: datetime) -> bool:
    return match.gone_at is not None and match.gone_at <= now
