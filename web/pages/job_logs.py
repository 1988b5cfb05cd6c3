"The log to which all tasks of a job are appended (`log_append`): in the viewer, and as a download."

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from web import database, downloads, log_secrets, log_sieve, log_view, paging, scope
from web.fragments import wants_fragment
from web.permissions import need
from web.viewed_log import ViewedEngine

blueprint = Blueprint("job_logs", __name__, url_prefix="/s/<scheduler_id>/jobs/<object:path>/-")


@blueprint.get("/log")
def page(scheduler_id: str, path: str) -> str:
    "As the log of the scheduler: windows, search, and lines that follow."
    viewed = _viewed(scheduler_id, path)
    part = request.args.get("part") if wants_fragment() else None
    context: dict[str, Any] = {"log_address": viewed.address, "results": viewed.results(), "scheduler": scheduler_id}
    context |= {"sieve": viewed.sieve, "path": path}
    if part == "results":
        return render_template("tasks/_results.html", **context)
    if part == "map":
        return render_template("log/_map.html", map=viewed.map())
    log = viewed.asked()
    if part == "line":
        return log_view.whole_line(log.window)
    if wants_fragment():
        template = "tasks/_log_lines.html" if paging.number("before") is None else "tasks/_log_before.html"
        return render_template(template, log=log, **context)
    scope.enter(scheduler_id)
    return render_template("jobs/log.html", log=log, **context)


@blueprint.get("/log.txt")
@blueprint.get("/log.txt.gz", endpoint="raw_gz")
def raw(scheduler_id: str, path: str) -> Response:
    "The whole log as a download, or the lines that are asked for. `?show=`: for the browser to show it as text."
    viewed = _viewed(scheduler_id, path)
    content = viewed.pieces()
    if content is None:
        abort(404)
    name = downloads.name(f"job-{path.strip('/').replace('/', '-')}", viewed.sieve)
    return downloads.text(content, name, request.path.endswith(".gz"), "show" in request.args)


def _viewed(scheduler_id: str, path: str) -> ViewedEngine:
    need("logs.view", path)
    sieve = log_sieve.asked()
    at: dict[str, Any] = {"scheduler_id": scheduler_id, "path": path, **sieve.arguments}
    secrets = log_secrets.of_job(database.read(), scheduler_id, path)
    return ViewedEngine(scheduler_id, sieve, lambda **more: url_for("job_logs.page", **at | more), path, secrets)
