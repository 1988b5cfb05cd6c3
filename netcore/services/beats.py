"""Looks at the signs of life of the members and keeps, for each minute, the longest silence of each.

Only reads, but for one small transaction in a minute. Members that ended in order, or whose place was taken, are not
looked at: nobody expects a beat of them.
"""

from __future__ import annotations

from collections.abc import Callable

from apscheduler.triggers.interval import IntervalTrigger

from models import beats, read
from models.lease import read_lease
from netcore.services.service import Service, Surroundings
from scheduler.cluster.beat_minutes import BeatMinutes
from scheduler.cluster.sight import Sight
from scheduler.records import EngineState

#: seconds between two looks: as often as members beat
EVERY = 1.0


class Beats(Service):
    "`seconds` is a clock that never goes back."

    name = "beats"

    def __init__(self, around: Surroundings, seconds: Callable[[], float]) -> None:
        super().__init__(around)
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        self._sight = Sight()
        self._minutes = BeatMinutes()

    def trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=EVERY)

    def run(self) -> str:
        over = self._minutes.look(self._look(), self.around.now())
        if over:
            with self.around.right.writing() as connection:
                beats.add(connection, self.around.scheduler_id, over)
        return ""

    def _look(self) -> dict[str, float]:
        "Seconds for which each member that should live gave no sign of it."
        began = self._seconds()
        try:
            with self.around.right.reading() as connection:
                members = read.members(connection, self.around.scheduler_id)
                lease = read_lease(connection, self.around.scheduler_id)
        except Exception:
            self._sight.lose(self._seconds())
            raise
        # each batch of the one at work is a beat
        working = {lease.holder: lease.beat_at} if lease is not None else {}
        found = {
            each.member_id: (each.beat_at, working.get(each.member_id))
            for each in members
            if not each.dead and each.state != EngineState.STOPPED
        }
        self._sight.look(found, began, self._seconds())
        return {name: self._sight.still(name) for name in found}
