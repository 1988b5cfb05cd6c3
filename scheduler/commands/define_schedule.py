"""`<schedule>`: a schedule is defined or changed. `<schedule.remove>`: it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler import paths
from scheduler.commands.declare import attribute, command
from scheduler.commands.define_job import defined
from scheduler.configuration.run_time import SCHEDULE
from scheduler.decision import Decision
from scheduler.files.by_command import remove
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind
from scheduler.world import World
from scheduler.xml.attribute_types import PATH
from scheduler.xml.element import Element


@command("schedule", Level.ALL, content=SCHEDULE)
@dataclass(frozen=True, slots=True)
class DefineSchedule:
    """In the root folder; it lasts as a job of a command does. Ours: the classic engine has only `schedule.remove`.

    All jobs, and orders whose round has not begun, start when the new version says.
    """

    element: Element

    def decide(self, world: World, now: datetime) -> Decision:
        return defined(world, self.element, now)


@command("schedule.remove", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class RemoveSchedule:
    "With its file. Jobs that use it are incomplete, and orders wait, until there is one again."

    schedule: str = attribute(PATH)

    def decide(self, world: World, now: datetime) -> Decision:
        return remove(world, ObjectKind.SCHEDULE, paths.absolute(self.schedule), now)
