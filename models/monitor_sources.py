"What the monitor looks at: rows of the journal, rounds of orders that ended, starts of the plan. Reads only."

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, tuple_

from models import tables
from models.read.journal import JournalRow
from scheduler.plan.state import EntryState

_J = tables.journal.c
_E = tables.plan_entries.c
_R = tables.order_runs.c

#: what the monitor is told of
TROUBLES = (EntryState.LATE, EntryState.MISSED, EntryState.OVERDUE)


@dataclass(frozen=True, slots=True)
class Start:
    "A start of the plan as it stands. `object` is the path; of orders chain path, comma, id."

    kind: str
    object_key: str
    object: str
    planned_at: datetime
    state: EntryState
    start_at: datetime | None


def last_row(connection: Connection, scheduler_id: str) -> int:
    "The number of the newest row of the journal; 0: there is none."
    return connection.execute(select(func.max(_J.id)).where(_J.scheduler_id == scheduler_id)).scalar_one() or 0


def last_row_before(connection: Connection, scheduler_id: str, moment: datetime) -> int:
    "The number of the newest row from before that moment; 0: there is none."
    statement = select(_J.id).where(_J.scheduler_id == scheduler_id, _J.time < moment)
    return connection.execute(statement.order_by(_J.id.desc()).limit(1)).scalar_one_or_none() or 0


def rows_after(
    connection: Connection, scheduler_id: str, number: int, until: int, kinds: Collection[str], limit: int
) -> list[JournalRow]:
    "Rows of these kinds with numbers above `number` up to `until`, in order."
    statement = (
        select(tables.journal)
        .where(_J.scheduler_id == scheduler_id, _J.id > number, _J.id <= until, _J.kind.in_(list(kinds)))
        .order_by(_J.id)
        .limit(limit)
    )
    return [
        JournalRow(row["id"], row["time"], row["kind"], row["object"], row["detail"] or {})
        for row in connection.execute(statement).mappings()
    ]


def rounds(connection: Connection, scheduler_id: str, numbers: Collection[int]) -> dict[int, bool]:
    "Of these rounds those that have ended: whether they have failed."
    found: dict[int, bool] = {}
    wanted = list(numbers)
    for begin in range(0, len(wanted), 500):
        statement = select(_R.history_id, _R.failed).where(
            _R.scheduler_id == scheduler_id, _R.history_id.in_(wanted[begin : begin + 500]), _R.ended_at.is_not(None)
        )
        found |= {row.history_id: row.failed for row in connection.execute(statement)}
    return found


def troubles(connection: Connection, scheduler_id: str, since_day: str) -> list[Start]:
    "Starts that are late, were missed, or run for too long, of this plan day and later ones."
    statement = (
        select(_E.kind, _E.object_key, _E.object, _E.planned_at, _E.state, _E.start_at)
        .where(_E.scheduler_id == scheduler_id, _E.day >= since_day, _E.state.in_(TROUBLES))
        .order_by(_E.planned_at)
    )
    return [Start(*row) for row in connection.execute(statement)]


def starts_of(
    connection: Connection, scheduler_id: str, keys: Sequence[tuple[str, str]], since_day: str
) -> list[Start]:
    "All starts of these objects (kind, key) of this plan day and later ones."
    if not keys:
        return []
    statement = (
        select(_E.kind, _E.object_key, _E.object, _E.planned_at, _E.state, _E.start_at)
        .where(_E.scheduler_id == scheduler_id, _E.day >= since_day)
        .where(tuple_(_E.kind, _E.object_key).in_(list(keys)))
        .order_by(_E.planned_at)
    )
    return [Start(*row) for row in connection.execute(statement)]
