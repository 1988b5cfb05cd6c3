"""What a supervisor has sent to its workers, and which of them get nothing new: rows that only it writes.

Each function works in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from models.tables import configuration_transfers, workload_freezes
from scheduler.supervisor.records import Freeze, Outcome, Transfer
from scheduler.supervisor.tree import Difference

#: paths that are kept of one transfer, transfers that are kept of one worker
PATHS, KEPT = 200, 200
_TRANSFERS = configuration_transfers.c
_FREEZES = workload_freezes.c


@dataclass(frozen=True, slots=True)
class KeptTransfer:
    "As it was; its difference holds only the first `PATHS` paths of those that are counted."

    id: int
    transfer: Transfer
    added: int
    changed: int
    removed: int

    @property
    def not_kept(self) -> int:
        "How many paths are only counted."
        found = self.transfer.difference
        return self.added + self.changed + self.removed - len((*found.added, *found.changed, *found.removed))


def add_transfers(connection: Connection, scheduler_id: str, transfers: Sequence[Transfer]) -> None:
    "In the sequence in which they ended; of each of their workers only the newest ones stay."
    if not transfers:
        return
    connection.execute(
        insert(configuration_transfers),
        [
            {
                "scheduler_id": scheduler_id, "worker": each.worker, "number": each.number,
                "number_before": each.before, "started_at": each.started_at, "ended_at": each.ended_at,
                "outcome": each.outcome.value, "problem": each.problem, "added": len(each.difference.added),
                "changed": len(each.difference.changed), "removed": len(each.difference.removed),
                "files": [list(pair) for pair in _pairs(each.difference)][:PATHS],
            }
            for each in transfers
        ],
    )  # fmt: skip
    for worker in sorted({each.worker for each in transfers}):
        mine = (_TRANSFERS.scheduler_id == scheduler_id, _TRANSFERS.worker == worker)
        oldest = select(_TRANSFERS.id).where(*mine).order_by(_TRANSFERS.id.desc()).limit(1).offset(KEPT)
        number = connection.execute(oldest).scalar()
        if number is not None:
            connection.execute(delete(configuration_transfers).where(*mine, _TRANSFERS.id <= number))


def transfers(
    connection: Connection, scheduler_id: str, worker: str, before: int | None = None, limit: int = 20
) -> list[KeptTransfer]:
    "The newest first; `before`: those with a smaller id."
    statement = select(configuration_transfers).where(
        _TRANSFERS.scheduler_id == scheduler_id, _TRANSFERS.worker == worker
    )
    if before is not None:
        statement = statement.where(_TRANSFERS.id < before)
    found = connection.execute(statement.order_by(_TRANSFERS.id.desc()).limit(limit))
    return [
        KeptTransfer(
            row.id,
            Transfer(
                row.worker, row.number, row.number_before, row.started_at, row.ended_at, Outcome(row.outcome),
                _difference(row.files), row.problem,
            ),
            row.added, row.changed, row.removed,
        )
        for row in found
    ]  # fmt: skip


def freeze(connection: Connection, scheduler_id: str, worker: str, found: Freeze | None) -> None:
    "From now on the worker is frozen so; None: it is not."
    connection.execute(
        delete(workload_freezes).where(_FREEZES.scheduler_id == scheduler_id, _FREEZES.worker == worker)
    )
    if found is not None:
        connection.execute(
            insert(workload_freezes).values(
                scheduler_id=scheduler_id, worker=worker, version=found.version, frozen_at=found.at,
                frozen_by=found.by, reason=found.reason, frozen_until=found.until,
            )
        )  # fmt: skip


def freezes(connection: Connection, scheduler_id: str) -> dict[str, Freeze]:
    "By the names of the workers."
    statement = select(workload_freezes).where(_FREEZES.scheduler_id == scheduler_id)
    return {
        row.worker: Freeze(row.version, row.frozen_at, row.frozen_by, row.reason, row.frozen_until)
        for row in connection.execute(statement)
    }


def forget(connection: Connection, scheduler_id: str, worker: str) -> None:
    freeze(connection, scheduler_id, worker, None)
    connection.execute(
        delete(configuration_transfers).where(_TRANSFERS.scheduler_id == scheduler_id, _TRANSFERS.worker == worker)
    )


def _pairs(difference: Difference) -> Iterator[tuple[str, str]]:
    for how in ("added", "changed", "removed"):
        for path in getattr(difference, how):
            yield how, path


def _difference(pairs: Iterable[Sequence[str]]) -> Difference:
    found: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
    for how, path in pairs:
        found[how].append(path)
    return Difference(*(tuple(found[how]) for how in ("added", "changed", "removed")))
