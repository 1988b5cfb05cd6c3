"""`<params>`, `<param>`: scheduler variables are set. `<params.get>`, `<param.get>`: they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.answers.common import param, params
from scheduler.changes import Change, Kind
from scheduler.commands.declare import attribute, command, param_list
from scheduler.decision import Decision
from scheduler.params import Params
from scheduler.protocol.levels import Level
from scheduler.records import Variable
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT


@command("params", Level.ALL)
@dataclass(frozen=True, slots=True)
class SetVariables:
    "Sets all of them; the others stay as they are."

    params: Params = param_list()

    def decide(self, world: World, now: datetime) -> Decision:
        return set_variables(world, self.params)


@command("param", Level.ALL)
@dataclass(frozen=True, slots=True)
class SetVariable:
    "Sets one; the value may be empty."

    name: str = attribute(TEXT)
    value: str = attribute(TEXT, "")

    def decide(self, world: World, now: datetime) -> Decision:
        return set_variables(world, {self.name: self.value})


@command("params.get", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowVariables:
    "All, those of the configuration too."

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(reply=params(world.all_params()))


@command("param.get", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowVariable:
    "One; `<ok/>` when it is not set."

    name: str = attribute(TEXT)

    def decide(self, world: World, now: datetime) -> Decision:
        shown = world.all_params()
        return Decision(reply=param(self.name, shown[self.name]) if self.name in shown else "<ok/>")


def set_variables(world: World, params: Mapping[str, str]) -> Decision:
    "The others stay as they are."
    variables = tuple(Variable(name, value) for name, value in params.items())
    decision = Decision(reply="<ok/>")
    if variables:
        detail = {"names": [variable.name for variable in variables]}
        decision.changes.append(Change(Kind.VARIABLE_SET, world.identity.scheduler_id, put=variables, detail=detail))
    return decision
