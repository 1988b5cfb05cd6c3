"""`<show_job_chains>`: the job chains of the root folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.answers.job_chain import chains_element
from scheduler.commands.declare import command
from scheduler.commands.show import Shows
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World

ALL = frozenset({"description", "orders", "job_chain_orders", "job_chains"})


@command("show_job_chains", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowJobChains(Shows):
    "Always with nodes and their jobs."

    def decide(self, world: World, now: datetime) -> Decision:
        options = self.options(ALL, frozenset({"job_chains", "job_chain_jobs"}))
        return Decision(reply=chains_element(world, options, "/", count=False))
