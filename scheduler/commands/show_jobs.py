"""`<show_jobs>`: the jobs of the root folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.answers.job import jobs_element
from scheduler.commands.declare import command
from scheduler.commands.show import Shows
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World


@command("show_jobs", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowJobs(Shows):
    "Jobs in folders below are not shown; that is what `show_state` is for."

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(reply=jobs_element(world, self.options(frozenset()), "/"))
