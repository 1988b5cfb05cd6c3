"One task, and its log that follows while the task runs."

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request

from models import read
from scheduler.records import Task
from web import database, paging, scope, task_log
from web.fragments import page_or_fragment, wants_fragment

blueprint = Blueprint("tasks", __name__, url_prefix="/s/<scheduler_id>/tasks")


@blueprint.get("/<int:task_id>")
def page(scheduler_id: str, task_id: int) -> str:
    scope.enter(scheduler_id)
    task = _task(scheduler_id, task_id)
    scope.watch("task", str(task_id))
    parts = {"task": "tasks/_task.html"}
    log = None
    if not (wants_fragment() and request.args.get("part") in parts):
        log = task_log.read_log(database.read(), scheduler_id, task, None, None)
    return page_or_fragment("tasks/page.html", parts, task=task, log=log)


@blueprint.get("/<int:task_id>/-/log")
def log(scheduler_id: str, task_id: int) -> str:
    "htmx: the lines from `?from=` on, and the next question while the task runs. Else: the log as a page."
    task = _task(scheduler_id, task_id)
    found = task_log.read_log(database.read(), scheduler_id, task, paging.number("from"), paging.number("line"))
    if wants_fragment():
        return render_template("tasks/_log_lines.html", task=task, log=found, scheduler=scheduler_id)
    scope.enter(scheduler_id)
    return render_template("tasks/log.html", task=task, log=found)


@blueprint.get("/<int:task_id>/-/log.txt")
def raw(scheduler_id: str, task_id: int) -> Response:
    "The whole log of an ended task as a download."
    content = read.task_log(database.read(), scheduler_id, _task(scheduler_id, task_id).id)
    if content is None:
        abort(404)
    answer = Response(content, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="task-{task_id}.log"'
    return answer


def _task(scheduler_id: str, task_id: int) -> Task:
    if task_id >= 2**63:
        abort(404)
    task = read.task(database.read(), scheduler_id, task_id)
    if task is None:
        abort(404)
    return task
