"Lines of the engine's log about directories and files, each with a stable code."

from __future__ import annotations

from scheduler.actions import LogLine
from scheduler.errors import Code, WorkloadError


def line(level: str, target: str, code: Code, **values: object) -> LogLine:
    "`target`: the object that it is about."
    problem = WorkloadError(code, None, **values).problem
    return LogLine(level, f"{target}: {problem}", {"object": target, "code": problem.code})
