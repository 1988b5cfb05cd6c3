"Who uses what: jobs, chains, orders, schedules, locks, process classes and monitors of a folder, or around one object."

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, request, url_for
from sqlalchemy import select

from models import tables
from scheduler.records import ObjectKind
from web import database, paging, scope
from web.fragments import page_or_fragment
from web.named import in_sight
from web.pictures.chain_graph import MOST, Graph, Link, graph
from web.references import Object, Use, uses

blueprint = Blueprint("dependencies", __name__, url_prefix="/s/<scheduler_id>/dependencies")

#: definitions that are read for one page
MOST_READ = 3000
#: word in `?kind=` -> what one end of a use has to be
KINDS = {"jobs": (ObjectKind.JOB,), "chains": (ObjectKind.JOB_CHAIN, ObjectKind.ORDER)}
#: rows of the table
MOST_SHOWN = 500


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    folder = "/" + request.args.get("folder", "").strip().strip("/")
    around = request.args.get("around", "").strip()
    definitions, known, cut = _definitions(scheduler_id, "/" if around else folder)
    found = [use for use in uses(definitions, known) if in_sight(use.target.kind, use.target.path)]
    if around:
        found = _around(found, around)
    kind = request.args.get("kind", "")
    if kind in KINDS:
        found = [use for use in found if {use.source.kind, use.target.kind} & set(KINDS[kind])]
    shown = found[:MOST_SHOWN]
    return page_or_fragment(
        "dependencies/page.html",
        {},
        folder=folder,
        around=around,
        kind=kind if kind in KINDS else "",
        uses=shown,
        total=len(found),
        cut=cut,
        graph=_graph(shown),
        names={name(each): each for use in shown for each in (use.source, use.target)},
        missing={name(use.target) for use in shown if not use.known},
        name=name,
        address=lambda each: address(scheduler_id, each),
        link=paging.address,
    )


def name(each: Object) -> str:
    "How an object is called in the drawing: kinds may have equal paths."
    return f"{each.kind.value} {each.path.lower()}"


def address(scheduler_id: str, each: Object) -> str:
    "The page of an object."
    if each.kind is ObjectKind.JOB:
        return url_for("jobs.page", scheduler_id=scheduler_id, path=each.path)
    if each.kind is ObjectKind.JOB_CHAIN:
        return url_for("chains.page", scheduler_id=scheduler_id, chain=each.path)
    if each.kind is ObjectKind.ORDER:
        chain, _, order_id = each.path.partition(",")
        return url_for("orders.page", scheduler_id=scheduler_id, chain=chain, order_id=order_id)
    if each.kind is ObjectKind.SCHEDULE:
        return url_for("resources.schedule", scheduler_id=scheduler_id, path=each.path)
    return url_for("resources.page", scheduler_id=scheduler_id, q=each.path, _anchor=f"{each.kind.value}-{each.path}")


def _definitions(
    scheduler_id: str, folder: str
) -> tuple[list[tuple[ObjectKind, str, str]], set[tuple[ObjectKind, str]], bool]:
    "The definitions in a folder, the keys of all objects, and whether there are more definitions."
    f = tables.files.c
    connection = database.read()
    statement = select(f.kind, f.path, f.source).where(f.scheduler_id == scheduler_id, f.source != "")
    if folder != "/":
        statement = statement.where(f.path_key.startswith(f"{folder.lower()}/", autoescape=True))
    rows = connection.execute(statement.order_by(f.kind, f.path_key).limit(MOST_READ + 1)).all()
    keys = connection.execute(select(f.kind, f.path_key).where(f.scheduler_id == scheduler_id)).all()
    definitions = [(ObjectKind(kind), path, source) for kind, path, source in rows[:MOST_READ]]
    kinds = {kind.value: kind for kind in ObjectKind}
    return definitions, {(kinds[kind], path) for kind, path in keys}, len(rows) > MOST_READ


def _around(found: Sequence[Use], around: str) -> list[Use]:
    "Uses of and by the object (two steps)."
    near = {each.key for use in found for each in (use.source, use.target) if each.path.lower() == around.lower()}
    for _ in range(2):
        grown = set(near)
        for use in found:
            if use.source.key in near or use.target.key in near:
                grown |= {use.source.key, use.target.key}
        near, before = grown, near
    return [use for use in found if use.source.key in before or use.target.key in before]


def _graph(shown: Sequence[Use]) -> Graph | None:
    "None when the drawing would be larger than anybody can read."
    targets: dict[str, list[str]] = {}
    for use in shown:
        targets.setdefault(name(use.source), []).append(name(use.target))
        targets.setdefault(name(use.target), [])
    if not targets or len(targets) > MOST:
        return None
    return graph([Link(each, more=tuple(found)) for each, found in targets.items()])
