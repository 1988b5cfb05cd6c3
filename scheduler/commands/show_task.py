"""`<show_task>`: a running task or, when it has ended, its entry in the history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.options import ShowOptions, flags_of
from scheduler.answers.task import ended_task, task_pieces
from scheduler.commands.declare import attribute, command
from scheduler.commands.questions import EndedTask, Question, RunningLog, Window
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, integer

#: bytes of a log in one answer
MOST_LOG = 4 << 20


@command("show_task", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowTask:
    """A task in the queue is shown, too.

    `log_offset` and `log_limit` (bytes; ours) ask for a part of the log; `log/@next_offset` says where the
    next one begins, so that a log of any length can be read and followed in pieces.
    """

    id: int = attribute(integer(0))
    what: str = attribute(TEXT, "")
    log_offset: int | None = attribute(integer(0, 2**40), None)
    log_limit: int = attribute(integer(1, MOST_LOG), MOST_LOG)

    def asks(self, world: World) -> Question | None:
        with_log = "log" in flags_of(self.what, frozenset())
        window = Window(self.log_offset, self.log_limit) if self.log_offset is not None else None
        task = world.tasks.get(self.id)
        if task is None:
            return EndedTask(self.id, with_log, window)
        return RunningLog(task.id, task.log_file, window) if with_log and task.log_file else None

    def is_short(self, world: World) -> bool:
        return "log" not in self._options()

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        return Decision(reply="".join(self.pieces(world, answers)))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        task = world.tasks.get(self.id)
        if task is not None:
            return task_pieces(world, task, self._options(), answers.get("log"), answers.get("next_offset"))
        found = answers.get("task")
        if found is None:
            raise WorkloadError(Code.UNKNOWN_TASK, task=self.id)
        ended, log = found
        return ended_task(ended, log, answers.get("next_offset"))

    def _options(self) -> ShowOptions:
        return ShowOptions(flags_of(self.what, frozenset()))
