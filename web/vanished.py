"When an object left the configuration, and which version of its file did it."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models import file_versions, read
from scheduler.changes import Kind
from scheduler.records import ObjectKind
from web import database
from web.permissions import may

#: what the journal calls it, and the permission to see such objects
_REMOVED = {
    ObjectKind.JOB: (Kind.JOB_REMOVED, "jobs.view"),
    ObjectKind.JOB_CHAIN: (Kind.CHAIN_REMOVED, "chains.view"),
}


@dataclass(frozen=True, slots=True)
class Removal:
    "`version` is None when the file was not deleted on these pages; then nobody here knows by whom."

    kind: str
    at: datetime
    version: int | None = None
    account: str = ""
    reason: str = ""


def removal(scheduler_id: str, kind: ObjectKind, path: str) -> Removal | None:
    "None when nothing is known of it, or the reader may not. Ask only for an object that is not there."
    removed, permission = _REMOVED[kind]
    if not may(permission, path, scheduler_id):
        return None
    connection = database.read()
    known = next(iter(file_versions.versions(connection, scheduler_id, kind, path)), None)
    if known is not None and known.action == file_versions.DELETED:
        return Removal(kind.value, known.made_at, known.number, known.account, known.reason)
    last = next(iter(read.recent_activity(connection, scheduler_id, 1, object=path)), None)
    if last is not None and last.kind == removed:
        return Removal(kind.value, last.time)
    return None
