"""How long steps take, and what is said when that is too short or too long. Of a shell job the task is the step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler import paths
from scheduler.actions import Action, LogLine, SendMail, TaskLogLine
from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.definitions import JobDefinition
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.mail.letters import warning_mail
from scheduler.records import Job, Task
from scheduler.task.api_fields import is_api
from scheduler.task.limits import average_seconds, long_due, long_limit, step_begun
from scheduler.world import World


def too_long(world: World, task_id: int, now: datetime) -> Decision | None:
    "The warning that a step takes longer than it should, once, when the limit is reached."
    task = world.tasks.get(task_id)
    job = world.jobs.get(task.job_key) if task is not None else None
    if task is None or job is None or not task.has_process:
        return None
    due, limit = long_due(job, task), long_limit(job)
    if due is None or due > now:
        return None
    problem = WorkloadError(Code.TOO_LONG, limit=f"{limit:g}").problem
    told = replace(task, told_long=step_begun(job.definition, task))
    change = Change(Kind.TASK_WARNED, task.job, put=(told,), detail=detail_of(task, problem))
    mail = warning_mail(world, job.definition, task, problem)
    return Decision([change], [*lines(task, "warn", problem), *([SendMail(mail)] if mail is not None else [])])


def api_step_over(world: World, task: Task, failed: bool, now: datetime) -> Iterator[Decision]:
    "A step of a Python job has ended; `task` as it was during the step."
    job = world.jobs.get(task.job_key)
    begun = task.server.step_at if task.server is not None else None
    if job is None or begun is None or failed:
        return
    seconds = (now - begun).total_seconds()
    problem = too_short(job, seconds)
    if problem is not None:
        mail = warning_mail(world, job.definition, task, problem)
        yield Decision(actions=[*lines(task, "warn", problem), *([SendMail(mail)] if mail is not None else [])])
    yield from _counted(job, seconds)


def task_too_short(job: Job, task: Task) -> Problem | None:
    "The warning about a shell task that has succeeded too soon."
    seconds = _seconds(task)
    if seconds is None or task.problem is not None or is_api(job.definition):
        return None
    return too_short(job, seconds)


def too_short(job: Job, seconds: float) -> Problem | None:
    given = job.definition.warn_if_shorter_than
    limit = given.seconds(average_seconds(job)) if given is not None else None
    if limit is None or seconds >= limit:
        return None
    return WorkloadError(Code.TOO_SHORT, seconds=f"{seconds:.3g}", limit=f"{limit:g}").problem


def measured(job: Job, task: Task) -> Iterator[Decision]:
    "A shell task has ended."
    seconds = _seconds(task)
    if seconds is not None and task.problem is None and not is_api(job.definition):
        yield from _counted(job, seconds)


def _counted(job: Job, seconds: float) -> Iterator[Decision]:
    "The average duration of successful steps, for jobs that ask for it."
    if _asks_for_average(job.definition):
        counted = replace(job, good_steps=job.good_steps + 1, good_seconds=job.good_seconds + seconds)
        yield Decision([Change(Kind.JOB_CHANGED, job.path, put=(counted,))])


def _asks_for_average(job: JobDefinition) -> bool:
    limits = (job.warn_if_shorter_than, job.warn_if_longer_than)
    return any(limit is not None and limit.percent for limit in limits)


def _seconds(task: Task) -> float | None:
    if task.started_at is None or task.ended_at is None:
        return None
    return (task.ended_at - task.started_at).total_seconds()


def lines(task: Task, level: str, problem: Problem) -> list[Action]:
    "The line in the task's log, and the one in the engine's."
    title = f"{paths.bare(task.job)}:{task.id}"
    return [
        TaskLogLine(task.id, task.log_file, title, level, str(problem)),
        LogLine(level, f"Task {title}: {problem}", detail_of(task, problem)),
    ]


def detail_of(task: Task, problem: Problem) -> dict[str, object]:
    return {"task": task.id, "job": task.job, "error": problem.code, "text": problem.text}
