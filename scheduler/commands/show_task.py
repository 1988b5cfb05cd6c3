"""`<show_task>`: a running task or, when it has ended, its entry in the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.options import ShowOptions, flags_of
from scheduler.answers.task import ended_task, task_element
from scheduler.commands.declare import attribute, command
from scheduler.commands.questions import EndedTask, Question, RunningLog
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, integer


@command("show_task", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowTask:
    "A task in the queue is shown, too."

    id: int = attribute(integer(0))
    what: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        with_log = "log" in flags_of(self.what, frozenset())
        task = world.tasks.get(self.id)
        if task is None:
            return EndedTask(self.id, with_log)
        return RunningLog(task.id, task.log_file) if with_log and task.log_file else None

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        options = ShowOptions(flags_of(self.what, frozenset()))
        task = world.tasks.get(self.id)
        if task is not None:
            return Decision(reply=task_element(world, task, options, answers.get("log")))
        found = answers.get("task")
        if found is None:
            raise WorkloadError(Code.UNKNOWN_TASK, task=self.id)
        return Decision(reply=ended_task(*found))
