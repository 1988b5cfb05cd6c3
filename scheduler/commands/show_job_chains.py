"""`<show_job_chains>`: the job chains of the root folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.job_chains import chains_element
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
        return Decision(reply="".join(self.pieces(world, {})))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        return chains_element(world, self.options(ALL, frozenset({"job_chains", "job_chain_jobs"})), "/")
