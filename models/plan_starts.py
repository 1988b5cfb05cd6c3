"""Rows of starts that run times give and that nothing is told of yet: one for each object and day, for the service that
keeps the plan. The caller opens the transactions and keeps them short.

    a start is due -> it gets an entry (`models.plan`), and `next_at` goes on to the one after it

So a day with hundreds of thousands of starts is some thousands of short rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select, update

from models import tables
from models.columns import instant_text
from models.plan import by_kind
from scheduler.plan.override import PlanKey

_S = tables.plan_starts.c
_PUT = """INSERT INTO plan_starts
(scheduler_id, day, kind, object_key, object, series, next_at, expected_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (scheduler_id, day, kind, object_key) DO UPDATE SET object = excluded.object, series = excluded.series,
next_at = excluded.next_at, expected_seconds = excluded.expected_seconds"""
_DROP = "DELETE FROM plan_starts WHERE scheduler_id = ? AND day = ? AND kind = ? AND object_key = ?"

#: as the driver takes it
Values = tuple[str | float | None, ...]


@dataclass(frozen=True, slots=True)
class StartsRow:
    "`series` is the text of a `Series`. Starts from `next_at` on have no entry yet; None: all of them have."

    day: date
    key: PlanKey
    object: str
    series: str
    next_at: datetime | None
    expected_seconds: float | None = None


def values_of(scheduler_id: str, rows: Iterable[StartsRow]) -> list[Values]:
    "What `put_starts` takes: made before the transaction, which is the shorter for it."
    return [
        (
            scheduler_id, row.day.isoformat(), *row.key, row.object, row.series,
            None if row.next_at is None else instant_text(row.next_at), row.expected_seconds,
        )
        for row in rows
    ]  # fmt: skip


def put_starts(connection: Connection, values: Sequence[Values]) -> None:
    if values:
        connection.exec_driver_sql(_spelled(connection, _PUT), list(values))


def drop_starts(connection: Connection, scheduler_id: str, day: date, keys: Collection[PlanKey]) -> None:
    "These objects start no more on that day."
    if keys:
        values = [(scheduler_id, day.isoformat(), *key) for key in keys]
        connection.exec_driver_sql(_spelled(connection, _DROP), values)


def _spelled(connection: Connection, statement: str) -> str:
    return statement if connection.dialect.name == "sqlite" else statement.replace("?", "%s")


def stored(connection: Connection, scheduler_id: str, day: date) -> dict[PlanKey, str]:
    "The texts of the series of a day."
    statement = select(_S.kind, _S.object_key, _S.series).where(
        _S.scheduler_id == scheduler_id, _S.day == day.isoformat()
    )
    return {PlanKey(kind, key): series for kind, key, series in connection.execute(statement)}


def due(connection: Connection, scheduler_id: str, until: datetime, limit: int) -> list[StartsRow]:
    "Those with a start up to `until` that has no entry yet, the oldest one first."
    statement = (
        select(tables.plan_starts).where(_S.scheduler_id == scheduler_id, _S.next_at <= until)
        .order_by(_S.next_at).limit(limit)
    )  # fmt: skip
    return [
        StartsRow(
            date.fromisoformat(row.day), PlanKey(row.kind, row.object_key), row.object, row.series, row.next_at,
            row.expected_seconds,
        )
        for row in connection.execute(statement)
    ]  # fmt: skip


def following(
    connection: Connection, scheduler_id: str, keys: Collection[PlanKey], days: Collection[date]
) -> dict[PlanKey, datetime]:
    "The first start of each of these objects that has no entry yet, on these days."
    found: dict[PlanKey, datetime] = {}
    for kind, names in by_kind(keys).items():
        statement = select(_S.object_key, _S.next_at).where(
            _S.scheduler_id == scheduler_id, _S.day.in_([day.isoformat() for day in days]), _S.kind == kind,
            _S.object_key.in_(names), _S.next_at.is_not(None),
        )  # fmt: skip
        for row in connection.execute(statement.order_by(_S.next_at.desc())):
            found[PlanKey(kind, row.object_key)] = row.next_at
    return found


def go_on(connection: Connection, scheduler_id: str, rows: Iterable[StartsRow]) -> None:
    "The entries of starts before their `next_at` are told."
    values = [
        {"a_day": row.day.isoformat(), "a_kind": row.key.kind, "a_key": row.key.key, "then": row.next_at}
        for row in rows
    ]
    statement = update(tables.plan_starts).where(
        _S.scheduler_id == scheduler_id, _S.day == bindparam("a_day"), _S.kind == bindparam("a_kind"),
        _S.object_key == bindparam("a_key"),
    )  # fmt: skip
    if values:
        connection.execute(statement.values(next_at=bindparam("then")), values)
