"The configuration as the scheduler has it: the files by folder, what is wrong with them, each with its definition."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, Row, func, or_, select
from werkzeug.wrappers import Response

from models import read, tables
from models.conditions import FILE_FAULTY
from models.read.listings import Listing
from models.read.page import page_of
from scheduler.records import FileState, ObjectKind
from web import database, downloads, lists, news, paging, permissions, scope, source_lines, states, unread
from web.actions.files import DELETE, verb_of
from web.actions.verbs import VERBS
from web.display import note_of
from web.fragments import page_or_fragment
from web.named import in_sight
from web.news import News
from web.pages.dependencies import address
from web.pages.versions import known_file
from web.references import Object, Reference, references
from web.states import Look
from web.words import NN_, gettext, ngettext

blueprint = Blueprint("configuration", __name__, url_prefix="/s/<scheduler_id>/config")

FILTERS = ("", "faulty", "waiting", "removed")


KINDS = tuple(kind.value for kind in ObjectKind)
_COUNTED = {
    ObjectKind.LOCK: NN_("%(num)s lock", "%(num)s locks"),
    ObjectKind.MONITOR: NN_("%(num)s monitor", "%(num)s monitors"),
    ObjectKind.CALENDAR: NN_("%(num)s calendar", "%(num)s calendars"),
    ObjectKind.SCHEDULE: NN_("%(num)s schedule", "%(num)s schedules"),
    ObjectKind.PROCESS_CLASS: NN_("%(num)s process class", "%(num)s process classes"),
    ObjectKind.JOB: NN_("%(num)s job", "%(num)s jobs"),
    ObjectKind.JOB_CHAIN: NN_("%(num)s job chain", "%(num)s job chains"),
    ObjectKind.ORDER: NN_("%(num)s order", "%(num)s orders"),
}


#: where a file comes from
Origin = Literal["local", "supervisor", "command"]
#: the folder beside the live folder that holds what the supervisor has sent
_CACHE = "/cache/"


@dataclass(frozen=True, slots=True)
class FileLine:
    "A file in the list."

    kind: ObjectKind
    path: str
    title: str
    look: Look
    written_at: datetime | None
    problem_code: str
    line: int | None
    origin: Origin


@blueprint.get("")
def page(scheduler_id: str) -> str:
    scope.enter(scheduler_id)
    if (after := news.asked()) is not None:
        return news.line(news.of_files(scheduler_id, after))
    f = tables.files.c
    found = lists.narrowed(scheduler_id, FILES)
    statement = (
        select(
            f.kind, f.path, f.title, f.state, f.written_at, f.problem_code, f.problem_line, f.successor, f.removed,
            f.file,
        )
        .where(f.scheduler_id == scheduler_id, *found.where)
        .order_by(f.path_key, f.kind)
    )
    files = page_of(database.read(), statement, paging.offset(), paging.size(), _line)
    return page_or_fragment(
        "configuration/page.html",
        {"table": "configuration/_list.html"},
        files=files,
        folders=permissions.folders("config.view"),
        news=News(scope.revision(), "config", files=True),
        missing=_missing(scheduler_id, [line.path for line in files.rows]),
        pager=paging.numbered(files),
        counts=_counts(scheduler_id),
        list=found,
        filters=FILTERS,
        tokens=FILES.tokens,
        address=lambda kind, path: address(scheduler_id, Object(kind, path)),
        link=paging.address,
    )


@blueprint.get("/-/<kind>/<object:path>")
def object(scheduler_id: str, kind: str, path: str) -> Response | str:
    "Of a file that is gone, but not without trace, its versions; of one that was just saved, that it is not read yet."
    scope.enter(scheduler_id)
    file, versions = known_file(scheduler_id, kind, path)
    if file is None and (waits := unread.page(scheduler_id, ObjectKind(kind), path)) is not None:
        return waits
    if file is None:
        return redirect(url_for("versions.page", scheduler_id=scheduler_id, kind=kind, path=path), 303)
    named = references(file.path, file.source) if file.source else []
    targets = [each for each in named if in_sight(each.kind, each.path)]
    known = {
        (each.kind, each.path.lower()): not _looked_for(each)
        or read.file(database.read(), scheduler_id, each.kind, each.path) is not None
        for each in targets
    }
    return page_or_fragment(
        "configuration/object.html",
        {"file": "configuration/_object.html"},
        file=file,
        targets=targets,
        known=known,
        lines=source_lines.lines(
            file.source, targets,
            lambda to: address(scheduler_id, Object(to.kind, to.path)) if known[to.kind, to.path.lower()] else "",
        ),
        origin=origin_of(file.file),
        look=_look(file.state, file.problem is not None, file.successor, file.removed),
        note=note_of(scheduler_id, file.path),
        verb=verb_of(kind),
        delete=verb_of(kind, DELETE),
        versions=len(versions),
        last=versions[0] if versions else None,
        address=lambda kind, path: address(scheduler_id, Object(kind, path)),
    )


