"""All commands, and how one is decided."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import scheduler.commands
from scheduler.commands.declare import COMMANDS, CommandDeclaration
from scheduler.commands.questions import Question
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.records import EngineState
from scheduler.world import World
from scheduler.xml.element import Element

for _module in pkgutil.iter_modules(scheduler.commands.__path__):
    if _module.name != "registry":
        importlib.import_module(f"scheduler.commands.{_module.name}")


def declaration_of(element: Element) -> CommandDeclaration:
    "Raises UNKNOWN_COMMAND."
    try:
        return COMMANDS[element.tag]
    except KeyError:
        raise WorkloadError(Code.UNKNOWN_COMMAND, element.place, command=element.tag) from None


def admit(world: World, declaration: CommandDeclaration, level: Level) -> None:
    """Raises NOT_PERMITTED; DATABASE_WAITS when the command would change something that cannot be recorded
    now; NOT_ACTIVE when it needs an engine at work, and this one is not yet; MEMBER_WAITS when another member of the
    cluster is."""
    name = declaration.tags[0]
    if level < declaration.level:
        raise WorkloadError(Code.NOT_PERMITTED, command=name, needed=declaration.level.word, level=level.word)
    if declaration.level > Level.INFO and world.database_problem:
        raise WorkloadError(Code.DATABASE_WAITS, problem=world.database_problem)
    if declaration.working and world.state is EngineState.STARTING:
        raise WorkloadError(Code.NOT_ACTIVE, state=world.state.value, command=name)
    if declaration.working and world.state is EngineState.WAITING_FOR_ACTIVATION:
        at_work = world.cluster.at_work if world.cluster is not None else None
        active = f"{at_work.member_id} is active" if at_work is not None else "no member is active"
        raise WorkloadError(Code.MEMBER_WAITS, command=name, active=active)


def admit_to_list(declaration: CommandDeclaration, element: Element) -> None:
    "Raises NO_ANSWER for a command that cannot stand in `<commands>`: the others would have to wait for its answer."
    if declaration.alone:
        reason = f"<{element.tag}> has no immediate answer, so it has to be sent alone"
        raise WorkloadError(Code.NO_ANSWER, element.place, reason=reason)


def question_of(world: World, command: Any) -> Question | None:
    "What has to be looked up before the command can be decided."
    asks = getattr(command, "asks", None)
    question: Question | None = asks(world) if asks is not None else None
    return question


def execute(world: World, command: Any, now: datetime, answers: Mapping[str, Any], client: str = "") -> Decision:
    """The decision of a command; raises WorkloadError when it is refused. A command with a field `client` learns from
    it who gives it."""
    if client and hasattr(command, "client"):
        command = replace(command, client=client)
    if hasattr(command, "asks"):
        decision: Decision = command.decide(world, now, answers)
    else:
        decision = command.decide(world, now)
    return decision
