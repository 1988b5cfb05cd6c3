"What ran: orders (their rounds through a chain) or tasks."

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request

from models import read
from models.read.tasks import TaskView
from web import database, paging, scope
from web.fragments import page_or_fragment

blueprint = Blueprint("history", __name__, url_prefix="/s/<scheduler_id>/history")

KINDS = ("orders", "tasks")
#: word in `?state=` -> view of the tasks
FILTERS: dict[str, TaskView] = {"": "all", "open": "open", "failed": "failed"}


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    kind = "tasks" if request.args.get("kind") == "tasks" else "orders"
    state, text = (request.args.get(name, "").strip() for name in ("state", "q"))
    rows, pager = paging.keyed(_rows(scheduler_id, kind, state, text), "id" if kind == "tasks" else "history_id")
    return page_or_fragment(
        "history/page.html",
        {"table": "history/_list.html"},
        rows=rows,
        pager=pager,
        kind=kind,
        state=state,
        text=text,
        kinds=KINDS,
        filters=list(FILTERS),
        link=paging.address,
    )


def _rows(scheduler_id: str, kind: str, state: str, text: str) -> Sequence[Any]:
    connection, before, limit = database.read(), paging.before(), paging.SIZE + 1
    if kind == "tasks":
        view = FILTERS.get(state, "all")
        return read.tasks(connection, scheduler_id, view=view, text=text, before=before, limit=limit)
    return read.runs(
        connection,
        scheduler_id,
        failed=state == "failed",
        open=state == "open",
        text=text,
        before=before,
        limit=limit,
    )
