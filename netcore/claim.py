"""Whether this engine may write for its scheduler id, decided before it starts. For engines that stand alone.

One scheduler id has one writer. Who holds the right is dead when its process is gone from this machine, or when
its heartbeat stands still for `DEAD_AFTER` seconds of our own clock, whatever the times in the database say.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from models.batch import Writer, boot_seconds
from models.connect import create, reading
from models.lease import Lease
from models.members import Member
from netcore.cluster.look import STOPPED, Look, beats, holder_of, mates_of, take_look
from scheduler.cluster.sight import Sight
from scheduler.cluster.standing import Standing

_LOOK_EVERY = 0.2


class InUse(Exception):
    "Another engine works for this scheduler id."


@dataclass(frozen=True, slots=True)
class Claim:
    "The opened writer, the lease that it holds, and what was found before."

    writer: Writer
    lease: Lease
    before: Look

    @property
    def run_tokens(self) -> frozenset[str]:
        "Of all other runs whose processes may still be there, but are not to be."
        return frozenset(member.run_token for member in self.before.members if member.run_token) - self.mates

    @property
    def mates(self) -> frozenset[str]:
        "The runs of members that work beside whoever leads; what they run goes on."
        return mates_of(self.before)

    @property
    def after_failure(self) -> bool:
        "Whether whoever worked before has not ended in order."
        lease, holder = self.before.lease, self.before.holder
        return lease is not None and lease.standing is Standing.HELD and (holder is None or holder.state != STOPPED)


def claim(url: str, scheduler_id: str, member: Member) -> Claim:
    """Takes the right to write. Blocks up to `DEAD_AFTER` seconds. Raises InUse and the errors of the store."""
    before = _wait_until_dead(url, scheduler_id, member)
    return claim_from(url, scheduler_id, member, before)


def claim_from(url: str, scheduler_id: str, member: Member, before: Look) -> Claim:
    "Takes the right if the lease still is as it was found. Raises FenceError if not, and the errors of the store."
    writer = Writer(url, scheduler_id, member.member_id)
    try:
        return Claim(writer, writer.open(datetime.now(UTC), before.lease), before)
    except Exception:
        writer.close()
        raise


def _wait_until_dead(url: str, scheduler_id: str, member: Member) -> Look:
    engine = create(url, "reader")
    sight = Sight()
    try:
        first: Lease | None = None
        while True:
            began = boot_seconds()
            with reading(engine) as connection:
                look = take_look(connection, scheduler_id, member.member_id)
            sight.look(beats(look), began, boot_seconds())
            holder = holder_of(look, member, sight)
            if holder is None or holder.standing is not Standing.HELD or holder.me or holder.gone or holder.silent:
                return look
            if first is None:
                first = look.lease
            elif look.lease != first:
                raise InUse(f"{holder.member_id} works for scheduler id {scheduler_id!r} with this database already")
            time.sleep(_LOOK_EVERY)
    finally:
        engine.dispose()
