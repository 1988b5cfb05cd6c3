"What the database says about the cluster, in one look, and what it means."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.connect import Connection
from models.lease import Lease, read_lease
from models.member_commands import open_commands
from models.members import Member, read_members
from netcore.cluster.machine import lives, this_machine
from scheduler.cluster.claiming import Candidate, Holder
from scheduler.cluster.member_command import MemberCommand
from scheduler.cluster.sight import Quality, Sight
from scheduler.cluster.standing import Standing
from scheduler.cluster.view import MemberView

STOPPED = "stopped"
WAITS, WAITS_PAUSED = "waiting_for_activation", "waiting_for_activation_paused"
#: of a member that runs steps beside the one that leads, which may end as soon as nothing runs
WORKS, WORKS_PAUSED, LEAVES = "running", "paused", "stopping"


@dataclass(frozen=True, slots=True)
class Look:
    "`lease` None: nobody ever worked. `commands` are those for this member."

    lease: Lease | None
    members: tuple[Member, ...]
    commands: tuple[MemberCommand, ...] = ()

    def member(self, member_id: str) -> Member | None:
        return next((member for member in self.members if member.member_id == member_id), None)

    @property
    def holder(self) -> Member | None:
        "The row of whoever has the right, or had it last."
        return self.member(self.lease.holder) if self.lease is not None else None

    @property
    def holder_waits(self) -> bool:
        "Whether whoever had the right is there again, paused: under its name, or in its process under another one."
        holder = self.holder
        return holder is not None and any(
            waits_paused(member) and (member.member_id == holder.member_id or same_process(member, holder))
            for member in self.members
        )


def take_look(connection: Connection, scheduler_id: str, member_id: str) -> Look:
    return Look(
        read_lease(connection, scheduler_id),
        tuple(read_members(connection, scheduler_id)),
        tuple(open_commands(connection, scheduler_id, member_id)),
    )


def beats(look: Look) -> dict[str, object]:
    "What changes as long as a member lives, by member id; of the holder every batch counts."
    found: dict[str, object] = {member.member_id: member.beat_at for member in look.members}
    lease = look.lease
    if lease is not None:
        found[lease.holder] = (lease.epoch, lease.beat_at, lease.journal_id, lease.standing)
    return found


def on_this_machine(member: Member) -> bool:
    return bool(member.machine) and member.machine == this_machine()


def is_gone(member: Member) -> bool:
    "It has said goodbye, or its process on this machine exists no more. False when nobody can tell."
    return member.state == STOPPED or (on_this_machine(member) and not lives(member.pid, member.process_start))


def waits_paused(member: Member) -> bool:
    "A member whose row says this has no right to work, and takes none; if it had it in an earlier life, that is over."
    return member.clustered and not member.exclusive and member.state in (WAITS_PAUSED, WORKS_PAUSED)


def works_beside(member: Member) -> bool:
    "Whether it runs steps for whoever leads an active cluster, as far as its row and its process say."
    return member.distributed and not member.dead and not is_gone(member)


def mates_of(look: Look) -> frozenset[str]:
    "The runs of all members of an active cluster that live, but for the one that leads or led last."
    holder = look.lease.holder if look.lease is not None else ""
    others = (m for m in look.members if m.member_id != holder or waits_paused(m))
    return frozenset(member.run_token for member in others if works_beside(member))


def same_process(one: Member, other: Member) -> bool:
    "Also when the program was replaced by a new one, as a restart does it."
    return (one.machine, one.pid, one.process_start) == (other.machine, other.pid, other.process_start)


def holder_of(look: Look, me: Member, sight: Sight) -> Holder | None:
    "Who has the right, as far as `me` can judge."
    lease, row = look.lease, look.holder
    if lease is None:
        return None
    mine = row is not None and on_this_machine(row) and (row.member_id == me.member_id or same_process(row, me))
    return Holder(
        lease.holder,
        lease.standing,
        me=mine,
        gone=row is not None and (is_gone(row) or look.holder_waits),
        silent=sight.quality(lease.holder) is Quality.DEAD,
        next_holder=lease.next_holder,
    )


def candidates(look: Look, me: Member, sight: Sight) -> list[Candidate]:
    "The others that wait for activation and live."
    return [
        candidate_of(member, member.started_at, paused=member.state in (WAITS_PAUSED, WORKS_PAUSED))
        for member in look.members
        if member.member_id != me.member_id
        and (member.state in (WAITS, WAITS_PAUSED) or (member.state in (WORKS, WORKS_PAUSED) and not member.exclusive))
        and sight.quality(member.member_id) is not Quality.DEAD
        and not is_gone(member)
        and not same_process(member, me)
    ]


def candidate_of(member: Member, started_at: datetime, paused: bool) -> Candidate:
    return Candidate(member.member_id, member.precedence or 0, member.backup, started_at, paused)


def views(look: Look, me: str, sight: Sight, noticed: dict[str, datetime]) -> tuple[MemberView, ...]:
    "All members that have not ended, as `me` sees them; `noticed`: when each beat was last seen to change."
    lease = look.lease
    return tuple(
        MemberView(
            member.member_id, member.host, member.pid, member.version, member.state, member.started_at,
            lease.beat_at if lease is not None and lease.holder == member.member_id else member.beat_at,
            precedence=member.precedence or 0,
            backup=member.backup,
            clustered=member.clustered,
            active=member.active,
            distributed=member.distributed,
            run_token=member.run_token,
            bell_port=member.bell_port or 0,
            exclusive=member.exclusive and lease is not None and lease.standing is Standing.HELD,
            dead=member.dead or (member.member_id != me and is_gone(member)),
            deactivated_by=member.deactivated_by,
            tcp_port=member.tcp_port,
            udp_port=member.udp_port,
            http_port=member.http_port,
            https_port=member.https_port,
            ip_address=member.ip_address,
            noticed_at=noticed.get(member.member_id),
            quality=Quality.GOOD if member.member_id == me else sight.quality(member.member_id),
            beats=sight.counts(member.member_id)[0],
            late_beats=sight.counts(member.member_id)[1],
        )
        for member in look.members
        if member.state != STOPPED
    )  # fmt: skip
