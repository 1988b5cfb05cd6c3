"""What people write about an object for those who look at it later: plain text with a date and a name.

`kind` is that of the object (`scheduler.records.ObjectKind`), `name` its path; of an order: chain, comma, id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from models.tables import object_notes
from scheduler.records import ObjectKind, file_key


@dataclass(frozen=True, slots=True)
class ObjectNote:
    "`account` is the name of whoever wrote it."

    id: int
    account: str
    written_at: datetime
    text: str


def write(
    connection: Connection, scheduler_id: str, kind: str, name: str, account: str, text: str, now: datetime
) -> int:
    "Returns the id of the new note. The caller commits."
    values = {"scheduler_id": scheduler_id, "kind": kind, "object_key": _key(kind, name)}
    statement = insert(object_notes).values(**values, account=account, text=text, written_at=now)
    made: int = connection.execute(statement.returning(object_notes.c.id)).scalar_one()
    return made


def of_object(connection: Connection, scheduler_id: str, kind: str, name: str) -> list[ObjectNote]:
    "The newest first."
    c = object_notes.c
    statement = select(c.id, c.account, c.written_at, c.text).where(*_of(scheduler_id, kind, name))
    return [ObjectNote(**row._mapping) for row in connection.execute(statement.order_by(c.id.desc()))]


def count(connection: Connection, scheduler_id: str, kind: str, name: str) -> int:
    statement = select(func.count()).select_from(object_notes).where(*_of(scheduler_id, kind, name))
    return int(connection.execute(statement).scalar_one())


def numbers(connection: Connection, scheduler_id: str, kinds: Sequence[str]) -> dict[tuple[str, str], int]:
    "How many notes objects of these kinds have, by kind and path as its key has it; those without any are not there."
    c = object_notes.c
    statement = select(c.kind, c.object_key, func.count()).where(c.scheduler_id == scheduler_id, c.kind.in_(kinds))
    return {
        (kind, path): int(number) for kind, path, number in connection.execute(statement.group_by(c.kind, c.object_key))
    }


def remove(connection: Connection, scheduler_id: str, kind: str, name: str, note_id: int) -> ObjectNote | None:
    "What was removed; None: the object has no such note (any more)."
    c = object_notes.c
    statement = delete(object_notes).where(c.id == note_id, *_of(scheduler_id, kind, name))
    row = connection.execute(statement.returning(c.id, c.account, c.written_at, c.text)).one_or_none()
    return None if row is None else ObjectNote(**row._mapping)


def _of(scheduler_id: str, kind: str, name: str) -> tuple[ColumnElement[Any], ...]:
    c = object_notes.c
    return c.scheduler_id == scheduler_id, c.kind == kind, c.object_key == _key(kind, name)


def _key(kind: str, name: str) -> str:
    return file_key(ObjectKind(kind), name).path
