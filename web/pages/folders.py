"Jobs or chains by folder: an indented table; which folders are open stands in the address."

from __future__ import annotations

from flask import Blueprint, abort, request
from sqlalchemy import select

from models import tables
from models.conditions import TASK_OPEN
from scheduler.records import ChainState, TaskState
from web import database, paging, scope
from web.fragments import page_or_fragment
from web.tree import Item, tree

blueprint = Blueprint("folders", __name__, url_prefix="/s/<scheduler_id>/folders")

#: names of folders in one address
MOST_OPEN = 100


@blueprint.get("/<kind>")
def page(scheduler_id: str, kind: str) -> str:
    if kind not in ("jobs", "chains"):
        abort(404)
    scope.enter(scheduler_id)
    opened = {name for name in request.args.get("open", "").lower().split(",")[:MOST_OPEN] if name}
    all_open = "*" in opened
    items = _jobs(scheduler_id) if kind == "jobs" else _chains(scheduler_id)
    return page_or_fragment(
        "folders/page.html",
        {"tree": "folders/_tree.html"},
        kind=kind,
        rows=tree(items, opened, all_open),
        all_open=all_open,
        toggle=lambda folder: _toggled(opened, folder.path.lower()),
        link=paging.address,
    )


def _toggled(opened: set[str], path: str) -> str:
    "The address with this folder open, or closed when it is open."
    after = opened - {path} if path in opened else opened | {path}
    return paging.address(open=",".join(sorted(after)))


def _jobs(scheduler_id: str) -> list[Item]:
    j, t = tables.jobs.c, tables.tasks.c
    connection = database.read()
    running = set(
        connection.execute(
            select(t.job_key).where(t.scheduler_id == scheduler_id, TASK_OPEN, t.state != TaskState.QUEUED)
        ).scalars()
    )
    statement = (
        select(j.path, j.path_key, j.stopped, j.enabled, j.faulty, j.problem_code)
        .where(j.scheduler_id == scheduler_id)
        .order_by(j.path_key)
    )
    return [
        Item(
            row.path,
            trouble=bool(row.faulty or row.problem_code),
            active=row.path_key in running,
            held=bool(row.stopped or not row.enabled),
        )
        for row in connection.execute(statement)
    ]


def _chains(scheduler_id: str) -> list[Item]:
    c, o = tables.job_chains.c, tables.orders.c
    connection = database.read()
    busy = set(
        connection.execute(
            select(o.chain_key).where(o.scheduler_id == scheduler_id, o.task_id.is_not(None)).distinct()
        ).scalars()
    )
    statement = select(c.path, c.path_key, c.state).where(c.scheduler_id == scheduler_id).order_by(c.path_key)
    return [
        Item(row.path, active=row.path_key in busy, held=row.state is ChainState.STOPPED)
        for row in connection.execute(statement)
    ]
