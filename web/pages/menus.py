"The menu of a row: everything that the reader may do with the object."

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models import read
from scheduler.records import OrderState, TaskState
from web import database, scope
from web.actions import kinds
from web.actions.kinds import Target
from web.actions.offers import Offer, offer, offers
from web.batches import clearing
from web.fragments import wants_fragment
from web.pages import menu_ways, object_ways, scheduler_menus
from web.pages.menu_starts import of_starts
from web.pages.menu_ways import Way
from web.permissions import may

blueprint = Blueprint("menus", __name__, url_prefix="/s/<scheduler_id>/menu")

#: what may be gone and still has a menu, and who may see it
_SEEN = {"job": "jobs.view", "chain": "chains.view", "order": "orders.view"}


@blueprint.get("/<kind>")
def menu(scheduler_id: str, kind: str) -> str | Response:
    """`name` is the object as the journal names it; of an order chain, comma, id; of a node chain, comma, state; of a
    file kind, comma, path; of a member, a service and a notice its id.

    `?planned=` or `?brought=` is the start that a row of a job or an order is about, `?change=` the change of it.

    Of a run of an order it is its number. `?to=log` leads to its log, where there is none to its page.
    """
    scope.enter(scheduler_id)
    name = request.args.get("name", "")
    if kind == "run":
        return _of_run(scheduler_id, name)
    row = menu_ways.menu_of(kind, scheduler_id, name) or scheduler_menus.menu_of(kind, scheduler_id, name)
    if row is not None:
        if request.args.get("to") == "log":
            return redirect(row.target.page, 303)
        return _shown(row.target, row.found, ways=row.ways)
    keys = _keys(scheduler_id, kind, name)
    gone = _gone(scheduler_id, kind, name) if keys is None else None
    if keys is None and gone is None:
        abort(404)
    there, keys = keys is not None, keys or gone or {}
    target = kinds.target_of(kind, scheduler_id, keys)
    log = _log(scheduler_id, keys)
    if request.args.get("to") == "log":
        return redirect(log or target.page, 303)
    channels = {
        channel: url_for("tasks.log", scheduler_id=scheduler_id, task_id=int(keys["task_id"]), channel=channel)
        for channel in ("stdout", "stderr")
        if "task_id" in keys
    }
    again = _again(scheduler_id, keys)
    found = offers(kind, **keys) if there else []
    found = of_starts(found, kind, scheduler_id, keys, request.args)
    if kind == "node":
        found += object_ways.of_job_behind(scheduler_id, keys)
    return _shown(
        target,
        found,
        log,
        channels,
        again,
        clearing=clearing(scheduler_id, keys["chain"]) if kind == "chain" and there else "",
        ways=object_ways.ways_of(kind, scheduler_id, keys) if there else (),
    )


def _shown(
    target: Target,
    found: Sequence[Offer],
    log: str = "",
    channels: Mapping[str, str] = MappingProxyType({}),
    again: str = "",
    clearing: str = "",
    ways: Sequence[Way] = (),
) -> str:
    return render_template(
        "actions/_menu.html" if wants_fragment() else "actions/menu.html",
        target=target,
        found=found,
        log=log,
        channels=channels,
        again=again,
        clearing=clearing,
        ways=ways,
    )


def _of_run(scheduler_id: str, name: str) -> str | Response:
    "With the actions on its order, as long as that is in its chain."
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else 0
    run = read.order_run(database.read(), scheduler_id, number)
    if run is None:
        abort(404)
    keys = {"chain": run.chain, "order_id": run.order_id}
    target = kinds.target_of("order", scheduler_id, keys)
    target = replace(target, page=url_for("orders.page", scheduler_id=scheduler_id, run=number, **keys))  # type: ignore[arg-type]
    log = partial(url_for, "order_logs.page", scheduler_id=scheduler_id, history_id=number, **keys)  # type: ignore[arg-type]
    readable = may("logs.view", run.chain)
    if request.args.get("to") == "log":
        return redirect(log() if readable else target.page, 303)
    row = read.order(database.read(), scheduler_id, run.chain, run.order_id)
    here = row is not None and row.order.state is not OrderState.ENDED
    add = None if here else offer("chain", "add-order", chain=run.chain)
    return _shown(
        target,
        offers("order", **keys) if here else [],
        log() if readable else "",
        {channel: log(channel=channel) for channel in ("stdout", "stderr")},
        f"{add.address}?like={number}" if add else "",
    )


def _again(scheduler_id: str, keys: dict[str, str]) -> str:
    """Where the job of a task of its own is started once more with the same parameters, or the order of a task is added
    once more at its node; empty: neither is possible."""
    task = read.task(database.read(), scheduler_id, int(keys["task_id"])) if "task_id" in keys else None
    if task is None or task.state is not TaskState.ENDED:
        return ""
    if task.chain:
        add = offer("chain", "add-order", chain=task.chain) if task.history_id else None
        return f"{add.address}?{urlencode({'like': task.history_id, 'node': task.node})}" if add else ""
    start = offer("job", "start", path=task.job)
    return f"{start.address}?like={task.id}" if start else ""


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


def _gone(scheduler_id: str, kind: str, name: str) -> dict[str, str] | None:
    """Of a job, a chain or an order that only the history or the journal knows any more: nothing can be done with it.

    Lists name such objects, so their rows have a menu too.
    """
    path, _, order_id = name.partition(",")
    if kind not in _SEEN or len(path) < 2 or not may(_SEEN[kind], path) or bool(order_id) != (kind == "order"):
        return None
    connection = database.read()
    ran: Sequence[object] = ()
    if kind == "job":
        ran = read.tasks(connection, scheduler_id, job=name, limit=1)
    else:
        ran = read.order_runs(connection, scheduler_id, path, order_id or None, limit=1)
    if not ran and not read.recent_activity(connection, scheduler_id, 1, object=name):
        return None
    return {"job": {"path": name}, "chain": {"chain": name}, "order": {"chain": path, "order_id": order_id}}[kind]


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
