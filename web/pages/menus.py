"The menu of a row: everything that the reader may do with the object."

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models import read
from web import database, scope
from web.actions import kinds
from web.actions.offers import offers
from web.fragments import wants_fragment

blueprint = Blueprint("menus", __name__, url_prefix="/s/<scheduler_id>/menu")


@blueprint.get("/<kind>")
def menu(scheduler_id: str, kind: str) -> str | Response:
    """`name` is the object as the journal names it; of an order chain, comma, id; of a node chain, comma, state.

    `?to=log` leads to its log.
    """
    scope.enter(scheduler_id)
    name = request.args.get("name", "")
    keys = _keys(scheduler_id, kind, name)
    if keys is None:
        abort(404)
    target = kinds.target_of(kind, scheduler_id, keys)
    log = _log(scheduler_id, keys)
    if request.args.get("to") == "log":
        return redirect(log or target.page, 303)
    template = "actions/_menu.html" if wants_fragment() else "actions/menu.html"
    return render_template(template, found=offers(kind, **keys), target=target, log=log)


def _keys(scheduler_id: str, kind: str, name: str) -> dict[str, str] | None:
    connection = database.read()
    if kind == "job" and (job := read.job(connection, scheduler_id, name)):
        return {"path": job.job.path}
    if kind == "chain" and (chain := read.chain(connection, scheduler_id, name)):
        return {"chain": chain.chain.path}
    if kind == "node":
        path, _, state = name.partition(",")
        found = read.chain(connection, scheduler_id, path)
        if found and any(node.state == state and not node.is_end for node in found.nodes):
            return {"chain": found.chain.path, "state": state}
    if kind == "order":
        path, _, order_id = name.partition(",")
        if read.order(connection, scheduler_id, path, order_id):
            return {"chain": path, "order_id": order_id}
    if kind == "task" and name.isascii() and name.isdecimal() and len(name) < 19:
        task = read.task(connection, scheduler_id, int(name))
        if task is not None:
            return {"job": task.job, "task_id": name}
    return None


def _log(scheduler_id: str, keys: dict[str, str]) -> str:
    "Of a job that of its newest task, of an order that of its newest run; empty: there is none."
    if "task_id" in keys:
        return url_for("tasks.log", scheduler_id=scheduler_id, task_id=int(keys["task_id"]))
    if "path" in keys:
        tasks = read.tasks(database.read(), scheduler_id, job=keys["path"], limit=1)
        return url_for("tasks.log", scheduler_id=scheduler_id, task_id=tasks[0].id) if tasks else ""
    if "order_id" in keys:
        runs = read.order_runs(database.read(), scheduler_id, keys["chain"], keys["order_id"], limit=1)
        at = {"scheduler_id": scheduler_id, **keys}
        return url_for("order_logs.page", history_id=runs[0].history_id, **at) if runs else ""  # type: ignore[arg-type]
    return ""
