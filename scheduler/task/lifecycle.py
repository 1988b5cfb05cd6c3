"""Which event leads from which state of a task to which. What is not in the table is refused."""

from __future__ import annotations

from enum import StrEnum

from scheduler.errors import Code, WorkloadError
from scheduler.records import TaskState as S


class TaskEvent(StrEnum):
    START = "start"          # it leaves the queue
    SPAWNED = "spawned"      # its process exists
    KILL = "kill"            # by command or timeout
    END = "end"              # the process has ended, could not be started, or was lost with the engine


E = TaskEvent

TABLE: dict[tuple[S, E], S] = {
    (S.QUEUED, E.START): S.STARTING,
    (S.QUEUED, E.KILL): S.ENDED,
    (S.STARTING, E.SPAWNED): S.RUNNING,
    (S.STARTING, E.KILL): S.KILLING,
    (S.STARTING, E.END): S.ENDED,
    (S.RUNNING, E.KILL): S.KILLING,
    (S.RUNNING, E.END): S.ENDED,
    (S.KILLING, E.SPAWNED): S.KILLING,       # the kill came first; the rim has it and carries it out
    (S.KILLING, E.KILL): S.KILLING,
    (S.KILLING, E.END): S.ENDED,
}


def after(state: S, event: E, task_id: int) -> S:
    "The state that follows. Raises WRONG_STATE when the event is not possible now."
    try:
        return TABLE[state, event]
    except KeyError:
        raise WorkloadError(
            Code.WRONG_STATE, kind="Task", name=task_id, state=state.value, event=event.value
        ) from None
