"""Deletes what is older than it has to be kept: in its window, in small transactions with rests between them.

The engine writes into the same database. A transaction of ours is over after some milliseconds, whatever is deleted,
and the rest after it is longer than that; how many rows that are is found out while it goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from apscheduler.triggers.interval import IntervalTrigger

from models.clean_up import CHOOSE
from netcore.services.pace import Pace
from netcore.services.service import Service, Surroundings
from scheduler.retention import Retention

EVERY = 30.0


class CleanUp(Service):
    name = "clean_up"

    def __init__(self, around: Surroundings, retention: Retention) -> None:
        super().__init__(around)
        self._retention = retention
        self.begin()

    def begin(self) -> None:
        #: the day of the window that is done
        self._done = ""

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        window, now = self._retention.window, self.around.now()
        if window is None or not window.holds(now) or window.began_on(now) == self._done:
            return ""
        told, finished = self._delete(now, lambda: window.holds(self.around.now()))
        if finished:
            self._done = window.began_on(now)
        return told

    def run_asked(self) -> str:
        "Whatever the time of day is."
        return self._delete(self.around.now(), lambda: True)[0] or "nothing is old enough"

    def _delete(self, now: datetime, goes_on: Callable[[], bool]) -> tuple[str, bool]:
        "What has gone, and whether that was all."
        gone: dict[str, int] = {}
        for kind, before in self._retention.limits(now).items():
            finished = self._of_kind(kind, before, goes_on, gone)
            if not finished:
                return _told(gone, "the rest later"), False
        return _told(gone), True

    def _of_kind(self, kind: str, before: datetime, goes_on: Callable[[], bool], gone: dict[str, int]) -> bool:
        "False: it has to end before all is done."
        after = None
        pace = Pace(self.around.right.engine, self.around.ending)
        while True:
            with self.around.right.reading() as connection:
                chosen = CHOOSE[kind](connection, self.around.scheduler_id, before, after, pace.size)
            if chosen.statements:
                with self.around.right.writing() as connection:
                    pace.begin(connection)
                    for statement in chosen.statements:
                        connection.execute(statement)
                gone[kind] = gone.get(kind, 0) + chosen.rows
            after = chosen.after
            if after is None:
                return True
            if (chosen.statements and pace.rest()) or self.around.ending.is_set() or not goes_on():
                return False


def _told(gone: dict[str, int], end: str = "") -> str:
    parts = [f"{number} {kind}" for kind, number in gone.items() if number]
    return ", ".join([*parts, end] if parts and end else parts)
