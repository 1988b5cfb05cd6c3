"""`<show_state>` and `<s>`: the whole engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.answers.state import state_element
from scheduler.commands.declare import command
from scheduler.commands.show import Shows
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World

ALL = frozenset({"task_queue", "description", "remote_schedulers"})
FOR_PEOPLE = frozenset({"job_chains", "job_chain_orders", "operations", "folders", "remote_schedulers", "schedules"})


@command("show_state", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowState(Shows):
    "Flat lists of all folders, or with `what=\"folders\"` one tree from `path`."

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(reply=state_element(world, self.options(ALL)))


@command("s", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowStateToPeople(Shows):
    "The wide bundle for people at a telnet prompt."

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(reply=state_element(world, self.options(ALL, FOR_PEOPLE)))
