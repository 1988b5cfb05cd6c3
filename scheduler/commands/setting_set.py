"""`<setting.set>`: a setting of the engine by its key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import attribute, command
from scheduler.commands.params import set_variables
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT

#: scheduler variables that the engine itself looks at
SETTINGS = (
    "scheduler.order.keep_order_content_on_reschedule",
    "scheduler.max_kbyte_of_db_log_entry",
    "scheduler.order.distributed.balanced",
    "scheduler.configuration.client.polling_interval",
    "scheduler.cluster.restart_after_emergency_abort",
    "scheduler.remote_scheduler.connect_retry_delay",
    "scheduler.agent.keep_alive",
    "scheduler.variable_name_prefix",
)


@command("setting.set", Level.ALL)
@dataclass(frozen=True, slots=True)
class SetSetting:
    """Settings are scheduler variables, and so it is the same as `<param>`, for these names only.

    `keep_order_content_on_reschedule` counts from now on. The others are read from the start-up file when the engine
    starts: setting them is accepted and changes nothing, as in the classic engine.
    """

    name: str = attribute(TEXT)
    value: str = attribute(TEXT)

    def decide(self, world: World, now: datetime) -> Decision:
        if self.name.lower() not in SETTINGS:
            raise WorkloadError(Code.BAD_CHOICE, attribute="name", value=self.name, expected=", ".join(SETTINGS))
        return set_variables(world, {self.name: self.value})
