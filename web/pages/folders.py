"Jobs, chains, orders, files or resources by folder: an indented table; which folders are open stands in the address."

from __future__ import annotations

from flask import Blueprint, abort, request
from lxml import etree

from models import read
from models.read.folders import (
    Placed,
    chains_with_orders,
    folder_numbers,
    folders_of_orders,
    items_in,
    orders_in,
)
from web import database, paging, resource_sight, resource_tree, scope
from web.display import now
from web.fragments import page_or_fragment
from web.resources import active
from web.tree import Row, tree

blueprint = Blueprint("folders", __name__, url_prefix="/s/<scheduler_id>/folders")

KINDS: dict[str, Placed] = {"jobs": "jobs", "chains": "chains", "files": "files"}
ORDERS, RESOURCES = "orders", "resources"
#: names of folders in one address
MOST_OPEN = 100
#: rows of objects in one folder, and altogether; more of them are found by the list
MOST_IN_FOLDER = 100
MOST_SHOWN = 500


@blueprint.get("/<kind>")
def page(scheduler_id: str, kind: str) -> str:
    if kind not in (ORDERS, RESOURCES, *KINDS):
        abort(404)
    scope.enter(scheduler_id)
    opened = {name for name in request.args.get("open", "").lower().split(",")[:MOST_OPEN] if name}
    all_open = "*" in opened
    answer = resource_sight.asked(scheduler_id) if kind == RESOURCES else None
    if kind == ORDERS:
        rows = _orders(scheduler_id, opened, all_open)
    elif kind == RESOURCES:
        rows = _resources(scheduler_id, answer, opened, all_open)
    else:
        rows = _objects(scheduler_id, KINDS[kind], opened, all_open)
    return page_or_fragment(
        "folders/page.html",
        {"tree": "folders/_tree.html"},
        kind=kind,
        rows=rows,
        cut=MOST_SHOWN if _is_cut(rows) else 0,
        answered=kind != RESOURCES or answer is not None,
        toggle=lambda folder: _toggled(opened, folder.path.lower()),
        link=paging.address,
    )


def _objects(scheduler_id: str, placed: Placed, opened: set[str], all_open: bool) -> list[Row]:
    connection = database.read()
    numbers = folder_numbers(connection, scheduler_id, placed)
    shown = None if all_open else ["/", *sorted(opened)]
    items = items_in(connection, scheduler_id, placed, shown, MOST_IN_FOLDER, MOST_SHOWN)
    return tree(numbers, items, opened, all_open)


def _orders(scheduler_id: str, opened: set[str], all_open: bool) -> list[Row]:
    "By folder and chain: chains are read of open folders, and orders of open chains."
    connection = database.read()
    numbers = folders_of_orders(connection, scheduler_id)
    shown = None if all_open else ["/", *sorted(opened)]
    chains = chains_with_orders(connection, scheduler_id, shown, MOST_IN_FOLDER, MOST_SHOWN)
    open_chains = [chain.path for chain in chains if all_open or chain.path.lower() in opened]
    items = orders_in(connection, scheduler_id, open_chains, MOST_IN_FOLDER, MOST_SHOWN) if open_chains else []
    return tree(numbers, items, opened, all_open, chains)


def _resources(scheduler_id: str, answer: etree._Element | None, opened: set[str], all_open: bool) -> list[Row]:
    "What the engine tells, and what it cannot use; an answer has all of them, so nothing else is read for a folder."
    files = read.files_with_problems(database.read(), scheduler_id, kinds=resource_sight.KINDS)
    faulty = {(file.kind.value, file.path.lower()): file.path for file in files}
    elements, used, wanted = resource_sight.elements(answer), set[resource_tree.Key](), set[resource_tree.Key]()
    if answer is not None:
        jobs, plans = resource_sight.sight("jobs.view"), elements["schedule"]
        used = resource_tree.used(answer, jobs) | {("schedule", path.lower()) for path in active(plans, plans, now())}
        wanted = resource_tree.wanted(answer, jobs)
    items = resource_tree.placed(elements, faulty, used, wanted)
    shown = None if all_open else {"/", *opened}
    rows = resource_tree.some(items, shown, MOST_IN_FOLDER, MOST_SHOWN)
    return tree(resource_tree.counted(items), rows, opened, all_open)


def _is_cut(rows: list[Row]) -> bool:
    "Whether there may be more objects, or chains with orders, than were read."
    items = sum(row.item is not None for row in rows)
    chains = sum(row.folder is not None and row.folder.is_chain for row in rows)
    return MOST_SHOWN in (items, chains)


def _toggled(opened: set[str], path: str) -> str:
    "The address with this folder open, or closed when it is open."
    after = opened - {path} if path in opened else opened | {path}
    return paging.address(open=",".join(sorted(after)))
