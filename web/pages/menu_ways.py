"""Menus of rows of files, of resources and of workers: what may be done with them, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flask import url_for

from models import read
from models.read.files import FileRow
from scheduler.records import ObjectKind
from web import database, resource_sight
from web.actions import limits
from web.actions.files import DELETE, verb_of
from web.actions.kinds import Target, target_of
from web.actions.offers import Offer, offer
from web.named import in_sight
from web.pages import supervisor
from web.pages.dependencies import address
from web.permissions import need
from web.references import Object
from web.words import gettext, translated

#: kinds of rows that are resources, as files call them
RESOURCES = (ObjectKind.SCHEDULE, ObjectKind.PROCESS_CLASS, ObjectKind.LOCK)


@dataclass(frozen=True, slots=True)
class Way:
    "`word` is in the reader's language. `download`: what is at the address is to be kept as a file."

    word: str
    address: str
    download: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    target: Target
    found: Sequence[Offer] = ()
    ways: Sequence[Way] = ()


def menu_of(kind: str, scheduler_id: str, name: str) -> Menu | None:
    """Of a `file` (`name`: kind of its object, comma, path), of one of `RESOURCES` (path) or of a `worker`. None: it is
    of another kind, not there, or out of sight."""
    if kind == "file":
        return _of_file(scheduler_id, *name.split(",", 1)) if "," in name else None
    if kind in RESOURCES:
        return _of_resource(scheduler_id, ObjectKind(kind), name)
    return _of_worker(scheduler_id, name) if kind == "worker" and name else None


def _of_file(scheduler_id: str, kind: str, path: str) -> Menu | None:
    known = kind in set(ObjectKind)
    file = read.file(database.read(), scheduler_id, ObjectKind(kind), path) if known else None
    if file is None:
        return None
    target = _target(scheduler_id, file.kind, file.path)
    ways = list(_ways(scheduler_id, file))
    if in_sight(file.kind, file.path):
        word = gettext("Page of the %(kind)s", kind=translated(target.kind))
        ways.insert(0, Way(word, address(scheduler_id, Object(file.kind, file.path))))
    return Menu(target, _deeds(file), ways)


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
    verbs = [*([limits.VERB_OF[kind]] if kind in limits.VERB_OF else []), verb_of(kind, DELETE)]
    found = (offer("file", verb, type=kind, path=file.path) for verb in verbs)
    return [each for each in found if each is not None]
