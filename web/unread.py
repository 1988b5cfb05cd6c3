"""A file that was saved on these pages and that is not in use yet: its page says so and looks again, and forms go on
from what was saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import abort, render_template

from models import file_versions, read
from models.file_versions import Version
from scheduler.records import ObjectKind
from web import database
from web.display import now
from web.permissions import may
from web.words import translated

#: an engine that has not read a file for so long does not get to it by waiting
PATIENCE = timedelta(minutes=2)
#: seconds until such a page looks again
AGAIN = 2
#: how far the clocks of the pages and of an engine may be apart
_CLOCKS = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Latest:
    "The text that a file holds, as far as it is known (empty: no usable one is), and when it was written."

    source: str
    written_at: datetime | None


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
    "That of `latest`; empty when there is none."
    found = latest(scheduler_id, kind, path)
    return "" if found is None else found.source


def latest(scheduler_id: str, kind: ObjectKind, path: str) -> Latest | None:
    """What a file holds: as it was saved on these pages, where that is not in use yet, else as it is in use.

    Not in use: the scheduler has not read it yet, keeps it until the object is idle, or found it faulty. Whoever
    changed the text of before would take out what was saved. None: there is no such file, or it was deleted.
    """
    connection = database.read()
    file = read.file(connection, scheduler_id, kind, path)
    saved = file_versions.newest(connection, scheduler_id, kind, path)
    if saved is not None and _counts(scheduler_id, file, saved):
        return None if saved.action == file_versions.DELETED else Latest(saved.source, saved.made_at)
    return None if file is None else Latest(file.source, file.written_at)


def _counts(scheduler_id: str, file: read.FileRow | None, saved: Version) -> bool:
    "Whether the last version of these pages is to take the place of what is in use."
    young = now() - saved.made_at <= PATIENCE
    if file is None:
        return young
    if file.source == saved.source or (file.written_at is not None and file.written_at > saved.made_at):
        return False
    # what was in use at a save is kept as a version: any other text came since then, whatever time its file has
    known = file_versions.number_of(database.read(), scheduler_id, file.kind, file.path, file.source)
    if file.source and known is None:
        return False
    return young or _waits(file, saved)


def _waits(file: read.FileRow, saved: Version) -> bool:
    "Whether the scheduler has read that version, and does not use it."
    if saved.action == file_versions.DELETED:
        return file.removed
    if not file.successor:
        return file.problem is not None
    return file.successor_written_at is None or file.successor_written_at <= saved.made_at + _CLOCKS


def page_or_404(scheduler_id: str, kind: ObjectKind, path: str) -> str:
    "The same for an object that is not known otherwise."
    found = page(scheduler_id, kind, path)
    if found is None:
        abort(404)
    return found
