"""Notes in the audit what the scheduler let go by itself, because the time had come until which it was held.

The journal says so; each entry is written in the transaction that moves the mark, so it is there once, whoever dies
when, and what was released while no services ran is noted when they run again.
"""

from __future__ import annotations

from collections.abc import Sequence

from apscheduler.triggers.interval import IntervalTrigger

from models import monitor_sources as sources
from models import releases, services
from models.read.journal import JournalRow
from netcore.services.pace import Pace
from netcore.services.service import Service, Surroundings

EVERY = 2.0
#: numbers of the journal that are looked through at a time
SPAN = 20_000
#: releases are rare: where there are none, the mark follows only when it is so far behind
MARK_EVERY = 1000


class ReleasedHolds(Service):
    name = "holds"

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self._pace = Pace(around.right.engine, around.ending)
        self.begin()

    def begin(self) -> None:
        #: the mark in the store, and how far this instance has looked beyond it; None: not read yet
        self._mark: int | None = None
        self._seen = 0

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        scheduler_id, noted = self.around.scheduler_id, 0
        with self.around.right.reading() as connection:
            last = sources.last_row(connection, scheduler_id)
            mark = services.mark(connection, scheduler_id, self.name)
        if self._mark is None or mark != self._mark:
            self._seen = min(mark or 0, last)
        self._mark = mark
        while self._seen < last and not self.around.ending.is_set():
            noted += self._look(min(self._seen + SPAN, last))
        return f"{noted} releases noted" if noted else ""

    def _look(self, end: int) -> int:
        "From where it has looked to `end`; how many releases were noted."
        with self.around.right.reading() as connection:
            rows = sources.rows_after(connection, self.around.scheduler_id, self._seen, end, releases.DEEDS, SPAN)
        found = [row for row in rows if releases.is_release(row)]
        noted = 0
        for some in self._pace.parts(found):
            self._write(some, some[-1].id)
            noted += len(some)
            self._pace.rest()
        if noted == len(found):  # else it is to come to an end, and the next run goes on
            self._seen = end
            if self._mark is None or end - self._mark >= MARK_EVERY:
                self._write([], end)
                self._pace.rest()
        return noted

    def _write(self, rows: Sequence[JournalRow], mark: int) -> None:
        "Raises RuntimeError when somebody else has moved the mark: then these rows may have been noted already."
        scheduler_id = self.around.scheduler_id
        with self.around.right.writing() as connection:
            self._pace.begin(connection)
            if services.mark(connection, scheduler_id, self.name) != self._mark:
                raise RuntimeError("the mark has moved meanwhile")
            for row in rows:
                releases.note(connection, scheduler_id, row)
            services.put_mark(connection, scheduler_id, self.name, mark)
        self._mark = self._seen = mark
