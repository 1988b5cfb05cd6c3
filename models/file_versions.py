"""What the files of the configuration held: a version for each save, restoration and deletion on pages.

A version is kept when the engine has answered that it is done. What stood in the folder before is kept with it, so also
what somebody wrote there without these pages, though not who did. Numbers rise over all files of a scheduler.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from models import read
from models.operations import Operation
from models.tables import file_versions as table
from scheduler.configuration.modify_hot_folder import definition_of
from scheduler.errors import WorkloadError
from scheduler.records import ObjectKind, file_key
from scheduler.xml.document import parse

#: versions of one file; beyond that the oldest goes
MOST = 100
#: what versions come from; FOUND: it stood in the folder, and nobody here had written it
FOUND, WRITTEN, RESTORED, DELETED = "found", "written", "restored", "deleted"

_C = table.c
_WITHOUT_SOURCE = [column for column in _C if column is not _C.source]


@dataclass(frozen=True, slots=True)
class Version:
    "`source` is empty in lists, and of a deletion. `account` is empty for FOUND."

    number: int
    kind: ObjectKind
    path: str
    action: str
    made_at: datetime
    account: str = ""
    reason: str = ""
    ticket: str = ""
    operation: str = ""
    source: str = ""


def about_files(operation: Operation) -> bool:
    return operation.action.startswith("file.")


def keep_before(connection: Connection, operation: Operation, now: datetime) -> None:
    """What the file holds before this operation is sent, unless that is known already.

    The engine looks at a new file some seconds after it was written: until then it still tells the old text.
    """
    for kind, _ in _meant(operation):
        file = read.file(connection, operation.scheduler_id, kind, operation.object)
        if file is None or not file.source:
            return
        last = newest(connection, operation.scheduler_id, kind, operation.object)
        if last is not None and last.source == file.source:
            return
        older = last is not None and file.written_at is not None and file.written_at <= last.made_at
        # a file that was copied here with the time it had elsewhere is older, and holds something new all the same
        if older and number_of(connection, operation.scheduler_id, kind, operation.object, file.source) is not None:
            return
        _put(connection, operation.scheduler_id, Version(0, kind, file.path, FOUND, now, source=file.source))


def keep_after(connection: Connection, operation: Operation, now: datetime) -> None:
    "What the file holds now that this operation is done."
    for kind, source in _meant(operation):
        action = RESTORED if operation.action.startswith("file.restore") else WRITTEN
        by = {"account": operation.account, "reason": operation.reason, "ticket": operation.ticket}
        version = Version(
            0, kind, operation.object, action if source else DELETED, now, **by, operation=operation.key, source=source
        )
        _put(connection, operation.scheduler_id, version)
        _drop_oldest(connection, operation.scheduler_id, kind, operation.object)


def versions(connection: Connection, scheduler_id: str, kind: ObjectKind, path: str) -> list[Version]:
    "Of one file, the newest first, without their texts."
    found = connection.execute(_of(scheduler_id, kind, path, *_WITHOUT_SOURCE))
    return [_version(row) for row in found]


def changes(connection: Connection, scheduler_id: str, before: int | None, limit: int) -> list[Version]:
    "What was done to all files, the newest first, without their texts; `before`: older than that number."
    statement = select(*_WITHOUT_SOURCE).where(_C.scheduler_id == scheduler_id, _C.action != FOUND)
    if before is not None:
        statement = statement.where(_C.id < before)
    return [_version(row) for row in connection.execute(statement.order_by(_C.id.desc()).limit(limit))]


def version(
    connection: Connection, scheduler_id: str, kind: ObjectKind, path: str, number: int
) -> Version | None:
    "With its text."
    row = connection.execute(_of(scheduler_id, kind, path).where(_C.id == number)).one_or_none()
    return None if row is None else _version(row)


def number_of(connection: Connection, scheduler_id: str, kind: ObjectKind, path: str, source: str) -> int | None:
    "The newest version with that text."
    found: int | None = connection.execute(
        _of(scheduler_id, kind, path, _C.id).where(_C.source == source).limit(1)
    ).scalar()
    return found


def newest(connection: Connection, scheduler_id: str, kind: ObjectKind, path: str) -> Version | None:
    "With its text."
    row = connection.execute(_of(scheduler_id, kind, path).limit(1)).one_or_none()
    return None if row is None else _version(row)


def _meant(operation: Operation) -> list[tuple[ObjectKind, str]]:
    "Kind and new text of the file; empty text: it is deleted. Nothing for operations about anything else."
    if not about_files(operation):
        return []
    try:
        command = parse(operation.command.encode())
    except WorkloadError:
        return []  # the engine says why
    if command.tag == "file.remove":
        return [(ObjectKind(command.get("kind")), "")]
    return [definition_of(element) for element in command.children]


def _of(scheduler_id: str, kind: ObjectKind, path: str, *columns: Any) -> Select[Any]:
    key = file_key(kind, path)
    mine = (_C.scheduler_id == scheduler_id, _C.kind == key.kind, _C.path_key == key.path)
    return select(*columns or _C).where(*mine).order_by(_C.id.desc())


def _put(connection: Connection, scheduler_id: str, version: Version) -> None:
    key = file_key(version.kind, version.path)
    values = {name: getattr(version, name) for name in _KEPT}
    connection.execute(insert(table).values(scheduler_id=scheduler_id, kind=key.kind, path_key=key.path, **values))


_KEPT = ("path", "action", "source", "account", "reason", "ticket", "operation", "made_at")


def _drop_oldest(connection: Connection, scheduler_id: str, kind: ObjectKind, path: str) -> None:
    kept = _of(scheduler_id, kind, path, _C.id).limit(MOST).subquery()
    key = file_key(kind, path)
    mine = (_C.scheduler_id == scheduler_id, _C.kind == key.kind, _C.path_key == key.path)
    connection.execute(delete(table).where(*mine, _C.id < select(func.min(kept.c.id)).scalar_subquery()))


def _version(row: Row[Any]) -> Version:
    found = {name: value for name, value in row._mapping.items() if name in _KEPT}
    return Version(number=row.id, kind=ObjectKind(row.kind), **found)
