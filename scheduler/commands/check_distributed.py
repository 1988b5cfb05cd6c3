"""`<job_chain.check_distributed>`: another member says that an order of a distributed chain has become available."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_chain
from scheduler.decision import Decision
from scheduler.order.place import node_of
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT


@command("job_chain.check_distributed", Level.ALL)
@dataclass(frozen=True, slots=True)
class CheckDistributed:
    "A hint, and never an error for want of an order: an engine that works alone has nothing to look for."

    job_chain: str = attribute(PATH)
    order_state: str = attribute(TEXT)

    def decide(self, world: World, now: datetime) -> Decision:
        node_of(world, find_chain(world, self.job_chain), self.order_state)
        return Decision(reply="<ok/>")
