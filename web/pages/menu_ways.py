"""Menus of rows of files, resources, calendars and workers: what may be done with them, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flask import url_for

from models import file_versions, read
from models.read.files import FileRow
from scheduler.records import ObjectKind
from web import database, resource_sight
from web.actions import limits
from web.actions.black_outs import ADD as ADD_BLACK_OUT
from web.actions.files import DELETE, verb_of
from web.actions.kinds import Target, target_of
from web.actions.offers import Offer, offer
from web.named import in_sight
from web.pages import supervisor
from web.pages.dependencies import address
from web.permissions import may, need
from web.references import Object
from web.words import gettext, translated

#: kinds of rows that are resources, as files call them
RESOURCES = (ObjectKind.SCHEDULE, ObjectKind.PROCESS_CLASS, ObjectKind.LOCK, ObjectKind.MONITOR)
#: the path by which a tree calls the class of jobs that name none
DEFAULT = "/"


@dataclass(frozen=True, slots=True)
class Way:
    """`word` is in the reader's language. `download`: what is at the address is to be kept as a file. `press`: it is no
    link but a button, which posts at once."""

    word: str
    address: str
    download: bool = False
    press: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    target: Target
    found: Sequence[Offer] = ()
    ways: Sequence[Way] = ()


def menu_of(kind: str, scheduler_id: str, name: str) -> Menu | None:
    """Of a `file` (`name`: kind of its object, comma, path), of one of `RESOURCES` or a `calendar` (path) or of a
    `worker`. None: it is of another kind, not there, or out of sight. A calendar that is not there has a menu: only its
    page can say whether the engine has one of that path without a file."""
    if kind == "file":
        return _of_file(scheduler_id, *name.split(",", 1)) if "," in name else None
    if kind == ObjectKind.CALENDAR and name:
        return _of_calendar(scheduler_id, name)
    if kind == ObjectKind.PROCESS_CLASS and name == DEFAULT:
        return _of_default_class(scheduler_id)
    if kind in RESOURCES:
        return _of_resource(scheduler_id, ObjectKind(kind), name)
    return _of_worker(scheduler_id, name) if kind == "worker" and name else None


def _of_file(scheduler_id: str, kind: str, path: str) -> Menu | None:
    known = kind in set(ObjectKind)
    file = read.file(database.read(), scheduler_id, ObjectKind(kind), path) if known else None
    if file is None:
        return _of_deleted_file(scheduler_id, ObjectKind(kind), path) if known else None
    target = _target(scheduler_id, file.kind, file.path)
    ways = list(_ways(scheduler_id, file))
    if in_sight(file.kind, file.path):
        word = gettext("Page of the %(kind)s", kind=translated(target.kind))
        ways.insert(0, Way(word, address(scheduler_id, Object(file.kind, file.path))))
    return Menu(target, _deeds(file), ways)


def _of_deleted_file(scheduler_id: str, kind: ObjectKind, path: str) -> Menu | None:
    "It comes back from its versions."
    if not may("config.view", path) or not file_versions.versions(database.read(), scheduler_id, kind, path):
        return None
    page = url_for("versions.page", scheduler_id=scheduler_id, kind=kind.value, path=path)
    parent = url_for("versions.changes", scheduler_id=scheduler_id)
    return Menu(replace(_target(scheduler_id, kind, path), page=page, parent=parent))


def _of_resource(scheduler_id: str, kind: ObjectKind, path: str) -> Menu | None:
    "Whoever may see the resource gets its page, also without sight of its file."
    need(resource_sight.SIGHT[kind.value], path)
    file = read.file(database.read(), scheduler_id, kind, path)
    if file is None and not resource_sight.told(scheduler_id, kind, path):
        return None
    target = _target(scheduler_id, kind, file.path if file else path)
    page = address(scheduler_id, Object(kind, target.name))
    ways = [] if file is None else [Way(gettext("Configuration"), target.page), *_ways(scheduler_id, file)]
    if kind is ObjectKind.SCHEDULE:
        ways.append(Way(gettext("Used by"), f"{page}#h-users"))
    target = replace(target, page=page, parent=url_for("resources.page", scheduler_id=scheduler_id))
    return Menu(target, _deeds(file) if file else (), ways)


def _of_default_class(scheduler_id: str) -> Menu:
    "No file has it: its limit stands in the start-up file."
    need(resource_sight.SIGHT[ObjectKind.PROCESS_CLASS.value])
    page = url_for("resources.page", scheduler_id=scheduler_id, _anchor="h-classes")
    target = replace(_target(scheduler_id, ObjectKind.PROCESS_CLASS, DEFAULT), name=gettext("default"), page=page)
    ways = []
    if may("history.view"):
        running = url_for("history.page", scheduler_id=scheduler_id, kind="tasks", state="running")
        ways.append(Way(gettext("Running tasks"), running))
    if may("agents.view"):
        ways.append(Way(gettext("Where tasks run"), url_for("estate.agents", _anchor="h-places")))
    return Menu(replace(target, parent=url_for("resources.page", scheduler_id=scheduler_id)), (), ways)


def _of_calendar(scheduler_id: str, path: str) -> Menu:
    "One without a file stands in the start-up folder of the engine."
    need("schedules.view", path)
    file = read.file(database.read(), scheduler_id, ObjectKind.CALENDAR, path)
    target = _target(scheduler_id, ObjectKind.CALENDAR, file.path if file else path)
    at = {"scheduler_id": scheduler_id, "path": target.name}
    ways = [
        Way(gettext("Used by"), url_for("calendars.page", **at, _anchor="h-users")),  # type: ignore[arg-type]
        Way(gettext("iCalendar"), url_for("calendars.export", **at), download=True),  # type: ignore[arg-type]
    ]
    if file is not None and in_sight(file.kind, file.path) and may("config.view", file.path):
        ways = [Way(gettext("Configuration"), target.page), *_ways(scheduler_id, file), *ways]
    page, parent = url_for("calendars.page", **at), url_for("calendars.index", scheduler_id=scheduler_id)  # type: ignore[arg-type]
    return Menu(replace(target, page=page, parent=parent), _deeds(file) if file else (), ways)


def _of_worker(scheduler_id: str, name: str) -> Menu:
    "While the supervisor does not answer the menu only leads to the page. 404: it knows no such worker."
    need("supervisor.view", None, scheduler_id)
    target = target_of("worker", scheduler_id, {"worker": name})
    view = supervisor.view_with(scheduler_id, name)
    worker = view.worker(name) if view is not None else None
    if worker is None:
        return Menu(target)
    found = [offer("worker", verb, scheduler_id, worker=name) for verb in worker.verbs]
    parts = {"h-versions": gettext("Versions"), "h-files": gettext("Files"), "h-transfers": gettext("Transfers")}
    ways = [Way(word, f"{target.page}#{part}") for part, word in parts.items()]
    return Menu(target, [each for each in found if each is not None], ways)


def _target(scheduler_id: str, kind: ObjectKind, path: str) -> Target:
    "The object by the word of its kind; its page is that of the file."
    found = target_of("file", scheduler_id, {"type": kind.value, "path": path})
    return replace(found, kind=kind.value.replace("_", " "))


def _ways(scheduler_id: str, file: FileRow) -> Iterator[Way]:
    "The editor is a page, not a dialog: it needs the room."
    kind, path = file.kind.value, file.path
    edit = offer("file", verb_of(kind), scheduler_id, type=kind, path=path)
    if edit is not None:
        yield Way(gettext("Edit"), edit.address)
    if edit is not None and file.kind is ObjectKind.SCHEDULE:
        substitute = url_for("configuration.new", scheduler_id=scheduler_id, kind=kind, substitute=path)
        yield Way(gettext("Add substitute"), substitute)
    yield Way(gettext("Versions"), url_for("versions.page", scheduler_id=scheduler_id, kind=kind, path=path))
    yield Way(gettext("Dependencies"), url_for("dependencies.page", scheduler_id=scheduler_id, around=path))
    if file.source:
        at = url_for("configuration.download", scheduler_id=scheduler_id, kind=kind, path=path)
        yield Way(gettext("Download"), at, download=True)


def _deeds(file: FileRow) -> list[Offer]:
    kind = file.kind.value
    own = [ADD_BLACK_OUT] if kind == ObjectKind.CALENDAR else [limits.VERB_OF[kind]] if kind in limits.VERB_OF else []
    verbs = [*own, verb_of(kind, DELETE)]
    found = (offer("file", verb, type=kind, path=file.path) for verb in verbs)
    return [each for each in found if each is not None]
