"""`<modify_spooler>`: pause, continue and end the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.actions import AbortEngine, RotateLogs
from scheduler.changes import Change, Kind
from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.engine_end import end_engine
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.records import Pause
from scheduler.world import World
from scheduler.xml.attribute_types import SECONDS_OR_NEVER, TEXT


@command("modify_spooler", Level.NO_ADD, working=False)
@dataclass(frozen=True, slots=True)
class ModifySpooler:
    """`timeout` (seconds) is the time for tasks to end before they are killed; without it there is no limit.

    `reload` is the same as `terminate_and_restart`: all of the configuration is read again. The abort commands are not
    answered: the connection breaks.
    """

    cmd: str = attribute(TEXT)
    timeout: float | None = attribute(SECONDS_OR_NEVER, None)

    def decide(self, world: World, now: datetime) -> Decision:
        name = world.identity.scheduler_id
        match self.cmd:
            case "pause":
                return Decision([Change(Kind.SCHEDULER_PAUSED, name, put=(Pause(True),))], reply="<ok/>")
            case "continue":
                return Decision([Change(Kind.SCHEDULER_CONTINUED, name, put=(Pause(False),))], reply="<ok/>")
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
        raise WorkloadError(Code.UNKNOWN_COMMAND, command=f"modify_spooler cmd={self.cmd!r}")
