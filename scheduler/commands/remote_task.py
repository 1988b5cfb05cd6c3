"""`<remote_scheduler.…>`: what a classic engine asks of another one that runs tasks for it.

This engine runs no tasks for others in that way: the start is refused as by a classic engine whose licence does not
cover it, and so there is no task that could be closed or killed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, YES_NO, choice, integer


@command("remote_scheduler.start_remote_task", Level.ALL)
@dataclass(frozen=True, slots=True)
class StartRemoteTask:
    "Always refused."

    tcp_port: int = attribute(integer(1, 65535))
    kind: str = attribute(TEXT, "")
    java_options: str = attribute(TEXT, "")
    java_classpath: str = attribute(TEXT, "")

    def decide(self, world: World, now: datetime) -> Decision:
        raise WorkloadError(Code.NO_REMOTE_TASKS)


@command("remote_scheduler.remote_task.close", Level.ALL, alone=True)
@dataclass(frozen=True, slots=True)
class CloseRemoteTask:
    "Always refused: there is no such task. Not possible in a list."

    process_id: int = attribute(integer(0, 2**63 - 1))
    kill: bool = attribute(YES_NO, False)

    def decide(self, world: World, now: datetime) -> Decision:
        raise _unknown(self.process_id)


@command("remote_scheduler.remote_task.kill", Level.ALL)
@dataclass(frozen=True, slots=True)
class KillRemoteTask:
    "Always refused: there is no such task."

    process_id: int = attribute(integer(0, 2**63 - 1))
    signal: str = attribute(choice("SIGTERM"))

    def decide(self, world: World, now: datetime) -> Decision:
        raise _unknown(self.process_id)


def _unknown(process_id: int) -> WorkloadError:
    return WorkloadError(Code.UNKNOWN_OBJECT, kind="Process", path=str(process_id))