@blueprint.get("/-/new")
def new(scheduler_id: str) -> Response | str:
    """To the form of a file that is not there yet, once its kind and path are told, the latter also with the ending of
    the file. `?substitute=`: it is to take the place of that schedule for a time."""
    scope.enter(scheduler_id)
    kind, path, substitute = (request.args.get(name, "").strip() for name in ("kind", "path", "substitute"))
    fault = ""
    if path:
        path = f"/{path.strip('/')}".removesuffix(f".{kind}.xml")
        if kind in KINDS and _is_path(kind, path):
            arguments = {"scheduler_id": scheduler_id, "type": kind, "path": path, "verb": verb_of(kind)}
            arguments |= {"substitute": substitute} if substitute else {}
            return redirect(url_for("file_actions.action", **arguments), 303)  # type: ignore[arg-type]
        fault = gettext("Choose a kind, and a path such as /sales/load; of an order /CHAIN,ID.")
    given = {"kind": kind, "path": path, "substitute": substitute}
    needed = VERBS["file", verb_of(kind if kind in KINDS else ObjectKind.JOB)].permission
    return render_template(
        "configuration/new.html", kinds=KINDS, fault=fault, folders=permissions.folders(needed), **given
    )


def _is_path(kind: str, path: str) -> bool:
    "Whether an object may be called so; an order by its chain and its id."
    named = kind != ObjectKind.ORDER or all(path.rpartition("/")[2].partition(","))
    return named and all(part.strip(".") not in ("", "-") for part in path.split("/")[1:])


@blueprint.get("/-/<kind>/<object:path>/download")
def download(scheduler_id: str, kind: str, path: str) -> Response:
    "The definition in use, as a file of the live folder."
    file = _file(scheduler_id, kind, path)
    if not file.source:
        abort(404)
    answer = Response(file.source, content_type="text/xml; charset=utf-8")
    return downloads.attached(answer, f"{file.path.rpartition('/')[2]}.{kind}.xml")


def _file(scheduler_id: str, kind: str, path: str) -> read.FileRow:
    if kind not in {each.value for each in ObjectKind}:
        abort(404)
    file = read.file(database.read(), scheduler_id, ObjectKind(kind), path)
    if file is None:
        abort(404)
    return file


def _condition(name: str, value: str, moment: datetime, span: timedelta | None) -> ColumnElement[bool] | None:
    f = tables.files.c
    match name, value:
        case "folder", _:
            return f.path_key.startswith("/" + value.strip("/").lower() + "/", autoescape=True)
        case "name", _:
            return f.path_key.endswith("/" + value.lower(), autoescape=True)
        case "kind", _:
            return f.kind == value
        case "state", "faulty":
            return FILE_FAULTY
        case "state", "waiting":
            return or_(f.successor.is_(True), f.state.in_((FileState.INITIALIZED, FileState.INCOMPLETE)))
        case "state", "removed":
            return f.removed.is_(True)
    return None


FILES = Listing(
    tables.files,
    "config.view",
    {"state": FILTERS[1:], "kind": KINDS, "folder": (), "name": ()},
    (tables.files.c.path, tables.files.c.title),
    _condition,
)


def _counts(scheduler_id: str) -> list[str]:
    "How many files there are of each kind, in words."
    f = tables.files.c
    statement = select(f.kind, func.count()).where(f.scheduler_id == scheduler_id).group_by(f.kind).order_by(f.kind)
    found = database.read().execute(statement)
    return [ngettext(*_COUNTED[ObjectKind(kind)], number) for kind, number in found]


def _line(row: Row[Any]) -> FileLine:
    look = _look(row.state, row.problem_code is not None, row.successor, row.removed)
    return FileLine(
        ObjectKind(row.kind), row.path, row.title, look, row.written_at, row.problem_code or "", row.problem_line,
        origin_of(row.file),
    )


def origin_of(file: str) -> Origin:
    return "command" if not file else "supervisor" if _CACHE in file else "local"


def _looked_for(named: Reference) -> bool:
    "Whether the reader is told what it is called, and would see its file if there were one."
    return in_sight(named.kind, named.path) and permissions.may("config.view", named.path.partition(",")[0])


def _missing(scheduler_id: str, paths: list[str]) -> dict[tuple[ObjectKind, str], list[str]]:
    """What files with these paths refer to and what is not there, by kind and path in lower case. What is out of sight
    may be there."""
    connection = database.read()
    named = {(file.kind, file.path.lower()): [
                 each for each in references(file.path, file.source) if _looked_for(each)
             ] for file in read.files_at(connection, scheduler_id, tuple(ObjectKind), paths)}  # fmt: skip
    targets = [each.path for found in named.values() for each in found]
    there = {(file.kind, file.path.lower())
             for file in read.files_at(connection, scheduler_id, tuple(ObjectKind), targets)}  # fmt: skip
    gone = {key: [each.path for each in found if (each.kind, each.path.lower()) not in there]
            for key, found in named.items()}  # fmt: skip
    return {key: found for key, found in gone.items() if found}


def _look(state: FileState, faulty: bool, successor: bool, removed: bool) -> Look:
    if faulty:
        return states.CONFIGURATION_ERROR
    if removed:
        return Look("attention", "triangle", "deleted, still in use")
    if successor:
        return Look("attention", "clock", "newer version waits")
    return states.look(states.FILE, state)
