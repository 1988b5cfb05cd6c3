"One task, and its log: in windows, followed while the task runs, searched as a whole, downloaded."

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from models import operations, read
from models.operations import Operation
from models.read import statistics
from scheduler.records import Cause, Task, TaskState
from web import database, downloads, log_channels, log_view, paging, resource_use, scope, task_log, why
from web.fragments import page_or_fragment, wants_fragment
from web.log_channels import Channel, Unmarked
from web.log_view import Results
from web.permissions import may, need

#: a task that waits in the queue has no cause yet
_BY_COMMAND = (Cause.NONE, Cause.QUEUE, Cause.QUEUE_AT)

blueprint = Blueprint("tasks", __name__, url_prefix="/s/<scheduler_id>/tasks")


@blueprint.get("/<int:task_id>")
def page(scheduler_id: str, task_id: int) -> str:
    scope.enter(scheduler_id)
    task = _task(scheduler_id, task_id)
    scope.watch("task", str(task_id))
    parts = {"task": "tasks/_task.html"}
    log = None
    readable = may("logs.view", task.job)
    if readable and not (wants_fragment() and request.args.get("part") in parts):
        log = task_log.read_log(database.read(), scheduler_id, task, None, None)
    times = statistics.times_of(database.read(), scheduler_id, [task.job]).get(task.job.lower(), [])
    return page_or_fragment(
        "tasks/page.html",
        parts,
        task=task,
        log=log,
        channel=None,
        log_address=_log_address(scheduler_id, task_id),
        results=None,
        obstacles=why.job(scheduler_id, task.job) if task.state is TaskState.QUEUED else [],
        started_by=_started_by(scheduler_id, task),
        use=resource_use.of_task(scheduler_id, task),
        usual=sorted(each.seconds for each in times if not each.failed),
    )


@blueprint.get("/<int:task_id>/-/log")
def log(scheduler_id: str, task_id: int) -> str:
    """htmx: the lines from `?from=` on and the next question, those before `?before=`, (`part=results`) what a
    search finds, or (`part=line`) the line `?whole=` of the window in full. Else: the log as a page."""
    task = _task(scheduler_id, task_id)
    need("logs.view", task.job)
    address, results = _log_address(scheduler_id, task_id), _results(scheduler_id, task)
    channel = log_view.channel()
    of_unmarked = Unmarked.BOTH if channel is None else task_log.unmarked(database.read(), scheduler_id, task)
    together = channel not in (None, Channel.MAIN) and of_unmarked is Unmarked.BOTH
    context = {"task": task, "log_address": address, "results": results, "scheduler": scheduler_id}
    context |= {"channel": channel, "together": together}
    if wants_fragment() and request.args.get("part") == "results":
        return render_template("tasks/_results.html", **context)
    before = paging.number("before")
    if before is not None:
        found = task_log.read_before(database.read(), scheduler_id, task, before)
    else:
        found = task_log.read_log(
            database.read(), scheduler_id, task, paging.number("from"), paging.number("line")
        )
    found = found.of_channel(channel, of_unmarked).with_whole(paging.number("whole"))
    if wants_fragment() and request.args.get("part") == "line":
        return log_view.whole_line(found.window)
    if wants_fragment():
        template = "tasks/_log_lines.html" if before is None else "tasks/_log_before.html"
        return render_template(template, log=found, **context)
    scope.enter(scheduler_id)
    return render_template("tasks/log.html", log=found, **context)


@blueprint.get("/<int:task_id>/-/log.txt")
@blueprint.get("/<int:task_id>/-/log.txt.gz", endpoint="raw_gz")
def raw(scheduler_id: str, task_id: int) -> Response:
    "The whole log as a download, or its lines of one `?channel=`; of a task that runs as far as it is written."
    task = _task(scheduler_id, task_id)
    need("logs.view", task.job)
    content = task_log.pieces(database.read(), scheduler_id, task)
    if content is None:
        abort(404)
    channel = log_view.channel()
    if channel is not None:
        of_unmarked = task_log.unmarked(database.read(), scheduler_id, task)
        content = log_channels.pieces(content, channel, of_unmarked)
    name = f"task-{task_id}.log" if channel is None else f"task-{task_id}-{channel}.log"
    return downloads.text(content, name, packed=request.path.endswith(".gz"))


def _started_by(scheduler_id: str, task: Task) -> Operation | None:
    "Who started it on these pages, as far as it is known."
    if task.cause not in _BY_COMMAND:
        return None
    return operations.that_started(database.read(), scheduler_id, task)


def _results(scheduler_id: str, task: Task) -> Results | None:
    search = log_view.asked()
    if not search.any or search.fault:
        return Results(search) if search.fault else None
    found = task_log.find(database.read(), scheduler_id, task, search, search.after, log_view.MOST)
    return log_view.results(search, found, _log_address(scheduler_id, task.id))


def _log_address(scheduler_id: str, task_id: int) -> Callable[..., str]:
    at: dict[str, Any] = {"scheduler_id": scheduler_id, "task_id": task_id, "channel": log_view.channel()}
    return lambda **arguments: url_for("tasks.log", **at | arguments)


def _task(scheduler_id: str, task_id: int) -> Task:
    if task_id >= 2**63:
        abort(404)
    task = read.task(database.read(), scheduler_id, task_id)
    if task is None:
        abort(404)
    return task
