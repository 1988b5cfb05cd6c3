"""Jobs, chains, orders, files or resources by folder: an indented table; which folders are open stands in the address.

Without that it leads to the address at which the reader left the tree.
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request
from lxml import etree
from werkzeug.wrappers import Response

from models import read
from models.read.folders import (
    Placed,
    chains_with_orders,
    folder_numbers,
    folders_of_orders,
    items_in,
    orders_in,
)
from web import database, open_folders, paging, resource_sight, resource_tree, scope
from web.fragments import page_or_fragment, wants_fragment
from web.open_folders import Opened
from web.resources import active
from web.tree import Row, tree

blueprint = Blueprint("folders", __name__, url_prefix="/s/<scheduler_id>/folders")

KINDS: dict[str, Placed] = {"jobs": "jobs", "chains": "chains", "files": "files"}
ORDERS, RESOURCES = "orders", "resources"
#: rows of objects in one folder, and altogether; more of them are found by the list
MOST_IN_FOLDER = 100
MOST_SHOWN = 500


@blueprint.get("/<kind>")
def page(scheduler_id: str, kind: str) -> str | Response:
    if kind not in (ORDERS, RESOURCES, *KINDS):
        abort(404)
    scope.enter(scheduler_id)
    if "open" not in request.args and not wants_fragment() and (left := open_folders.kept(scheduler_id, kind)):
        return redirect(paging.address(open=left), 303)
    opened = open_folders.asked(scheduler_id, kind)
    answer = resource_sight.asked(scheduler_id) if kind == RESOURCES else None
    if kind == ORDERS:
        rows = _orders(scheduler_id, opened)
    elif kind == RESOURCES:
        rows = _resources(scheduler_id, answer, opened)
    else:
        rows = _objects(scheduler_id, KINDS[kind], opened)
    return page_or_fragment(
        "folders/page.html",
        {"tree": "folders/_tree.html"},
        kind=kind,
        rows=rows,
        cut=MOST_SHOWN if _is_cut(rows) else 0,
        answered=kind != RESOURCES or answer is not None,
        toggle=lambda folder: paging.address(open=opened.toggled(folder.path)),
        open_all=paging.address(open=open_folders.ALL),
        close_all=paging.address(open=open_folders.NONE),
        link=paging.address,
    )


def _objects(scheduler_id: str, placed: Placed, opened: Opened) -> list[Row]:
    connection = database.read()
    numbers = folder_numbers(connection, scheduler_id, placed)
    shown = opened.places(each.path for each in numbers)
    items = items_in(connection, scheduler_id, placed, shown, MOST_IN_FOLDER, MOST_SHOWN)
    return tree(numbers, items, opened.has)


def _orders(scheduler_id: str, opened: Opened) -> list[Row]:
    "By folder and chain: chains are read of open folders, and orders of open chains."
    connection = database.read()
    numbers = folders_of_orders(connection, scheduler_id)
    shown = opened.places(each.path for each in numbers)
    chains = chains_with_orders(connection, scheduler_id, shown, MOST_IN_FOLDER, MOST_SHOWN)
    open_chains = [chain.path for chain in chains if opened.has(chain.path)]
    items = orders_in(connection, scheduler_id, open_chains, MOST_IN_FOLDER, MOST_SHOWN) if open_chains else []
    return tree(numbers, items, opened.has, chains)


def _resources(scheduler_id: str, answer: etree._Element | None, opened: Opened) -> list[Row]:
    "What the engine tells, and what it cannot use; an answer has all of them, so nothing else is read for a folder."
    files = read.files_with_problems(database.read(), scheduler_id, kinds=resource_sight.KINDS)
    faulty = {(file.kind.value, file.path.lower()): file.path for file in files}
    elements, used, wanted = resource_sight.elements(answer), set[resource_tree.Key](), set[resource_tree.Key]()
    if answer is not None:
        jobs, plans = resource_sight.sight("jobs.view"), elements["schedule"]
        used = resource_tree.used(answer, jobs) | {("schedule", path.lower()) for path in active(plans)}
        wanted = resource_tree.wanted(answer, jobs)
    items = resource_tree.placed(elements, faulty, used, wanted)
    numbers = resource_tree.counted(items)
    shown = frozenset(opened.places(each.path for each in numbers))
    return tree(numbers, resource_tree.some(items, shown, MOST_IN_FOLDER, MOST_SHOWN), opened.has)


def _is_cut(rows: list[Row]) -> bool:
    "Whether there may be more objects, or chains with orders, than were read."
    items = sum(row.item is not None for row in rows)
    chains = sum(row.folder is not None and row.folder.is_chain for row in rows)
    return MOST_SHOWN in (items, chains)
