"""`<job.why>`: what keeps a job from running."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.job_why import job_why_parts
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_job
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import PATH


@command("job.why", Level.INFO)
@dataclass(frozen=True, slots=True)
class JobWhy:
    "The obstacles of the job, and of the first orders at each of its nodes."

    job: str = attribute(PATH)

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(reply="".join(self.pieces(world, {})))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        return job_why_parts(world, find_job(world, self.job))
