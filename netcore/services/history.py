"""Condenses what happened into figures for each day, which last for years, and then releases the journal.

Rows of the journal say which tasks and orders have ended; each run is added up in the transaction that moves the mark,
so it counts once, whoever dies when. What the plan says of the last days is written anew from time to time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from apscheduler.triggers.interval import IntervalTrigger

from models import monitor_sources as sources
from models import reports as store
from models import services
from models.connect import Connection
from models.read.journal import JournalRow
from models.reports import Ran
from netcore.services.service import Service, Surroundings
from scheduler.changes import Kind
from scheduler.plan.day import PlanDays

EVERY = 3.0
#: rows of the journal, and rows of figures, in one transaction; seconds of rest after each
ROWS, FIGURES, REST = 400, 200, 0.005
#: the plan of today and so many days before is looked at so often
PLAN_DAYS, PLAN_EVERY = 2, timedelta(minutes=2)
KINDS = (Kind.TASK_ENDED, Kind.ORDER_ENDED, Kind.ORDER_BLACKLISTED)


class History(Service):
    name = "history"

    def __init__(self, around: Surroundings, days: PlanDays) -> None:
        super().__init__(around)
        self._days = days
        self.begin()

    def begin(self) -> None:
        self._plan_at: datetime | None = None

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        rows = self._condense()
        self._look_at_the_plan()
        return f"{rows} runs added up" if rows else ""

    def _condense(self) -> int:
        scheduler_id, counted = self.around.scheduler_id, 0
        with self.around.right.reading() as connection:
            last = sources.last_row(connection, scheduler_id)
            mark = services.mark(connection, scheduler_id, self.name) or 0
        while mark < last and not self.around.ending.is_set():
            with self.around.right.reading() as connection:
                rows = sources.rows_after(connection, scheduler_id, mark, last, KINDS, ROWS)
                runs = self._runs(connection, rows)
            mark = rows[-1].id if len(rows) == ROWS else last
            with self.around.right.writing() as connection:
                store.add(connection, scheduler_id, ((self._day(ran), ran) for ran in runs))
                services.put_mark(connection, scheduler_id, self.name, mark)
            counted += len(runs)
            self.around.ending.wait(REST)
        return counted

    def _runs(self, connection: Connection, rows: Sequence[JournalRow]) -> list[Ran]:
        scheduler_id = self.around.scheduler_id
        tasks = [int(row.detail["task"]) for row in rows if row.kind == Kind.TASK_ENDED and "task" in row.detail]
        runs = store.ended_tasks(connection, scheduler_id, tasks)
        ended = [row.detail.get("history") for row in rows if row.kind != Kind.TASK_ENDED]
        rounds = [int(number) for number in ended if number]
        return [*runs, *store.ended_rounds(connection, scheduler_id, rounds)]

    def _day(self, ran: Ran) -> str:
        return self._days.day_of(ran.started_at).isoformat()

    def _look_at_the_plan(self) -> None:
        now = self.around.now()
        if self._plan_at is not None and now < self._plan_at:
            return
        self._plan_at = now + PLAN_EVERY
        today = self._days.day_of(now)
        for offset in range(PLAN_DAYS + 1):
            day = (today - timedelta(days=offset)).isoformat()
            with self.around.right.reading() as connection:
                rows = store.planned(connection, self.around.scheduler_id, day, now)
            for begin in range(0, len(rows), FIGURES):
                with self.around.right.writing() as connection:
                    store.put_planned(connection, self.around.scheduler_id, day, rows[begin : begin + FIGURES])
                if self.around.ending.wait(REST):
                    return
