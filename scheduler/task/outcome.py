"""From the end of a process to success or failure of the task.

A task has failed when its process ended with a non-zero exit code or by a signal, when it could not be
started, when it was killed (by timeout or command), or when its return values cannot be read. The first
problem that applies is the task's error.
"""

from __future__ import annotations

import signal

from scheduler.definitions import JobDefinition
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.frozen import frozen
from scheduler.params import NONE, Params
from scheduler.records import Task


@frozen
class Outcome:
    """`problem` None: success. `values` are the return values that could be read, also of a failed task.
    `warning` is worth telling, but no failure."""

    exit_code: int | None
    problem: Problem | None
    values: Params = NONE
    warning: Problem | None = None
    #: the order follows the result whatever `stop_on_error` says: a script, or a monitor, has decided
    decided: bool = False

    @property
    def failed(self) -> bool:
        return self.problem is not None


def outcome(
    task: Task, exit_code: int, return_values: str, job: JobDefinition | None = None, stderr: str = ""
) -> Outcome:
    """The outcome of an ended process. `stderr` is the first line of what it wrote there, when that has a level of its
    own; with level error a success becomes exit code 1. A signal that the job ignores is only a warning."""
    values, bad_values = read_return_values(return_values)
    warning: Problem | None = None
    if task.killed_for is not None:
        problem: Problem | None = task.killed_for
    elif exit_code < 0:
        problem = WorkloadError(Code.SIGNALLED, signal=signal_name(-exit_code)).problem
        if job is not None and -exit_code in job.ignore_signals:
            problem, warning = bad_values, problem
    elif exit_code > 0:
        problem = WorkloadError(Code.EXIT_CODE, exit_code=exit_code).problem
    else:
        problem = bad_values
    if stderr and job is not None and job.stderr_log_level != "info":
        said = WorkloadError(Code.STDERR_OUTPUT, line=stderr).problem
        if job.stderr_log_level in ("error", "fatal"):
            exit_code, problem = exit_code or 1, problem or said
        elif job.stderr_log_level == "warn":
            warning = warning or said
    return Outcome(exit_code, problem, values, warning)


def read_return_values(text: str) -> tuple[Params, Problem | None]:
    """`NAME=VALUE` lines; name and value are trimmed, the first `=` separates.

    A line without `=` (an empty one too) is an error, as in the classic engine; the lines before it count. Only a
    newline ends a line: values may hold other characters that Unicode takes for the end of one.
    """
    pairs: list[tuple[str, str]] = []
    lines = text.removesuffix("\n").split("\n") if text else []
    for number, line in enumerate(lines, 1):
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            return Params(pairs), WorkloadError(Code.BAD_RETURN_VALUE, line=number, text=shortened(line)).problem
        pairs.append((name.strip(), value.strip()))
    return (Params(pairs) if pairs else NONE), None


def shortened(line: str, most: int = 100) -> str:
    "Of a longer line an ellipsis is the last character."
    return line if len(line) <= most else f"{line[: most - 1]}…"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
