"""`<log.read>` (ours): any part of a log of any length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_job
from scheduler.commands.questions import LogPart, Question
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.task.start import job_log_name
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, YES_NO, integer
from scheduler.xml.write import element, text

#: bytes of a part
MOST_LOG = 4 << 20


def file_of(world: World, task_id: int | None) -> str:
    "The log of a task that runs; empty: the question finds it."
    task = world.tasks.get(task_id) if task_id is not None else None
    return task.log_file if task is not None else ""


def main_of(world: World, task_id: int | None, job: str) -> str:
    "The path of a log of no task: that to which all tasks of a job are appended, or the engine's own."
    if task_id is not None:
        return ""
    if not job:
        return world.identity.log_file
    found = find_job(world, job)
    if not found.definition.log_append:
        raise WorkloadError(Code.NOT_ALLOWED, attribute="job", reason=f"job {found.path!r} has no log_append")
    return f"{world.identity.log_dir}/{job_log_name(found.path)}"


@command("log.read", Level.INFO)
@dataclass(frozen=True, slots=True)
class LogRead:
    """A part of the log of a task, of the one to which all tasks of a job are appended (`job`, with `log_append`), or
    of the engine's own log when neither is named.

    `offset` is a byte; without it the last `limit` bytes. `<log>` tells `offset`, `next_offset`, `size` and `line`, the
    number of its first line. Parts begin and end with whole lines.
    `own`: of a member of an active cluster, what it has of a step that it runs itself; it asks nobody else.
    """

    task: int | None = attribute(integer(0), None)
    offset: int | None = attribute(integer(0, 2**40), None)
    limit: int = attribute(integer(1, MOST_LOG), 256 << 10)
    own: bool = attribute(YES_NO, False)
    job: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question:
        main = main_of(world, self.task, self.job)
        return LogPart(self.task, file_of(world, self.task), main, self.offset, self.limit)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        part = answers.get("part")
        if part is None:
            raise WorkloadError(Code.UNKNOWN_TASK, task=self.task)
        return Decision(
            reply=element(
                "log",
                [
                    ("offset", str(part.offset)),
                    ("next_offset", str(part.following)),
                    ("size", str(part.size)),
                    ("line", str(part.line)),
                ],
                text(part.text),
            )
        )
