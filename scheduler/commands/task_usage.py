"`<task.usage>` (ours): what the processes of a task use of the machine, or have used."

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.task import idle_since, state_word, working_since
from scheduler.commands.declare import attribute, command
from scheduler.commands.questions import Question, UsageAsked
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.task.usage import OneProcess, UsedNow
from scheduler.world import World
from scheduler.xml.attribute_types import YES_NO, integer
from scheduler.xml.write import element


@command("task.usage", Level.INFO)
@dataclass(frozen=True, slots=True)
class TaskUsage:
    """While the task runs its processes are looked at when this is asked, and only then; when it has ended the history
    knows. `own`: as in `log.read`."""

    task: int = attribute(integer(0))
    own: bool = attribute(YES_NO, False)

    def asks(self, world: World) -> Question:
        task = world.tasks.get(self.task)
        return UsageAsked(self.task, task is not None and task.has_process)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        found: UsedNow | None = answers.get("usage")
        if found is None:
            raise WorkloadError(Code.UNKNOWN_TASK, task=self.task)
        usage, task = found.usage, world.tasks.get(self.task)
        attributes: list[tuple[str, object]] = [("task", self.task), ("processes", found.processes)]
        if task is not None:
            attributes.append(("state", state_word(task)))
            attributes += [("in_process_since", working_since(task)), ("idle_since", idle_since(task))]
        if found.processes:
            attributes.append(("memory", found.memory))
        if usage is not None:
            attributes += [
                ("user_seconds", f"{usage.user_seconds:.6f}"),
                ("system_seconds", f"{usage.system_seconds:.6f}"),
                ("peak", usage.peak),
                ("below", "yes" if usage.below else None),
                ("read", usage.read),
                ("written", usage.written),
            ]
        return Decision(reply=element("task.usage", attributes, *map(_process, found.each)))


def _process(one: OneProcess) -> str:
    return element(
        "task.process",
        [
            ("pid", one.pid), ("parent", one.parent), ("name", one.name), ("memory", one.memory),
            ("seconds", f"{one.seconds:.6f}"),
        ],
    )  # fmt: skip
