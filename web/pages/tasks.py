"One task, and its log: in windows, followed while the task runs, searched as a whole, downloaded."

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from models import operations, read
from models.operations import Operation
from models.read import statistics
from scheduler.records import Task, TaskState
from web import database, downloads, log_sieve, log_view, paging, resource_use, scope, task_log, why
from web.causes import BY_COMMAND
from web.fragments import page_or_fragment, wants_fragment
from web.log_sieve import EVERYTHING, Sieve
from web.permissions import may, need
from web.viewed_log import ViewedTask

blueprint = Blueprint("tasks", __name__, url_prefix="/s/<scheduler_id>/tasks")


@blueprint.get("/<int:task_id>")
def page(scheduler_id: str, task_id: int) -> str:
    scope.enter(scheduler_id)
    task = _task(scheduler_id, task_id)
    scope.watch("task", str(task_id))
    parts = {"task": "tasks/_task.html"}
    log, viewed = None, log_of(scheduler_id, task)
    readable = may("logs.view", task.job)
    if readable and not (wants_fragment() and request.args.get("part") in parts):
        log = viewed.opened()
    seen = resource_use.of_task(scheduler_id, task)
    times = statistics.times_of(database.read(), scheduler_id, [task.job]).get(task.job.lower(), [])
    return page_or_fragment(
        "tasks/page.html",
        parts,
        task=task,
        log=log,
        sieve=viewed.sieve,
        log_address=viewed.address,
        results=None,
        obstacles=why.job(scheduler_id, task.job) if task.state is TaskState.QUEUED else [],
        started_by=_started_by(scheduler_id, task),
        use=seen.use,
        seen=seen,
        usual=sorted(each.seconds for each in times if not each.failed),
    )


@blueprint.get("/<int:task_id>/-/log")
def log(scheduler_id: str, task_id: int) -> str:
    """htmx: the lines from `?from=` on and the next question, those before `?before=`, or a `?part=`: how the task
    stands (`head`), what a search finds (`results`), where errors lie (`map`), the line `?whole=` of the window in full
    (`line`). Else: a page."""
    task = _task(scheduler_id, task_id)
    need("logs.view", task.job)
    viewed = log_of(scheduler_id, task, log_sieve.asked())
    results, part = viewed.results(), request.args.get("part") if wants_fragment() else None
    context = {"task": task, "log_address": viewed.address, "results": results, "scheduler": scheduler_id}
    context |= {"sieve": viewed.sieve, "together": viewed.together}
    if part == "results":
        return render_template("tasks/_results.html", **context)
    if part == "head":
        scope.enter(scheduler_id)
        return render_template("tasks/_log_head.html", task=task)
    if part == "map":
        return render_template("log/_map.html", map=viewed.map())
    before, found = paging.number("before"), viewed.asked()
    if part == "line":
        return log_view.whole_line(found.window)
    if wants_fragment():
        template = "tasks/_log_lines.html" if before is None else "tasks/_log_before.html"
        return render_template(template, log=found, **context)
    scope.enter(scheduler_id)
    scope.watch("task", str(task_id))
    return render_template("tasks/log.html", log=found, **context)


@blueprint.get("/<int:task_id>/-/log.txt")
@blueprint.get("/<int:task_id>/-/log.txt.gz", endpoint="raw_gz")
def raw(scheduler_id: str, task_id: int) -> Response:
    """The whole log as a download, or the lines that are asked for; of a task that runs as far as it is written.

    `?show=`: for the browser to show it as text.
    """
    task = _task(scheduler_id, task_id)
    need("logs.view", task.job)
    content = task_log.pieces(database.read(), scheduler_id, task)
    if content is None:
        abort(404)
    viewed = log_of(scheduler_id, task, log_sieve.asked())
    name = downloads.name(f"task-{task_id}", viewed.sieve)
    return downloads.text(viewed.pieces(content), name, request.path.endswith(".gz"), "show" in request.args)


def _started_by(scheduler_id: str, task: Task) -> Operation | None:
    "Who started it on these pages, as far as it is known."
    if task.cause not in BY_COMMAND:
        return None
    return operations.that_started(database.read(), scheduler_id, task)


def log_of(scheduler_id: str, task: Task, sieve: Sieve = EVERYTHING) -> ViewedTask:
    "As the reader of this request sees it; what else is wanted of it is asked at the task's own address."
    at: dict[str, Any] = {"scheduler_id": scheduler_id, "task_id": task.id, **sieve.arguments}
    return ViewedTask(database.read(), scheduler_id, task, sieve, lambda **more: url_for("tasks.log", **at | more))


def _task(scheduler_id: str, task_id: int) -> Task:
    if task_id >= 2**63:
        abort(404)
    task = read.task(database.read(), scheduler_id, task_id)
    if task is None:
        abort(404)
    return task
