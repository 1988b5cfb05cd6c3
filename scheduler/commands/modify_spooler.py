"""`<modify_spooler>`: pause, continue and end the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.actions import AbortEngine, RotateLogs
from scheduler.changes import Change, Kind
from scheduler.cluster.telling import member_of, told
from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.engine_end import end_engine, keep_engine
from scheduler.errors import Code, WorkloadError
from scheduler.held_until import end_of, held
from scheduler.hold import HoldKind
from scheduler.protocol.levels import Level
from scheduler.records import EngineState, Pause
from scheduler.world import World
from scheduler.xml.attribute_types import SECONDS_OR_NEVER, TEXT
from scheduler.xml.write import element

_ABORTS = ("abort_immediately", "abort_immediately_and_restart")
_PAUSES = ("pause", "continue")


@command("modify_spooler", Level.NO_ADD, working=False)
@dataclass(frozen=True, slots=True)
class ModifySpooler:
    """`timeout` (seconds) is the time for tasks to end before they are killed; without it there is no limit.

    `cluster_member_id`: not this engine but that member of its cluster is aborted, or paused and continued while it
    waits; other members are ended with `<terminate>`. `cancel_termination`: an engine that was told by a command to
    end goes on, as long as it waits for its tasks.

    `until`: the paused engine continues by itself then. Paused once more, it has that end, or none.

    `reload` is the same as `terminate_and_restart`: all of the configuration is read again. The abort commands are not
    answered: the connection breaks.
    """

    cmd: str = attribute(TEXT)
    timeout: float | None = attribute(SECONDS_OR_NEVER, None)
    cluster_member_id: str = attribute(TEXT, "")
    until: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")

    def decide(self, world: World, now: datetime) -> Decision:
        name = world.identity.scheduler_id
        own = self.cmd == "pause" and self.cluster_member_id in ("", world.identity.member_id)
        until = end_of(world, self.until, now, holds=own, needed='cmd="pause" of the engine itself')
        if self.cluster_member_id not in ("", world.identity.member_id):
            return self._other(world, now)
        match self.cmd:
            case "pause":
                if until is not None and world.state is EngineState.WAITING_FOR_ACTIVATION:
                    raise WorkloadError(Code.ONLY_WITH, attribute="until", other="the member that works")
                change = Change(Kind.SCHEDULER_PAUSED, name, put=(Pause(True),))
                return Decision([held(world, change, HoldKind.SCHEDULER, "/", until, self.author)], reply="<ok/>")
            case "continue":
                change = Change(Kind.SCHEDULER_CONTINUED, name, put=(Pause(False),))
                return Decision([held(world, change, HoldKind.SCHEDULER, "/", None, "")], reply="<ok/>")
            case "rotate_logs":
                return Decision(actions=[RotateLogs()], reply="<ok/>")
            case "terminate":
                return end_engine(world, restart=False, timeout=self.timeout)
            case "terminate_and_restart" | "reload":
                return end_engine(world, restart=True, timeout=self.timeout)
            case "let_run_terminate_and_restart":
                return end_engine(world, restart=True, timeout=None)
            case "abort_immediately":
                return Decision(actions=[AbortEngine()])
            case "abort_immediately_and_restart":
                return Decision(actions=[AbortEngine(restart=True)])
            case "cancel_termination":
                return keep_engine(world)
        raise WorkloadError(Code.UNKNOWN_COMMAND, command=f"modify_spooler cmd={self.cmd!r}")

    def _other(self, world: World, now: datetime) -> Decision:
        "Raises ONLY_WITH, UNKNOWN_MEMBER, MEMBER_WORKS."
        if self.cmd not in (*_ABORTS, *_PAUSES):
            raise WorkloadError(Code.ONLY_WITH, attribute="cluster_member_id", other=" or ".join((*_ABORTS, *_PAUSES)))
        member = member_of(world, self.cluster_member_id)
        if self.cmd in _PAUSES and not member.state.startswith(EngineState.WAITING_FOR_ACTIVATION):
            raise WorkloadError(Code.MEMBER_WORKS, member=member.member_id)
        return Decision([told(world, member, element("modify_spooler", [("cmd", self.cmd)]), now)], reply="<ok/>")
