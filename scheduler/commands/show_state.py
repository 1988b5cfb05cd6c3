"""`<show_state>` and `<s>`: the whole engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.histories import activities, histories_of
from scheduler.answers.state import state_parts
from scheduler.commands.declare import command
from scheduler.commands.questions import Question
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

    def asks(self, world: World) -> Question | None:
        return activities(world, self.options(ALL))

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        return Decision(reply="".join(self.pieces(world, answers)))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        options = self.options(ALL)
        return state_parts(world, options, histories_of(options, answers))


@command("s", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowStateToPeople(Shows):
    "The wide bundle for people at a telnet prompt."

    def asks(self, world: World) -> Question | None:
        return activities(world, self.options(ALL, FOR_PEOPLE))

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        return Decision(reply="".join(self.pieces(world, answers)))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        options = self.options(ALL, FOR_PEOPLE)
        return state_parts(world, options, histories_of(options, answers))
