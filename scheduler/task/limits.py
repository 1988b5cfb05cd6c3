"How long a task should take at least and at most, by the attributes of its job."

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.definitions import JobDefinition
from scheduler.records import Job, Task


def average_seconds(job: Job) -> float | None:
    "The mean duration of the job's successful tasks; None while there was none."
    return job.good_seconds / job.good_steps if job.good_steps else None


def has_limits(job: JobDefinition) -> bool:
    "Whether it matters how long each step takes."
    return job.warn_if_shorter_than is not None or job.warn_if_longer_than is not None


def long_limit(job: Job) -> float | None:
    "Seconds after which a running task is worth a warning; None: it never is."
    given = job.definition.warn_if_longer_than
    return given.seconds(average_seconds(job)) if given is not None else None


def long_due(job: Job, task: Task) -> datetime | None:
    "When the running step is worth that warning; None: never, or it was given."
    limit = long_limit(job)
    begun = step_begun(job.definition, task) if limit is not None else None
    if limit is None or begun is None or task.told_long == begun:
        return None
    return begun + timedelta(seconds=limit)


def step_begun(job: JobDefinition, task: Task) -> datetime | None:
    "When the step began whose duration is limited; of a shell job the task. None: the task makes no step just now."
    return task.server.step_at if task.server is not None and job.script.language != "shell" else task.started_at
