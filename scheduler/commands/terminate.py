"""`<terminate>`: the orderly end of this engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.engine_end import end_engine
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import SECONDS_OR_NEVER, TEXT, YES_NO


@command("terminate", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class Terminate:
    """`timeout` in seconds, without it there is no limit. The answer is sent before the engine ends.

    An engine that is no member of a cluster is all schedulers there are: `all_schedulers`, `cluster_member_id` and
    `continue_exclusive_operation` change nothing.
    """

    restart: bool = attribute(YES_NO, False)
    timeout: float | None = attribute(SECONDS_OR_NEVER, None)
    all_schedulers: bool = attribute(YES_NO, False)
    cluster_member_id: str = attribute(TEXT, "")
    continue_exclusive_operation: bool = attribute(YES_NO, False)
    delete_dead_entry: bool = attribute(YES_NO, False)

    def decide(self, world: World, now: datetime) -> Decision:
        return end_engine(world, restart=self.restart, timeout=self.timeout)
