"""`<process_class>`: a process class is defined or changed. `<process_class.remove>`: it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler import paths
from scheduler.commands.declare import attribute, command
from scheduler.commands.define_job import defined
from scheduler.configuration.by_command import path_of, replaces
from scheduler.configuration.process_class import PROCESS_CLASS
from scheduler.decision import Decision
from scheduler.files.by_command import remove
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind
from scheduler.world import World
from scheduler.xml.attribute_types import PATH
from scheduler.xml.document import parse
from scheduler.xml.element import Element


@command("process_class", Level.ALL, content=PROCESS_CLASS)
@dataclass(frozen=True, slots=True)
class DefineProcessClass:
    """In the root folder; it lasts as a job of a command does. With `replace="no"` only what is given changes."""

    element: Element

    def decide(self, world: World, now: datetime) -> Decision:
        element = self.element
        if not replaces(element):
            known = world.process_classes.get(path_of(element))
            element = _supplemented(parse(known.source.encode()) if known is not None else None, element)
        return defined(world, element, now)


def _supplemented(known: Element | None, element: Element) -> Element:
    "The known one with what the command gives on top; without `replace`, which has had its effect."
    before = known.attributes if known is not None else {}
    merged = {**before, **element.attributes}
    merged.pop("replace")
    children = element.children or (known.children if known is not None else [])
    return Element(element.tag, merged, children)


@command("process_class.remove", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class RemoveProcessClass:
    "With its file, and when no process is in it. Jobs of the class start no task until there is one again."

    process_class: str = attribute(PATH)

    def decide(self, world: World, now: datetime) -> Decision:
        return remove(world, ObjectKind.PROCESS_CLASS, paths.absolute(self.process_class), now)
