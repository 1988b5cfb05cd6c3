"""The mark by which an engine's processes are recognised, also after the engine is gone.

Every process that an engine starts carries `STELLWERK_TASK=<scheduler id>/<task id>/<token>` in its environment;
the token is drawn once per run of an engine, so an old run's processes differ from one's own.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

VARIABLE = "STELLWERK_TASK"


class RunMark(NamedTuple):
    "One run of the engine of a scheduler id."

    scheduler_id: str
    token: str

    @classmethod
    def draw(cls, scheduler_id: str) -> RunMark:
        "A mark with a fresh token."
        return cls(scheduler_id, secrets.token_hex(8))

    def of_task(self, task_id: int) -> str:
        "The value of the variable for a task."
        return f"{self.scheduler_id}/{task_id}/{self.token}"


class TaskMark(NamedTuple):
    "What a process says about itself."

    scheduler_id: str
    task_id: int
    token: str


def read_mark(value: str) -> TaskMark | None:
    "The parts of a variable's value; None when it is no mark of ours. The scheduler id may hold slashes."
    parts = value.rsplit("/", 2)
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit():
        return None
    return TaskMark(parts[0], int(parts[1]), parts[2])
