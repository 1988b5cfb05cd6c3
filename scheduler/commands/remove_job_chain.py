"""`<remove_job_chain>`: a job chain goes, its file with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler import paths
from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.files.by_command import remove
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind
from scheduler.world import World
from scheduler.xml.attribute_types import PATH


@command("remove_job_chain", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class RemoveJobChain:
    """When none of its orders is in a task, and no superordinate chain holds it. Its orders stay in the store, and are
    there again when a chain of this path comes back."""

    job_chain: str = attribute(PATH)

    def decide(self, world: World, now: datetime) -> Decision:
        return remove(world, ObjectKind.JOB_CHAIN, paths.absolute(self.job_chain), now)
