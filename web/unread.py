"""A file that was saved on these pages and that the scheduler has not read yet: its page says so and looks again."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, render_template

from models import file_versions, read
from scheduler.records import ObjectKind
from web import database
from web.display import now
from web.permissions import may
from web.words import translated

#: an engine that has not read a file for so long does not get to it by waiting
PATIENCE = timedelta(minutes=2)
#: seconds until such a page looks again
AGAIN = 2


def page(scheduler_id: str, kind: ObjectKind, path: str) -> str | None:
    """In place of "there is no such page"; None when nothing was saved lately, or the reader may not see files there.

    Ask only for an object of which nothing is known; the scheduler was entered.
    """
    if not may("config.view", path.partition(",")[0]):
        return None
    newest = next(iter(file_versions.versions(database.read(), scheduler_id, kind, path)), None)
    if newest is None or newest.action == file_versions.DELETED or now() - newest.made_at > PATIENCE:
        return None
    name = f"{translated(kind.value.replace('_', ' '))} {path}"
    return render_template(
        "configuration/unread.html", name=name, version=newest, kind=kind.value, path=path, again=AGAIN
    )


def text(scheduler_id: str, kind: ObjectKind, path: str) -> str:
    """What a file holds that is in use: as it was saved on these pages, where the scheduler has not read that yet, else
    as it is in use. Whoever changed the text of before would take out what was saved. Empty: no usable file is known.
    """
    file = read.file(database.read(), scheduler_id, kind, path)
    if file is None:
        return ""
    newest = file_versions.newest(database.read(), scheduler_id, kind, path)
    if newest is None or now() - newest.made_at > PATIENCE:
        return file.source
    changed_since = file.written_at is not None and file.written_at > newest.made_at
    return file.source if changed_since else newest.source


def page_or_404(scheduler_id: str, kind: ObjectKind, path: str) -> str:
    "The same for an object that is not known otherwise."
    found = page(scheduler_id, kind, path)
    if found is None:
        abort(404)
    return found
