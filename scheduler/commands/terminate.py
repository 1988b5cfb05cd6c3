"""`<terminate>`: the orderly end of this engine, or of other members of its cluster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.cluster.member_command import MemberEntry
from scheduler.cluster.sight import Quality
from scheduler.cluster.telling import member_of, told, told_to_all
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
    may. `next_member`: of these the one with that id goes first, whatever their precedence; it must wait, ready to take
    over, and when it dies meanwhile another one goes on.

    `all_schedulers`: all other members end as well that have an entry when this is recorded; one that is started later
    begins as usual. `cluster_member_id`: not this engine but that member ends; with `delete_dead_entry` it is dead
    already, and its entry is deleted; with `confirm_loss` somebody says that it will not come back: a member that is
    silent counts as dead at once, and if it was the last one at work and has ended in order, a backup goes on, which
    would wait for a primary otherwise. What members tell each other lies in the database until it is obeyed.
    """

    restart: bool = attribute(YES_NO, False)
    timeout: float | None = attribute(SECONDS_OR_NEVER, None)
    all_schedulers: bool = attribute(YES_NO, False)
    cluster_member_id: str = attribute(TEXT, "")
    continue_exclusive_operation: bool = attribute(YES_NO, False)
    delete_dead_entry: bool = attribute(YES_NO, False)
    next_member: str = attribute(TEXT, "")
    confirm_loss: bool = attribute(YES_NO, False)

    def decide(self, world: World, now: datetime) -> Decision:
        for name, wanted in (("delete_dead_entry", self.delete_dead_entry), ("confirm_loss", self.confirm_loss)):
            if wanted and self.cluster_member_id in ("", world.identity.member_id):
                raise WorkloadError(Code.ONLY_WITH, attribute=name, other="the id of a dead member")
        if self.cluster_member_id not in ("", world.identity.member_id):
            return self._other(world, now)
        if self.next_member:
            _must_be_ready(world, self.next_member, self.continue_exclusive_operation)
        decision = end_engine(
            world, restart=self.restart, timeout=self.timeout, fail_safe=self.continue_exclusive_operation,
            next_member=self.next_member,
        )  # fmt: skip
        if self.all_schedulers and world.cluster is not None:
            decision.changes.insert(0, told_to_all(world, self._text, now))
        return decision

    def _other(self, world: World, now: datetime) -> Decision:
        name = self.cluster_member_id
        if self.confirm_loss:
            return _lost(world, name)
        member = member_of(world, name)
        if not self.delete_dead_entry:
            return Decision([told(world, member, self._text, now)], reply="<ok/>")
        if not member.dead and member.quality is not Quality.DEAD:
            raise WorkloadError(Code.MEMBER_LIVES, member=name)
        return Decision([Change(Kind.MEMBER_FORGOTTEN, name, drop=((MemberEntry, name),))], reply="<ok/>")

    @property
    def _text(self) -> str:
        "What another member is told."
        timeout = None if self.timeout is None else f"{self.timeout:g}"
        return element("terminate", [("timeout", timeout), ("restart", "yes" if self.restart else None)])


def _lost(world: World, member_id: str) -> Decision:
    "Raises UNKNOWN_MEMBER, MEMBER_NOT_LOST."
    cluster = world.cluster
    if cluster is None or member_id != cluster.ended:
        member = member_of(world, member_id)
        if not member.dead and member.quality is not Quality.DEAD:
            raise WorkloadError(Code.MEMBER_NOT_LOST, member=member_id)
    elif cluster.at_work is not None:
        raise WorkloadError(Code.MEMBER_NOT_LOST, member=member_id)
    return Decision([Change(Kind.MEMBER_LOST, member_id)], reply="<ok/>")


def _must_be_ready(world: World, member_id: str, fail_safe: bool) -> None:
    "Raises ONLY_WITH, UNKNOWN_MEMBER, MEMBER_NOT_READY."
    if not fail_safe:
        raise WorkloadError(Code.ONLY_WITH, attribute="next_member", other="continue_exclusive_operation")
    if member_id == world.identity.member_id or not member_of(world, member_id).ready:
        raise WorkloadError(Code.MEMBER_NOT_READY, member=member_id)
