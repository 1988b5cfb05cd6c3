"""`<params>`, `<param>`: scheduler variables are set. `<params.get>`, `<param.get>`: they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.commands.declare import attribute, command, param_list
from scheduler.decision import Decision
from scheduler.params import Params
from scheduler.protocol.levels import Level
from scheduler.records import Variable
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT
from scheduler.xml.write import element


@command("params", Level.ALL)
@dataclass(frozen=True, slots=True)
class SetVariables:
    "Sets all of them; the others stay as they are."

    params: Params = param_list()

    def decide(self, world: World, now: datetime) -> Decision:
        return _set(world, self.params)


@command("param", Level.ALL)
@dataclass(frozen=True, slots=True)
class SetVariable:
    "Sets one."

    name: str = attribute(TEXT)
    value: str = attribute(TEXT)

    def decide(self, world: World, now: datetime) -> Decision:
        return _set(world, {self.name: self.value})


@command("params.get", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowVariables:
    "All, those of the configuration too."

    def decide(self, world: World, now: datetime) -> Decision:
        shown = world.all_params()
        children = (_param(name, value) for name, value in shown.pairs())
        return Decision(reply=element("params", [("count", len(shown))], *children))


@command("param.get", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowVariable:
    "One; `<ok/>` when it is not set."

    name: str = attribute(TEXT)

    def decide(self, world: World, now: datetime) -> Decision:
        shown = world.all_params()
        return Decision(reply=_param(self.name, shown[self.name]) if self.name in shown else "<ok/>")


def _set(world: World, params: Mapping[str, str]) -> Decision:
    variables = tuple(Variable(name, value) for name, value in params.items())
    decision = Decision(reply="<ok/>")
    if variables:
        detail = {"names": [variable.name for variable in variables]}
        decision.changes.append(Change(Kind.VARIABLE_SET, world.identity.scheduler_id, put=variables, detail=detail))
    return decision


def _param(name: str, value: str) -> str:
    return element("param", [("name", name), ("value", value)])
