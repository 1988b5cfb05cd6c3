"Jobs, chains or files by folder: an indented table; which folders are open stands in the address."

from __future__ import annotations

from flask import Blueprint, abort, request

from models.read.folders import Placed, folder_numbers, items_in
from web import database, paging, scope
from web.fragments import page_or_fragment
from web.tree import tree

blueprint = Blueprint("folders", __name__, url_prefix="/s/<scheduler_id>/folders")

KINDS: dict[str, Placed] = {"jobs": "jobs", "chains": "chains", "files": "files"}
#: names of folders in one address
MOST_OPEN = 100
#: rows of objects in one folder, and altogether; more of them are found by the list
MOST_IN_FOLDER = 100
MOST_SHOWN = 500


@blueprint.get("/<kind>")
def page(scheduler_id: str, kind: str) -> str:
    placed = KINDS.get(kind)
    if placed is None:
        abort(404)
    scope.enter(scheduler_id)
    opened = {name for name in request.args.get("open", "").lower().split(",")[:MOST_OPEN] if name}
    all_open = "*" in opened
    connection = database.read()
    numbers = folder_numbers(connection, scheduler_id, placed)
    shown = None if all_open else ["/", *sorted(opened)]
    items = items_in(connection, scheduler_id, placed, shown, MOST_IN_FOLDER, MOST_SHOWN)
    return page_or_fragment(
        "folders/page.html",
        {"tree": "folders/_tree.html"},
        kind=kind,
        rows=tree(numbers, items, opened, all_open),
        cut=MOST_SHOWN if len(items) == MOST_SHOWN else 0,
        all_open=all_open,
        toggle=lambda folder: _toggled(opened, folder.path.lower()),
        link=paging.address,
    )


def _toggled(opened: set[str], path: str) -> str:
    "The address with this folder open, or closed when it is open."
    after = opened - {path} if path in opened else opened | {path}
    return paging.address(open=",".join(sorted(after)))
