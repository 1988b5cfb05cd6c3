"""An engine at a time of day, whose clock jumps from wake to wake while tasks take the time that they are given."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.definitions import JobDefinition
from scheduler.messages import Activated, TimeReached
from scheduler.records import Task
from tests.support.run_times import BERLIN, at, run_time
from tests.support.worlds import Definition, Engine, a_job

#: local time, cause
Start = tuple[str, str]


class JobClock(Engine):
    "`zone` is the one in which local times are given and told."

    def __init__(self, when: str, *definitions: Definition, zone: ZoneInfo = BERLIN, **identity: Any) -> None:
        super().__init__(active=False, time_zone=zone.key, **identity)
        self.zone = zone
        self.now = self.world.now = at(when, zone)
        self._told: set[int] = set()
        if definitions:
            self.files(*definitions)
        self.tell(Activated())

    def starts_until(self, when: str, *, seconds: float = 0, codes: dict[int, int] | None = None) -> list[Start]:
        """What has started since the last time that this was asked, until a local time, which is included.

        The clock stands there afterwards. Each task takes `seconds` and ends with 0, or with the exit code that `codes`
        has for its number; one that is not over by then runs on.
        """
        end = at(when, self.zone)
        ends: dict[int, datetime] = {}
        while True:
            for task_id in self.launched:
                ends.setdefault(task_id, (self.tasks[task_id].started_at or self.now) + timedelta(seconds=seconds))
            first = min(self.launched, key=ends.__getitem__, default=None)
            wake = self.world.next_wake
            if first is not None and ends[first] <= min(wake or end, end):
                self.now = max(self.now, ends[first])
                self.end(first, (codes or {}).get(first, 0))
            elif wake is not None and wake <= end:
                self.now = max(self.now, wake)
                self.tell(TimeReached())
            else:
                break
        self.now = end
        return self._news()

    def _news(self) -> list[Start]:
        found = [task for number, task in sorted(self.tasks.items()) if number not in self._told and task.started_at]
        self._told |= {task.id for task in found}
        return [(self._local(task), task.cause.value) for task in found]

    def _local(self, task: Task) -> str:
        assert task.started_at is not None
        return task.started_at.astimezone(self.zone).strftime("%m-%d %H:%M:%S").removesuffix(":00")


def job_with(run_time_text: str, path: str = "/job", **values: Any) -> JobDefinition:
    return a_job(path, run_time=run_time(run_time_text), **values)


def times_of(starts: list[Start]) -> list[str]:
    return [when for when, _ in starts]
