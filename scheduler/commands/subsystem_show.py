"""`<subsystem.show>`: counts of all kinds of objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.answers.subsystems import subsystems
from scheduler.commands.declare import command
from scheduler.commands.show import Shows
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World


@command("subsystem.show", Level.INFO)
@dataclass(frozen=True, slots=True)
class SubsystemShow(Shows):
    "With `what=\"statistics\"` how many jobs, tasks and orders are in which state, too."

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(reply=subsystems(world, self.options(frozenset({"statistics"}))))
