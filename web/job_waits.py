"Jobs that wait for a process of their class or for locks, and their tasks in the queue, as the engine records it."

from __future__ import annotations

from flask import Flask, g, request

from models import read
from scheduler.job_wait import JobWait
from scheduler.records import Task, TaskState
from web import database, states
from web.display import now
from web.states import Look


def task_look(task: Task) -> Look:
    "As `states.task_look`, but what stands in the queue and lacks a process or a lock says so."
    if task.state is TaskState.QUEUED and task.start_at is not None and task.start_at <= now():
        wait = _waits().get(task.job_key)
        return states.task_look(task, states.lacks_look(bool(wait.locks)) if wait else None)
    return states.task_look(task)


def task_look_now(task: Task, doing: str) -> Look:
    "As `states.task_look_now`, and in the queue as above."
    return states.task_look_now(task, doing) if task.state is TaskState.RUNNING else task_look(task)


def job_lacks(path: str) -> Look | None:
    "What a job waits for that could start something otherwise; None: it does not wait so."
    wait = _waits().get(path.lower())
    return states.lacks_look(bool(wait.locks)) if wait else None


def _waits() -> dict[str, JobWait]:
    "Of the scheduler of this request, by job; asked once, and only where a state may be one of those."
    scheduler_id = (request.view_args or {}).get("scheduler_id", "")
    known: dict[str, dict[str, JobWait]] = g.setdefault("job_waits", {})
    if scheduler_id not in known:
        known[scheduler_id] = read.job_waits(database.read(), scheduler_id) if scheduler_id else {}
    return known[scheduler_id]


def install(app: Flask) -> None:
    app.jinja_env.globals.update(task_look=task_look, task_look_now=task_look_now, job_lacks=job_lacks)
