"""`<lock>`: a lock is defined or gets another limit. `<lock.remove>`: it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler import paths
from scheduler.commands.declare import attribute, command
from scheduler.commands.define_job import defined
from scheduler.configuration.lock import LOCK
from scheduler.decision import Decision
from scheduler.files.by_command import remove
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind
from scheduler.world import World
from scheduler.xml.attribute_types import PATH
from scheduler.xml.element import Element


@command("lock", Level.ALL, content=LOCK)
@dataclass(frozen=True, slots=True)
class DefineLock:
    "In the root folder; it lasts as a job of a command does. A lock that is held changes when it is free."

    element: Element

    def decide(self, world: World, now: datetime) -> Decision:
        return defined(world, self.element, now)


@command("lock.remove", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class RemoveLock:
    "With its file, and when nobody holds it. Jobs that use it start no task until there is one again."

    lock: str = attribute(PATH)

    def decide(self, world: World, now: datetime) -> Decision:
        return remove(world, ObjectKind.LOCK, paths.absolute(self.lock), now)
