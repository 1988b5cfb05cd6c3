"""`<job_chain>`: a job chain is defined, or another version of it takes its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import command
from scheduler.commands.define_job import defined
from scheduler.configuration.job_chain import JOB_CHAIN
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.element import Element


@command("job_chain", Level.ALL, content=JOB_CHAIN)
@dataclass(frozen=True, slots=True)
class DefineJobChain:
    """In the root folder; it lasts as a job of a command does. One that exists is replaced when none of its orders is
    in a task; they stay at their nodes. Its jobs may come later."""

    element: Element

    def decide(self, world: World, now: datetime) -> Decision:
        return defined(world, self.element, now)
