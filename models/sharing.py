"""The fence of a member that runs steps for the leading one of an active cluster.

It is the member's own row: as long as that stands there with the token of this run and is not dead, its reports count
(see `sharing_line`). Whoever declares it dead does that with a conditional statement, and reads the reports afterwards;
so each report was written before, and is read, or is refused.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from models.errors import FenceError
from models.member_commands import give_up
from models.members import Member
from models.tables import leases, members


def renew_member(connection: Connection, scheduler_id: str, member: Member, now: datetime) -> None:
    "The beat of a member that works beside the leading one. Raises FenceError when it was declared dead."
    c = members.c
    found = connection.execute(
        update(members)
        .where(c.scheduler_id == scheduler_id, c.member_id == member.member_id)
        .where(c.run_token == member.run_token, ~c.dead)
        .values(beat_at=now, state=member.state, active=member.active, exclusive=False)
        .values(commit_seconds=member.commit_seconds, files_digest=member.files_digest)
    )
    if found.rowcount != 1:
        raise declared_dead(member)


def declared_dead(member: Member) -> FenceError:
    return FenceError(f"Member {member.member_id} was declared dead; what it ran is done again by others")


def declare_dead(connection: Connection, scheduler_id: str, member: Member, by: str, token: str) -> bool:
    """Whether it is dead now: not when it has beaten since `member` was read, or when `by` leads no more, whose token
    as the writer is `token`."""
    lease, c = leases.c, members.c
    leads = connection.execute(
        select(lease.epoch).where(lease.scheduler_id == scheduler_id, lease.token == token).with_for_update(read=True)
    ).one_or_none()
    if leads is None:
        return False
    found = connection.execute(
        update(members)
        .where(c.scheduler_id == scheduler_id, c.member_id == member.member_id, c.run_token == member.run_token)
        .where(c.beat_at == member.beat_at, ~c.dead)
        .values(dead=True, active=False, exclusive=False, deactivated_by=by)
    )
    if found.rowcount == 1:
        give_up(connection, scheduler_id, member.member_id)
    return found.rowcount == 1
