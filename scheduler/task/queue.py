"""Tasks that were asked for by command and wait in their job's queue."""

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.job.activation import plan_of
from scheduler.job.lifecycle import JobEvent, after
from scheduler.job.requisites import missing
from scheduler.job.times import begun_again, opens
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
    unstop: bool | None = None,
    cause: Cause = Cause.NONE,
    actor: str = "",
    client: str = "",
) -> tuple[Task, Change]:
    """A new task in the job's queue, for `start_at` (None: never by itself). With `force` it needs no period.

    `unstop` (None: as `force`) lets a stopped job go on. Raises JOB_IN_ERROR, JOB_LEAVES, and NO_PERIOD when the task
    needs a period and none is ahead.
    """
    if job.state is JobState.ERROR:
        raise WorkloadError(Code.JOB_IN_ERROR, job=job.path, problem=job.problem or "")
    file = world.files.get(FileKey("job", job.key))
    if file is not None and file.removed:
        raise WorkloadError(Code.JOB_LEAVES, job=job.path)
    if not force and start_at is not None and not _could_start(world, job, max(start_at, now)):
        raise WorkloadError(Code.NO_PERIOD, job=job.path)
    number = world.number(Counter.TASK)
    task = Task(
        number.value, job.path, TaskState.QUEUED, cause, name=name, params=params, environment=environment,
        enqueued_at=now, start_at=start_at, force=force, actor=actor, client=client,
    )  # fmt: skip
    puts: list[Record] = [number, task]
    if job.stopped and (force if unstop is None else unstop):
        puts.append(unstopped(job, now))
    return task, Change(Kind.TASK_QUEUED, job.path, put=tuple(puts), detail={"task": task.id})


def _could_start(world: World, job: Job, since: datetime) -> bool:
    "Whether a period is ahead; of a job that lacks something nobody can say that there is none."
    return bool(missing(world, job.definition)) or opens(plan_of(world, job), since)


def unstopped(job: Job, now: datetime) -> Job:
    "The job as it goes on: its errors are forgotten, and what it missed is lost."
    times = begun_again(job.times, job.times.plan, now) if job.times is not None else None
    state = after(job.state, JobEvent.UNSTOP, job.path)
    return replace(job, state=state, delay_until=None, errors_in_a_row=0, times=times)
