"What a command does to other members of the cluster: they are told, through the database."

from __future__ import annotations

from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.cluster.member_command import CommandToAll, MemberCommand
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


def told_to_all(world: World, command: str, now: datetime) -> Change:
    """All other members obey `command`, a document, also those that the last look did not show: who is there is asked
    when it is recorded. Members that come later are not told."""
    row = CommandToAll(world.identity.member_id, now, command)
    return Change(Kind.MEMBER_TOLD, "", put=(row,), detail={"command": command})
