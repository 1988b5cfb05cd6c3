"""What files of the configuration held: what was done to all of them, and one file's versions beside each other."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models import file_versions, read
from models.file_versions import Version
from models.read.files import FileRow
from models.supervisor import supervisors_of
from scheduler.records import ObjectKind
from web import comparison, database, paging, scope
from web.actions.files import DELETE, RESTORE, verb_of
from web.comparison import Line
from web.permissions import may
from web.words import gettext

blueprint = Blueprint("versions", __name__, url_prefix="/s/<scheduler_id>/config")

#: what `?one=` and `?other=` say of what is in use
IN_USE = "use"


@dataclass(frozen=True, slots=True)
class Text:
    "One side of a comparison: how it is named in the address and on the page, and its text."

    name: str
    word: str
    source: str


@blueprint.get("/-/versions")
def changes(scheduler_id: str) -> str:
    "Saves, restorations and deletions on pages, the newest first."
    scope.enter(scheduler_id)
    found = file_versions.changes(database.read(), scheduler_id, paging.before(), paging.size() + 1)
    rows, pager = paging.keyed(found, "number")
    return render_template(
        "versions/changes.html", rows=rows, pager=pager, supervisors=supervisors(scheduler_id)
    )


@blueprint.get("/-/<kind>/<object:path>/-/versions")
def page(scheduler_id: str, kind: str, path: str) -> str:
    """`?one=` is compared with `?other=`; without them what is in use with the version before. `?columns=yes`: in two
    columns; `?plain=yes`: without what makes no difference in XML."""
    scope.enter(scheduler_id)
    file, versions = known_file(scheduler_id, kind, path)
    one, other = _sides(scheduler_id, ObjectKind(kind), path, file, versions)
    return render_template(
        "versions/page.html",
        kind=kind,
        path=path,
        file=file,
        versions=versions,
        one=one,
        other=other,
        lines=_lines(one, other, request.args.get("plain") == "yes"),
        beside=comparison.beside,
        link=paging.address,
        in_use=file_versions.number_of(database.read(), scheduler_id, file.kind, path, file.source) if file else None,
        restore=verb_of(kind, RESTORE),
        delete=verb_of(kind, DELETE),
        supervisors=supervisors(scheduler_id),
        handed_file=f"{path.strip('/')}.{kind}.xml",
        choices=[*([IN_USE] if file else []), *(str(each.number) for each in versions)],
    )


@blueprint.get("/-/<kind>/<object:path>/-/versions/<int:number>")
def version(scheduler_id: str, kind: str, path: str, number: int) -> Response | str:
    "The text of one version."
    scope.enter(scheduler_id)
    known_file(scheduler_id, kind, path)
    found = file_versions.version(database.read(), scheduler_id, ObjectKind(kind), path, min(number, 2**62))
    if found is None:
        abort(404)
    if not found.source:
        return redirect(url_for(".page", scheduler_id=scheduler_id, kind=kind, path=path), 303)
    return render_template(
        "versions/version.html", kind=kind, path=path, version=found, restore=verb_of(kind, RESTORE)
    )


def known_file(scheduler_id: str, kind: str, path: str) -> tuple[FileRow | None, list[Version]]:
    "The file, if it is there, and its versions. 404 when there is neither."
    if kind not in {each.value for each in ObjectKind}:
        abort(404)
    file = read.file(database.read(), scheduler_id, ObjectKind(kind), path)
    versions = file_versions.versions(database.read(), scheduler_id, ObjectKind(kind), path)
    if file is None and not versions:
        abort(404)
    return file, versions


def supervisors(scheduler_id: str) -> list[tuple[str, str]]:
    "Where this scheduler is a worker, as far as the reader may look at that: the supervisor, and its name there."
    known = supervisors_of(database.read(), scheduler_id)
    return [(each, name) for each, name in known if may("supervisor.view", None, each)]


def _sides(
    scheduler_id: str, kind: ObjectKind, path: str, file: FileRow | None, versions: list[Version]
) -> tuple[Text | None, Text | None]:
    def side(name: str) -> Text | None:
        if name == IN_USE and file is not None:
            return Text(name, gettext("what is in use"), file.source)
        number = int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else 0
        found = file_versions.version(database.read(), scheduler_id, kind, path, number)
        return None if found is None else Text(name, gettext("version %(number)s", number=found.number), found.source)

    one = side(request.args.get("one", "")) or (side(IN_USE) if file else side(str(versions[0].number)))
    asked = side(request.args.get("other", ""))
    if one is None or asked is not None:
        return one, asked
    number = int(one.name) if one.name != IN_USE else None
    texts = (side(str(each.number)) for each in versions if number is None or each.number < number)
    return one, next((text for text in texts if text is not None and text.source != one.source), None)


def _lines(one: Text | None, other: Text | None, plain: bool) -> list[Line]:
    if one is None or other is None:
        return []
    return comparison.of_sources(one.source, other.source, plain)
