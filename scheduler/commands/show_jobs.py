"""`<show_jobs>`: the jobs of the root folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.jobs import jobs_element
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
        return Decision(reply="".join(self.pieces(world, {})))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        return jobs_element(world, self.options(frozenset()), "/")
