"Who did what through the control plane, and what came of it."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from models.tables import audit

#: what the result says while no answer has come
PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Entry:
    """`command` is the XML that was sent, empty when none was.

    `result_code` is empty when it was done, PENDING while no answer has come, else the code of the refusal.
    """

    id: int
    time: datetime
    scheduler_id: str
    account: str
    address: str
    action: str
    object: str
    command: str
    result_code: str
    result_text: str
    reason: str


def begin(
    connection: Connection,
    now: datetime,
    scheduler_id: str,
    account: str,
    address: str,
    action: str,
    object: str,
    command: str = "",
    reason: str = "",
) -> int:
    "An entry before the deed, so that nothing is ever done without one; returns its id. The caller commits."
    statement = insert(audit).values(
        time=now,
        scheduler_id=scheduler_id,
        account=account,
        address=address,
        action=action,
        object=object,
        command=command,
        result_code=PENDING,
        result_text="",
        reason=reason,
    )
    identifier: int = connection.execute(statement.returning(audit.c.id)).scalar_one()
    return identifier


def finish(connection: Connection, entry: int, result_code: str, result_text: str = "") -> None:
    "What came of it."
    connection.execute(
        update(audit).where(audit.c.id == entry).values(result_code=result_code, result_text=result_text)
    )


def entries(
    connection: Connection,
    scheduler_id: str | None = None,
    object: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    "The newest first. `before`: only entries with a smaller id, for the next page."
    statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if scheduler_id is not None:
        statement = statement.where(audit.c.scheduler_id == scheduler_id)
    if object is not None:
        statement = statement.where(audit.c.object == object)
    if before is not None:
        statement = statement.where(audit.c.id < before)
    return [Entry(**row) for row in connection.execute(statement).mappings()]
