"""Tasks that were asked for by command and wait in their job's queue."""

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.job.lifecycle import JobEvent, after
from scheduler.params import NONE, Params
from scheduler.records import Cause, Counter, FileKey, Job, JobState, Record, Task, TaskState
from scheduler.world import World


def enqueue(
    world: World,
    job: Job,
    now: datetime,
    start_at: datetime | None,
    *,
    params: Params = NONE,
    environment: tuple[tuple[str, str], ...] = (),
    name: str = "",
    force: bool = True,
    cause: Cause = Cause.NONE,
) -> tuple[Task, Change]:
    """A new task in the job's queue, for `start_at` (None: never by itself). `force` un-stops a stopped job.

    Raises JOB_IN_ERROR and JOB_LEAVES.
    """
    if job.state is JobState.ERROR:
        raise WorkloadError(Code.JOB_IN_ERROR, job=job.path, problem=job.problem or "")
    file = world.files.get(FileKey("job", job.key))
    if file is not None and file.removed:
        raise WorkloadError(Code.JOB_LEAVES, job=job.path)
    number = world.number(Counter.TASK)
    task = Task(
        number.value, job.path, TaskState.QUEUED, cause, name=name, params=params, environment=environment,
        enqueued_at=now, start_at=start_at, force=force,
    )  # fmt: skip
    puts: list[Record] = [number, task]
    if force and job.stopped:
        puts.append(unstopped(job))
    return task, Change(Kind.TASK_QUEUED, job.path, put=tuple(puts), detail={"task": task.id})


def unstopped(job: Job) -> Job:
    return replace(job, state=after(job.state, JobEvent.UNSTOP, job.path), delay_until=None, errors_in_a_row=0)
