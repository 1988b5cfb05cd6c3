"Commands that were ordered on pages while no member took them. The caller opens the transactions."

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from models import accounts, audit, file_versions, operations, roles
from models.operations import Operation, State
from models.tables import operations as table

_COLUMNS = tuple(column.name for column in table.c)


def waiting(connection: Connection, scheduler_id: str, states: tuple[State, ...], limit: int = 100) -> list[Operation]:
    "The oldest first; only those of which it is known what whoever ordered them must be allowed."
    c = table.c
    statement = (
        select(table)
        .where(c.scheduler_id == scheduler_id, c.state.in_([state.value for state in states]), c.permission != "")
        .order_by(c.created_at, c.key)
        .limit(limit)
    )
    found = []
    for row in connection.execute(statement):
        values = {name: getattr(row, name) for name in _COLUMNS}
        found.append(Operation(**values | {"state": State(row.state)}))
    return found


def still_allowed(connection: Connection, operation: Operation) -> bool:
    "Whether whoever ordered it may still do so."
    account = accounts.by_id(connection, operation.account_id)
    if account is None or account.disabled:
        return False
    access = roles.access(connection, account.id)
    return access.may(operation.permission, operation.scheduler_id, operation.path or None)


def claim(connection: Connection, operation: Operation, now: datetime) -> bool:
    "From now on it is on its way, and nobody else sends it. False: somebody was faster."
    claimed = operations.move(connection, operation.key, State.WAITING, State.SENDING)
    if claimed:
        file_versions.keep_before(connection, operation, now)
    return claimed


def give_back(connection: Connection, operation: Operation) -> None:
    "It was not sent; it waits again."
    operations.move(connection, operation.key, State.SENDING, State.WAITING)


def end(
    connection: Connection, operation: Operation, before: State, after: State, now: datetime,
    code: str = "", text: str = "", made: str = "",
) -> bool:
    "With its audit entry. False: it was not in that state any more."
    values = {"code": code, "text": text, "made": made, "ended_at": now}
    moved = operations.move(connection, operation.key, before, after, **values)
    if moved:
        result = "" if after is State.DONE else code or after.value
        audit.finish(connection, operation.entry, result, operation.for_audit(text))
        if after is State.DONE:
            file_versions.keep_after(connection, operation, now)
    return moved
