"""States as people see them: a family (colour), a shape and a word, in the order word, shape, colour.

The engine's own word stays available as `engine` for the tooltip. Everything that shows a state goes
through here, so a state looks the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.file_versions import DELETED, FOUND, RESTORED, WRITTEN
from models.read import JobRow
from scheduler.records import (
    ChainState,
    EngineState,
    FileState,
    JobState,
    NodeAction,
    Order,
    OrderState,
    Run,
    Step,
    Task,
    TaskState,
)
from web.words import gettext

Family = Literal["active", "good", "attention", "bad", "held", "neutral"]

#: families in the order "trouble first"
SEVERITY: tuple[Family, ...] = ("bad", "attention", "active", "held", "neutral", "good")


@dataclass(frozen=True, slots=True)
class Look:
    "How a state looks. `shape` names a symbol of the sprite."

    family: Family
    shape: str
    word: str
    engine: str = ""


UNKNOWN = Look("neutral", "question", "unknown")

ORDER: dict[str, Look] = {
    OrderState.WAITING: Look("neutral", "circle", "waiting"),
    OrderState.SETBACK: Look("attention", "retry", "set back"),
    OrderState.SUSPENDED: Look("held", "bars", "suspended"),
    OrderState.RUNNING: Look("active", "play", "running"),
    OrderState.SUSPENDING: Look("active", "play", "running, then suspended"),
    OrderState.BLACKLISTED: Look("bad", "barred", "blacklisted"),
    OrderState.ENDED: Look("good", "tick", "finished"),
}
TASK: dict[str, Look] = {
    TaskState.QUEUED: Look("neutral", "clock", "queued"),
    TaskState.STARTING: Look("active", "play", "starting"),
    TaskState.RUNNING: Look("active", "play", "running"),
    TaskState.KILLING: Look("active", "play", "ending"),
    TaskState.ENDED: Look("good", "tick", "finished"),
}
#: what a task does that runs, in the word of the engine that runs it
TASK_NOW: dict[str, Look] = {
    "starting": TASK[TaskState.STARTING],
    "opening": TASK[TaskState.STARTING],
    "running_waiting_for_order": Look("neutral", "circle", "waiting for order"),
    "running_delayed": Look("attention", "retry", "delayed"),
    "running_waiting_for_locks": Look("attention", "diamond", "waiting for lock"),
    "suspended": Look("held", "bars", "suspended"),
    "ending": TASK[TaskState.KILLING],
}
JOB: dict[str, Look] = {
    JobState.PENDING: Look("neutral", "circle", "pending"),
    JobState.RUNNING: Look("active", "play", "running"),
    JobState.STOPPING: Look("held", "square", "stopping"),
    JobState.STOPPED: Look("held", "square", "stopped"),
    JobState.ERROR: Look("bad", "octagon", "in error"),
}
CHAIN: dict[str, Look] = {
    ChainState.RUNNING: Look("good", "tick", "active"),
    ChainState.STOPPED: Look("held", "square", "stopped"),
}
NODE: dict[str, Look] = {
    NodeAction.PROCESS: Look("good", "tick", "active"),
    NodeAction.STOP: Look("held", "square", "stopped"),
    NodeAction.NEXT_STATE: Look("held", "chevrons", "skipped"),
}
FILE: dict[str, Look] = {
    FileState.UNDEFINED: Look("bad", "torn", "configuration error"),
    FileState.NOT_INITIALIZED: Look("attention", "clock", "not initialised"),
    FileState.INITIALIZED: Look("attention", "diamond", "waits for what it refers to"),
    FileState.INCOMPLETE: Look("attention", "diamond", "incomplete"),
    FileState.ACTIVE: Look("good", "tick", "in use"),
    FileState.CLOSED: Look("neutral", "circle", "closed"),
}
ENGINE: dict[str, Look] = {
    EngineState.STARTING: Look("attention", "clock", "starting"),
    EngineState.RUNNING: Look("good", "tick", "running"),
    EngineState.PAUSED: Look("held", "bars", "paused"),
    EngineState.STOPPING: Look("attention", "triangle", "stopping"),
    EngineState.WAITING_FOR_ACTIVATION: Look("neutral", "circle", "waiting for activation"),
    EngineState.STOPPED: Look("held", "square", "terminated"),
}

SILENT = Look("bad", "octagon", "no contact")
#: what versions of files come from
VERSION: dict[str, Look] = {
    WRITTEN: Look("good", "tick", "written"),
    RESTORED: Look("good", "retry", "restored"),
    DELETED: Look("held", "cross", "deleted"),
    FOUND: Look("neutral", "circle", "found in the folder"),
}
NO_MEMBER = Look("neutral", "question", "no member known")
DATABASE_WAITS = Look("attention", "triangle", "waiting for database")
#: an order that waits longer than it should; of those the plan may know better which are late
LATE, DUE = Look("attention", "triangle", "late"), Look("attention", "clock", "due")
WAITS_FOR_PROCESS = Look("attention", "diamond", "waiting for process")
WAITS_FOR_LOCK = Look("attention", "diamond", "waiting for lock")
DISABLED = Look("held", "slashed", "disabled")
CONFIGURATION_ERROR = FILE[FileState.UNDEFINED]
FAILED = Look("bad", "octagon", "failed")
KILLED = Look("bad", "cross", "killed")
JOB_MISSING = Look("bad", "torn", "job missing")
JOB_STOPPED = Look("held", "square", "job stopped")
REMOVED = Look("neutral", "circle", "removed")
GONE = Look("neutral", "circle", "not in the chain")
FINISHED = Look("good", "tick", "finished")
RUNNING = Look("active", "play", "running")


def look(table: dict[str, Look], state: str) -> Look:
    "The look of a state; an unknown one is shown as such with the engine's word."
    known = table.get(state)
    if known is None:
        return Look(UNKNOWN.family, UNKNOWN.shape, UNKNOWN.word, str(state))
    return Look(known.family, known.shape, known.word, str(state))


def order_look(order: Order) -> Look:
    return look(ORDER, order.state)


def task_look(task: Task, lacks: Look | None = None) -> Look:
    "An ended task is finished, failed (exit code, error) or killed (signal). `lacks`: what its job waits for."
    if lacks and task.state is TaskState.QUEUED:
        return Look(lacks.family, lacks.shape, lacks.word, task.state)
    if task.state is not TaskState.ENDED:
        return look(TASK, task.state)
    if task.exit_code is not None and task.exit_code < 0:
        return Look(
            KILLED.family, KILLED.shape, gettext("killed (signal %(number)s)", number=-task.exit_code), task.state
        )
    return FAILED if task.problem or task.exit_code else FINISHED


def task_look_now(task: Task, doing: str) -> Look:
    "That of a task that runs says what it does, as far as the engine has told (else `doing` is empty)."
    known = TASK_NOW.get(doing) if task.state is TaskState.RUNNING else None
    return task_look(task) if known is None else Look(known.family, known.shape, known.word, doing)


def lacks_look(locks: bool) -> Look:
    "Of what could start but for locks, or for a process."
    return WAITS_FOR_LOCK if locks else WAITS_FOR_PROCESS


def job_look(job: JobRow) -> Look:
    """A disabled job is shown as such even when it is stopped too, because unstopping would not help. One that runs
    already and waits for a further process or a lock runs."""
    if not job.enabled:
        return DISABLED
    if job.waits_since and job.state is JobState.PENDING:
        lacks = lacks_look(bool(job.waits_locks))
        return Look(lacks.family, lacks.shape, lacks.word, job.state)
    return look(JOB, job.state)


def run_look(run: Run) -> Look:
    "A round of an order through its chain."
    if run.ended_at is None:
        return RUNNING
    return FAILED if run.failed else FINISHED


def step_look(step: Step) -> Look:
    if step.ended_at is None:
        return RUNNING
    return FAILED if step.problem or step.exit_code else FINISHED
