"""Which event leads from which state of a job to which. What is not in the table is refused.

PENDING and STOPPED have no running task, RUNNING and STOPPING have at least one.
"""

from __future__ import annotations

from enum import StrEnum

from scheduler.errors import Code, WorkloadError
from scheduler.records import JobState as S


class JobEvent(StrEnum):
    TASK_STARTED = "task_started"
    LAST_TASK_ENDED = "last_task_ended"
    STOP = "stop"
    UNSTOP = "unstop"
    FAIL = "fail"            # the engine itself cannot run its tasks


E = JobEvent

TABLE: dict[tuple[S, E], S] = {
    (S.PENDING, E.TASK_STARTED): S.RUNNING,
    (S.PENDING, E.STOP): S.STOPPED,
    (S.PENDING, E.UNSTOP): S.PENDING,
    (S.PENDING, E.FAIL): S.ERROR,
    (S.RUNNING, E.TASK_STARTED): S.RUNNING,
    (S.RUNNING, E.LAST_TASK_ENDED): S.PENDING,
    (S.RUNNING, E.STOP): S.STOPPING,
    (S.RUNNING, E.UNSTOP): S.RUNNING,
    (S.RUNNING, E.FAIL): S.STOPPING,
    (S.STOPPING, E.LAST_TASK_ENDED): S.STOPPED,
    (S.STOPPING, E.STOP): S.STOPPING,
    (S.STOPPING, E.UNSTOP): S.RUNNING,
    (S.STOPPING, E.FAIL): S.STOPPING,
    (S.STOPPED, E.STOP): S.STOPPED,
    (S.STOPPED, E.UNSTOP): S.PENDING,
    (S.STOPPED, E.FAIL): S.ERROR,
    (S.ERROR, E.STOP): S.STOPPED,
    (S.ERROR, E.UNSTOP): S.PENDING,
    (S.ERROR, E.FAIL): S.ERROR,
}

#: states in which a task may start
MAY_START = (S.PENDING, S.RUNNING)


def after(state: S, event: E, path: str) -> S:
    "The state that follows. Raises WRONG_STATE when the event is not possible now."
    try:
        return TABLE[state, event]
    except KeyError:
        raise WorkloadError(Code.WRONG_STATE, kind="Job", name=path, state=state.value, event=event.value) from None
