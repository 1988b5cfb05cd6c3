"""What the end of a task does to its job: idle again, delayed after errors, or stopped."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.definitions import JobDefinition
from scheduler.job.lifecycle import JobEvent, after
from scheduler.records import Cause, Counter, Job, JobState, Task, TaskState
from scheduler.world import World


def job_after_task(world: World, task: Task, now: datetime) -> list[Change]:
    "The job after `task` has ended (the World still counts it as running)."
    job = world.jobs.get(task.job_key)
    if job is None:
        return []
    last = world.running_count(job.key) <= 1
    idle = after(job.state, JobEvent.LAST_TASK_ENDED, job.path) if last and job.state in _BUSY else job.state
    current = replace(job, state=idle, state_text=task.state_text or job.state_text)
    if task.problem is None:
        return [_succeeded(current)]
    return [_failed(world, current, task, now)]


_BUSY = (JobState.RUNNING, JobState.STOPPING)


def _succeeded(job: Job) -> Change:
    if job.errors_in_a_row == 0 and job.problem is None:
        return Change(Kind.JOB_CHANGED, job.path, keep=(job,))
    return Change(Kind.JOB_CHANGED, job.path, put=(replace(job, errors_in_a_row=0, delay_until=None, problem=None),))


def _failed(world: World, job: Job, task: Task, now: datetime) -> Change:
    definition = job.definition
    errors = job.errors_in_a_row + 1
    failed = replace(job, errors_in_a_row=errors, problem=task.problem)
    if definition.delays_after_error:
        delay = delay_after(definition, errors)
        if delay is not None:
            until = now + timedelta(seconds=delay) if delay else None
            return Change(Kind.JOB_CHANGED, job.path, put=(replace(failed, delay_until=until),))
        return stopped(failed, "delay_after_error")
    if definition.stop_on_error:
        return stopped(failed, "stop_on_error")
    return Change(Kind.JOB_CHANGED, job.path, put=(failed,))


def stopped(job: Job, reason: str) -> Change:
    "The job with no further starts; tasks that run are left to end."
    state = after(job.state, JobEvent.STOP, job.path)
    return Change(Kind.JOB_STOPPED, job.path, put=(replace(job, state=state),), detail={"reason": reason})


def delay_after(definition: JobDefinition, errors: int) -> float | None:
    "Seconds to wait after that many errors in a row; None: stop the job. No fitting entry: no wait."
    fitting = [entry for entry in definition.delays_after_error if entry.error_count <= errors]
    return max(fitting, key=lambda entry: entry.error_count).seconds if fitting else 0.0


def task_again(world: World, task: Task, now: datetime) -> list[Change]:
    """A task without order that failed in a job with `delay_after_error` starts again, with its parameters."""
    job = world.jobs.get(task.job_key)
    if job is None or task.problem is None or task.chain or not job.definition.delays_after_error:
        return []
    delay = delay_after(job.definition, job.errors_in_a_row + 1)
    if delay is None or task.killed_for is not None:
        return []
    number = world.number(Counter.TASK)
    again = Task(
        number.value, task.job, TaskState.QUEUED, Cause.DELAY_AFTER_ERROR, params=task.params,
        environment=task.environment, enqueued_at=now, start_at=now + timedelta(seconds=delay),
    )  # fmt: skip
    return [
        Change(Kind.TASK_QUEUED, task.job, put=(number, again), detail={"task": again.id, "cause": again.cause.value})
    ]
