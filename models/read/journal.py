"What happened lately, and whether anything happened at all."

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, text

from models.connect import bare_cursor
from models.tables import journal


@dataclass(frozen=True, slots=True)
class JournalRow:
    "`kind` is a word of `scheduler.changes.Kind`; `object` the path as in `Change.object`."

    id: int
    time: datetime
    kind: str
    object: str
    detail: Mapping[str, Any]


_LAST = text("SELECT journal_id FROM leases WHERE scheduler_id = :scheduler_id")


_NEWEST_FIRST = text(
    "SELECT id, kind, object FROM journal WHERE scheduler_id = :scheduler_id AND id > :after AND id <= :last"
    " ORDER BY id DESC"
)


def last_journal_id(connection: Connection, scheduler_id: str) -> int:
    "The number of the last change; 0 when nothing was ever written. The cheapest of all questions."
    found: int | None = connection.execute(_LAST, {"scheduler_id": scheduler_id}).scalar_one_or_none()
    return found or 0


def last_journal_id_at(engine: Engine, scheduler_id: str) -> int:
    "The same for the pulse of hundreds of open pages, by a cursor of its own. Raises Unreachable or SchemaError."
    place = "?" if engine.dialect.name == "sqlite" else "%s"
    with bare_cursor(engine) as cursor:
        cursor.execute(f"SELECT journal_id FROM leases WHERE scheduler_id = {place}", (scheduler_id,))  # noqa: S608
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def changes_since(
    connection: Connection, scheduler_id: str, journal_id: int, limit: int = 1000, last: int | None = None
) -> list[JournalRow]:
    "The changes after a number (and none after `last`), in order."
    c = journal.c
    statement = select(journal).where(c.scheduler_id == scheduler_id, c.id > journal_id).order_by(c.id).limit(limit)
    if last is not None:
        statement = statement.where(c.id <= last)
    return [_row(row) for row in connection.execute(statement).mappings()]


def newest_change(
    connection: Connection, scheduler_id: str, after: int, last: int, folders: Sequence[str]
) -> int | None:
    """The number of the newest change after one number and up to another that concerns the scheduler as a whole or an
    object in one of the folders (lower case, a slash at both ends); None: there is none. For pulses: what `sight` says
    in SQL takes longer to write than these few rows take to read."""
    span = {"scheduler_id": scheduler_id, "after": after, "last": last}
    for number, kind, object in connection.execute(_NEWEST_FIRST, span):
        if kind.startswith("scheduler.") or object.lower().startswith(tuple(folders)):
            return int(number)
    return None


def files_changed_since(
    connection: Connection, scheduler_id: str, journal_id: int, limit: int
) -> dict[str, str]:
    "Paths of files that changed after that number, the newest `limit` changes; with the kind of those that went."
    c = journal.c
    mine = (c.scheduler_id == scheduler_id, c.id > journal_id, c.kind.startswith("file.", autoescape=True))
    statement = select(c.object, c.detail).where(*mine, c.object != "/").order_by(c.id.desc()).limit(limit)
    found: dict[str, str] = {}
    for path, detail in connection.execute(statement):
        found.setdefault(path, (detail or {}).get("kind", ""))
    return found


def recent_activity(
    connection: Connection,
    scheduler_id: str,
    limit: int = 20,
    before: int | None = None,
    object: str | None = None,
) -> list[JournalRow]:
    "The newest first. `before`: only smaller numbers. `object`: only this one, as `Change.object` spells it."
    c = journal.c
    statement = select(journal).where(c.scheduler_id == scheduler_id).order_by(c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(c.id < before)
    if object is not None:
        statement = statement.where(c.object == object)
    return [_row(row) for row in connection.execute(statement).mappings()]


def _row(row: Any) -> JournalRow:
    return JournalRow(row["id"], row["time"], row["kind"], row["object"], row["detail"] or {})
