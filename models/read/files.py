"Files of objects, and what is wrong with them."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from models import tables
from models.conditions import FILE_FAULTY
from models.read.page import one_of
from models.restore import problem_of
from scheduler.errors import Problem
from scheduler.records import FileState, ObjectKind, file_key


@dataclass(frozen=True, slots=True)
class FileRow:
    """A configuration file. `source` is the version in use, empty when there is none.

    `problem` is what is wrong with the newest version. `successor`: a newer good version waits until the object is
    idle.
    """

    kind: ObjectKind
    path: str
    file: str
    title: str
    written_at: datetime | None
    state: FileState
    problem: Problem | None
    successor: bool
    successor_written_at: datetime | None
    removed: bool
    source: str


def files_with_problems(
    connection: Connection, scheduler_id: str, limit: int = 100, kinds: Sequence[ObjectKind] = ()
) -> list[FileRow]:
    "By kind and path; `kinds` empty: of all kinds."
    c = tables.files.c
    mine = [c.scheduler_id == scheduler_id, FILE_FAULTY]
    if kinds:
        mine.append(c.kind.in_([kind.value for kind in kinds]))
    statement = select(tables.files).where(*mine).order_by(c.kind, c.path_key).limit(limit)
    return [_file(row) for row in connection.execute(statement)]


def files_of(connection: Connection, scheduler_id: str, kinds: Sequence[ObjectKind]) -> list[FileRow]:
    "All files of these kinds, by kind and path."
    c = tables.files.c
    statement = (
        select(tables.files)
        .where(c.scheduler_id == scheduler_id, c.kind.in_([kind.value for kind in kinds]))
        .order_by(c.kind, c.path_key)
    )
    return [_file(row) for row in connection.execute(statement)]


def files_at(
    connection: Connection, scheduler_id: str, kinds: Sequence[ObjectKind], paths: Sequence[str]
) -> list[FileRow]:
    "Files of these kinds with one of these paths."
    c = tables.files.c
    mine = [c.scheduler_id == scheduler_id, c.kind.in_([kind.value for kind in kinds])]
    keys = sorted({path.lower() for path in paths})
    statement = select(tables.files).where(*mine, one_of(connection, c.path_key, keys))
    return [_file(row) for row in connection.execute(statement)] if keys else []


def files_with(connection: Connection, scheduler_id: str, kind: ObjectKind, text: str) -> list[FileRow]:
    "Files of this kind whose definition holds the text, by path."
    c = tables.files.c
    statement = select(tables.files).where(c.scheduler_id == scheduler_id, c.kind == kind.value)
    found = connection.execute(statement.where(c.source.contains(text, autoescape=True)).order_by(c.path_key))
    return [_file(row) for row in found]


def file(connection: Connection, scheduler_id: str, kind: ObjectKind, path: str) -> FileRow | None:
    "The file of an object; orders have the path `chain path,order id`."
    c = tables.files.c
    key = file_key(kind, path)
    statement = select(tables.files).where(c.scheduler_id == scheduler_id, c.kind == key.kind, c.path_key == key.path)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _file(row)


def _file(row: Row[Any]) -> FileRow:
    return FileRow(
        kind=ObjectKind(row.kind),
        path=row.path,
        file=row.file,
        title=row.title,
        written_at=row.written_at,
        state=row.state,
        problem=problem_of(row),
        successor=row.successor,
        successor_written_at=row.successor_written_at,
        removed=row.removed,
        source=row.source,
    )
