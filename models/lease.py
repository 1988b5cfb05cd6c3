"""The fence: who may write for a scheduler.

One row holds the holder, a token that is the writer's own, and an epoch that rises with each taking. A writer names
token and epoch in every transaction, so a deposed holder writes nothing, whatever its clock says. Whether the
right may be taken at all (is the other one dead?) is judged by the caller; here taking is one conditional
statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, Literal

from sqlalchemy import Connection, Executable, bindparam, select, text, update

from models.columns import Instant
from models.errors import FenceError, LostChanges
from models.tables import leases
from scheduler.cluster.standing import Standing

_FIRST = text("""INSERT INTO leases (scheduler_id, holder, token, epoch, beat_at, journal_id)
VALUES (:scheduler_id, :holder, :token, 1, :beat_at, 0) ON CONFLICT DO NOTHING RETURNING epoch""").bindparams(
    bindparam("beat_at", type_=Instant())
)

#: asked several times a second, so it is made once
_LEASE = select(leases).where(leases.c.scheduler_id == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Lease:
    "The right to write as it stands; `journal_id` is the number of the last journal row."

    scheduler_id: str
    holder: str
    token: str
    epoch: int
    beat_at: datetime
    journal_id: int
    standing: Standing = Standing.HELD
    #: the member that shall go on, when the holder has left the right to it
    next_holder: str = ""


class _Unseen(Enum):
    AS_IT_STANDS = "as it stands"


#: for whoever decides nothing by what the lease was before
AS_IT_STANDS: Final = _Unseen.AS_IT_STANDS
#: what the taking of a right is based on; None: nobody ever held it
Seen = Lease | None | Literal[_Unseen.AS_IT_STANDS]


def read_lease(connection: Connection, scheduler_id: str) -> Lease | None:
    "Who holds the right; None when nobody ever did."
    row = connection.execute(_LEASE, {"of": scheduler_id}).mappings().one_or_none()
    return None if row is None else Lease(**{**row, "standing": Standing(row["standing"])})


def take_lease(
    connection: Connection, scheduler_id: str, holder: str, token: str, now: datetime, seen: Seen = AS_IT_STANDS
) -> Lease:
    """Takes the right to write, whoever holds it, and returns it with its new epoch.

    `seen` is the lease on which the caller based its decision. Raises FenceError when it has been taken or has beaten
    since. The caller commits.
    """
    if seen is AS_IT_STANDS:
        seen = read_lease(connection, scheduler_id)
    if seen is None:
        statement: Executable = _FIRST.bindparams(scheduler_id=scheduler_id, holder=holder, token=token, beat_at=now)
        taken = Lease(scheduler_id, holder, token, 1, now, 0)
    else:
        taken = Lease(scheduler_id, holder, token, seen.epoch + 1, now, seen.journal_id)
        statement = (
            update(leases)
            .where(leases.c.scheduler_id == scheduler_id, leases.c.epoch == seen.epoch)
            .where(leases.c.beat_at == seen.beat_at, leases.c.journal_id == seen.journal_id)
            .where(leases.c.standing == seen.standing.value)
            .values(holder=holder, token=token, epoch=taken.epoch, beat_at=now)
            .values(standing=Standing.HELD.value, next_holder="")
            .returning(leases.c.epoch)
        )
    if connection.execute(statement).one_or_none() is None:
        raise FenceError(f"Somebody else has taken the right to write for scheduler {scheduler_id!r}")
    return taken


def leave_lease(
    connection: Connection, scheduler_id: str, token: str, epoch: int, standing: Standing, next_holder: str = ""
) -> None:
    """Says how the holder ends, if it still is the holder, and which member shall go on (empty: any that may). The
    caller commits."""
    connection.execute(
        update(leases)
        .where(leases.c.scheduler_id == scheduler_id, leases.c.token == token, leases.c.epoch == epoch)
        .values(standing=standing.value, next_holder=next_holder)
    )


def free_lease_of_lost(connection: Connection, scheduler_id: str, holder: str) -> None:
    "If that holder has ended in order and nobody works since, any other member may go on. The caller commits."
    connection.execute(
        update(leases)
        .where(leases.c.scheduler_id == scheduler_id, leases.c.holder == holder)
        .where(leases.c.standing == Standing.ENDED.value)
        .values(standing=Standing.LOST.value)
    )


def renew_lease(connection: Connection, scheduler_id: str, token: str, journal_id: int) -> int:
    """A new epoch for the same writer after it lost its connection; returns it. The caller commits.

    A batch that is still under way on the lost connection comes too late from now on. Raises FenceError when
    the right has gone to somebody else, LostChanges when the database does not know what the writer knows to be
    committed: the journal up to `journal_id`.
    """
    row = connection.execute(
        update(leases)
        .where(leases.c.scheduler_id == scheduler_id, leases.c.token == token)
        .values(epoch=leases.c.epoch + 1)
        .returning(leases.c.epoch, leases.c.journal_id)
    ).one_or_none()
    if row is None:
        raise FenceError(f"The right to write for scheduler {scheduler_id!r} has gone to somebody else")
    if row.journal_id < journal_id:
        raise LostChanges(
            f"The database knows the journal of scheduler {scheduler_id!r} up to {row.journal_id} only, and "
            f"{journal_id} was committed: this is another database, or an older state of it"
        )
    epoch: int = row.epoch
    return epoch
