"""`<terminate>`: the orderly end of this engine, or of other members of its cluster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.cluster.member_command import MemberCommand, MemberEntry
from scheduler.cluster.sight import Quality
from scheduler.cluster.view import MemberView
from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.engine_end import end_engine
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import SECONDS_OR_NEVER, TEXT, YES_NO
from scheduler.xml.write import element


@command("terminate", Level.NO_ADD, working=False)
@dataclass(frozen=True, slots=True)
class Terminate:
    """`timeout` in seconds, without it there is no limit. The answer is sent before the engine ends.

    `continue_exclusive_operation`: any other member of the cluster goes on, a backup too; otherwise only a primary
    may. `all_schedulers`: all other members end as well. `cluster_member_id`: not this engine but that member ends;
    with `delete_dead_entry` it is dead already, and its entry is deleted. What members tell each other lies in the
    database until it is obeyed.
    """

    restart: bool = attribute(YES_NO, False)
    timeout: float | None = attribute(SECONDS_OR_NEVER, None)
    all_schedulers: bool = attribute(YES_NO, False)
    cluster_member_id: str = attribute(TEXT, "")
    continue_exclusive_operation: bool = attribute(YES_NO, False)
    delete_dead_entry: bool = attribute(YES_NO, False)

    def decide(self, world: World, now: datetime) -> Decision:
        if self.delete_dead_entry and self.cluster_member_id in ("", world.identity.member_id):
            raise WorkloadError(Code.ONLY_WITH, attribute="delete_dead_entry", other="the id of a dead member")
        if self.cluster_member_id not in ("", world.identity.member_id):
            return self._other(_member(world, self.cluster_member_id), world, now)
        decision = end_engine(
            world, restart=self.restart, timeout=self.timeout, fail_safe=self.continue_exclusive_operation
        )
        if self.all_schedulers and world.cluster is not None:
            others = [m for m in world.cluster.members if m.member_id != world.identity.member_id and not m.dead]
            decision.changes[:0] = [self._told(member, world, now) for member in others]
        return decision

    def _other(self, member: MemberView, world: World, now: datetime) -> Decision:
        if not self.delete_dead_entry:
            return Decision([self._told(member, world, now)], reply="<ok/>")
        if not member.dead and member.quality is not Quality.DEAD:
            raise WorkloadError(Code.MEMBER_LIVES, member=member.member_id)
        dropped = ((MemberEntry, member.member_id),)
        return Decision([Change(Kind.MEMBER_FORGOTTEN, member.member_id, drop=dropped)], reply="<ok/>")

    def _told(self, member: MemberView, world: World, now: datetime) -> Change:
        timeout = None if self.timeout is None else f"{self.timeout:g}"
        text = element("terminate", [("timeout", timeout), ("restart", "yes" if self.restart else None)])
        command = MemberCommand(member.member_id, world.identity.member_id, now, text, member.started_at)
        return Change(Kind.MEMBER_TOLD, member.member_id, put=(command,), detail={"command": text})


def _member(world: World, member_id: str) -> MemberView:
    "Raises UNKNOWN_MEMBER."
    found = world.cluster.member(member_id) if world.cluster is not None else None
    if found is None:
        raise WorkloadError(Code.UNKNOWN_MEMBER, member=member_id)
    return found
