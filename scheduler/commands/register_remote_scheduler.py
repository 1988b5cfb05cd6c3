"""`<register_remote_scheduler>`: a classic worker registers over the connection that it keeps.

The command port takes it out of the dialogue as soon as it comes over plain TCP (see
`netcore.supervisor.conversation`); whoever sends it by another way is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from scheduler.commands.declare import Child, attribute, command
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.supervisor.classic import REGISTER
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, YES_NO, integer
from scheduler.xml.declaration import Declaration

_ERROR = Child((Declaration("ERROR", open=True, doc="accepted, and not looked at"),), lambda element, reading: None)


@command(REGISTER, Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class RegisterRemoteScheduler:
    "`logoff`: the worker stays known, but is not active any more."

    scheduler_id: str = attribute(TEXT, "")
    tcp_port: int = attribute(integer(0, 65535))
    udp_port: int | None = attribute(integer(0, 65535), None)
    is_cluster_member: bool = attribute(YES_NO, False)
    version: str = attribute(TEXT, "")
    logoff: bool = attribute(YES_NO, False)
    error: None = field(default=None, kw_only=True, metadata={"child": _ERROR})

    def decide(self, world: World, now: datetime) -> Decision:
        raise WorkloadError(Code.ONLY_OVER_TCP, command=REGISTER)
