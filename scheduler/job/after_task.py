"""What the end of a task does to its job: idle again, delayed after errors, stopped, or gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.changes import Change, Dropped, Kind
from scheduler.copying import replace
from scheduler.definitions import JobDefinition
from scheduler.errors import Code
from scheduler.job.activation import starts_at_other
from scheduler.job.lifecycle import JobEvent, after
from scheduler.job.times import after_last_task
from scheduler.plan.override import PlanKey
from scheduler.plan.starts import without_replaced
from scheduler.records import Cause, Counter, FileKey, FileState, Job, JobState, ObjectKind, SourceFile, Task, TaskState
from scheduler.world import World


def job_after_task(world: World, task: Task, now: datetime) -> list[Change]:
    "The job after `task` has ended (the World still counts it as running)."
    job = world.jobs.get(task.job_key)
    if job is None:
        return []
    is_last = world.running_count(job.key) <= 1
    if is_last and job.definition.temporary:
        return [_left(world, job)]
    current = _idle(world, job, task, now) if is_last else job
    if task.state_text and task.state_text != job.state_text:
        current = replace(current, state_text=task.state_text)
    if task.problem is None:
        return [_succeeded(job, current)]
    return [_failed(current, task, now)]


_BUSY = (JobState.RUNNING, JobState.STOPPING)


def _idle(world: World, job: Job, task: Task, now: datetime) -> Job:
    state = after(job.state, JobEvent.LAST_TASK_ENDED, job.path) if job.state in _BUSY else job.state
    times = after_last_task(job.times, task.started_at or now, now) if job.times is not None else None
    if times is not None and world.overrides:
        times = without_replaced(world.overrides, PlanKey("job", job.key), times)
    return replace(job, state=state, times=times)


def _left(world: World, job: Job) -> Change:
    """A temporary job has done its work. Its file, if it has one, is kept in mind, so that it is not read again; one
    that a command defined is forgotten."""
    file = world.files.get(FileKey(ObjectKind.JOB.value, job.key))
    queue: list[Dropped] = [(Task, queued.id) for queued in world.queued_of(job.key)]
    if file is not None and file.by_command:
        queue.append((SourceFile, file.key))
        file = None
    put = (replace(file, state=FileState.CLOSED),) if file is not None else ()
    return Change(Kind.JOB_REMOVED, job.path, put=put, drop=((Job, job.key), *queue), detail={"reason": "temporary"})


def _succeeded(before: Job, job: Job) -> Change:
    if job.errors_in_a_row == 0 and job.problem is None and not starts_at_other(before, job):
        return Change(Kind.JOB_CHANGED, job.path, keep=(job,))
    return Change(Kind.JOB_CHANGED, job.path, put=(replace(job, errors_in_a_row=0, delay_until=None, problem=None),))


def _failed(job: Job, task: Task, now: datetime) -> Change:
    definition = job.definition
    failed = replace(job, errors_in_a_row=job.errors_in_a_row + 1, problem=task.problem)
    if task.server is not None and task.server.repeat is not None:
        return Change(Kind.JOB_CHANGED, job.path, put=(failed,))
    if not definition.delays_after_error:
        if definition.stop_on_error:
            return _unable(failed) if _is_not_started(task) else stopped(failed, "stop_on_error")
        return Change(Kind.JOB_CHANGED, job.path, put=(failed,))
    delay = delay_after(definition, failed.errors_in_a_row)
    if delay is None:
        return stopped(failed, "delay_after_error")
    until = now + timedelta(seconds=delay)
    delayed = replace(failed, delay_until=until)
    if task.cause is not Cause.ORDER and task.enqueued_at is None and job.times is not None:
        # nobody else starts it again: neither an order nor the queue (see `task_again`)
        delayed = replace(delayed, times=replace(job.times, next_repeat=until))
    return Change(Kind.JOB_CHANGED, job.path, put=(delayed,))


def stopped(job: Job, reason: str) -> Change:
    "The job with no further starts; tasks that run are left to end."
    state = after(job.state, JobEvent.STOP, job.path)
    return Change(Kind.JOB_STOPPED, job.path, put=(replace(job, state=state),), detail={"reason": reason})


def _is_not_started(task: Task) -> bool:
    return task.problem is not None and task.problem.code in (Code.NOT_STARTED.code, Code.NO_LOG.code)


def _unable(job: Job) -> Change:
    """The engine itself could not start a task: state error, in which no start by command is possible either, until
    `unstop` or the next start of the engine. A job with `stop_on_error="no"` or `delay_after_error` tries again."""
    state = after(job.state, JobEvent.FAIL, job.path)
    return Change(Kind.JOB_STOPPED, job.path, put=(replace(job, state=state),), detail={"reason": "not_started"})


def delay_after(definition: JobDefinition, errors: int) -> float | None:
    "Seconds to wait after that many errors in a row; None: stop the job. No fitting entry: no wait."
    fitting = [entry for entry in definition.delays_after_error if entry.error_count <= errors]
    return max(fitting, key=lambda entry: entry.error_count).seconds if fitting else 0.0


def task_again(world: World, task: Task, now: datetime) -> list[Change]:
    """A task of the queue that failed in a job with `delay_after_error` goes there again, with its parameters, to start
    after the delay and in a period."""
    job = world.jobs.get(task.job_key)
    if job is None or task.problem is None or task.chain or task.enqueued_at is None:
        return []
    if task.server is not None and task.server.repeat is not None:
        return []
    delay = delay_after(job.definition, job.errors_in_a_row + 1) if job.definition.delays_after_error else None
    if delay is None:
        return []
    number = world.number(Counter.TASK)
    again = Task(
        number.value, task.job, TaskState.QUEUED, Cause.DELAY_AFTER_ERROR, name=task.name, params=task.params,
        environment=task.environment, enqueued_at=now, start_at=now + timedelta(seconds=delay), force=False,
    )  # fmt: skip
    return [
        Change(Kind.TASK_QUEUED, task.job, put=(number, again), detail={"task": again.id, "cause": again.cause.value})
    ]
