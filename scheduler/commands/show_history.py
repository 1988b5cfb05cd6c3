"""`<show_history>`: the ended tasks of a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from scheduler import paths
from scheduler.answers.options import flags_of
from scheduler.answers.pieces import wrapped
from scheduler.answers.task import history_entry
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_job
from scheduler.commands.questions import Question, TaskHistory
from scheduler.commands.show import MOST_HISTORY
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT, integer


@command("show_history", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowHistory:
    """`prev`: that many before `id`, the newest first (`all`: up to 1000); `next`: that many after it, the
    oldest first.

    Without `id` counted from the end and from the beginning; `id` alone is that entry.
    """

    job: str = attribute(PATH)
    id: int | None = attribute(integer(0), None)
    prev: str = attribute(TEXT, "")
    next: int | None = attribute(integer(0), None)
    what: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        with_log = "log" in flags_of(self.what, frozenset({"log"}))
        job = world.job(paths.absolute(self.job))
        path = job.path if job is not None else paths.absolute(self.job)
        if self.next is not None:
            return TaskHistory(path, self.id, following=min(self.next, MOST_HISTORY), with_log=with_log)
        previous = self._previous()
        if previous is None and self.id is None:
            previous = 10
        return TaskHistory(path, self.id, previous=previous, with_log=with_log)

    def _previous(self) -> int | None:
        if not self.prev:
            return None
        if self.prev == "all":
            return MOST_HISTORY
        if not self.prev.isdecimal():
            raise WorkloadError(Code.BAD_NUMBER, attribute="prev", value=self.prev)
        return min(int(self.prev), MOST_HISTORY)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        return Decision(reply="".join(self.pieces(world, answers)))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        tasks = answers.get("tasks") or []
        if not tasks:
            find_job(world, self.job)
        scheduler_id = world.identity.scheduler_id
        entries = (history_entry(scheduler_id, task, log, inside_job=False) for task, log in tasks)
        return wrapped("history", (), chain.from_iterable(entries))
