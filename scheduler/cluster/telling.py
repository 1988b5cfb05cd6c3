"What a command does to another member of the cluster: it is told, through the database."

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.cluster.member_command import MemberCommand
from scheduler.cluster.view import MemberView
from scheduler.errors import Code, WorkloadError
from scheduler.world import World


def member_of(world: World, member_id: str) -> MemberView:
    "Raises UNKNOWN_MEMBER."
    found = world.cluster.member(member_id) if world.cluster is not None else None
    if found is None:
        raise WorkloadError(Code.UNKNOWN_MEMBER, member=member_id)
    return found


def told(world: World, member: MemberView, command: str, now: datetime) -> Change:
    "The member obeys `command`, a document, in the run in which it is now; it lies in the database until then."
    row = MemberCommand(member.member_id, world.identity.member_id, now, command, member.started_at)
    return Change(Kind.MEMBER_TOLD, member.member_id, put=(row,), detail={"command": command})
