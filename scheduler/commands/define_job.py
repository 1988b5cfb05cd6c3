"""`<job>`: a job is defined, or another version of it takes its place. `<add_jobs>`: several."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from scheduler.commands.declare import Child, command
from scheduler.configuration.by_command import read_made
from scheduler.configuration.config_parts import is_meant
from scheduler.configuration.job import JOB
from scheduler.configuration.reading import Reading
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.files.by_command import define
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.element import Element


def defined(world: World, element: Element, now: datetime) -> Decision:
    "What a command defines that is an object itself; nothing, when it is meant for another scheduler."
    return defined_all(world, (element,), now)


def defined_all(world: World, elements: tuple[Element, ...], now: datetime) -> Decision:
    "As `defined`, all of them or none."
    lent, name = world.surroundings, world.identity.scheduler_id
    meant = (element for element in elements if is_meant(element.get("spooler_id"), name))
    return define(world, [read_made(element, lent.environ, lent.include) for element in meant], now)


@command("job", Level.ALL, content=JOB)
@dataclass(frozen=True, slots=True)
class DefineJob:
    """In the root folder; it lasts until it is removed, over restarts, too (see `scheduler.files.by_command`).

    One that exists is replaced when no task of it runs, unless `replace` is no. A `temporary` one goes after its task.
    """

    element: Element

    def decide(self, world: World, now: datetime) -> Decision:
        return defined(world, self.element, now)


def _jobs(element: Element, reading: Reading) -> tuple[Element, ...]:
    if not element.children:
        raise WorkloadError(Code.MISSING_ELEMENT, element.place, element=element.tag, expected="<job>")
    return tuple(element.children)


@command("add_jobs", Level.ALL)
@dataclass(frozen=True, slots=True)
class AddJobs:
    "As `<job>`, all of them or none."

    jobs: tuple[Element, ...] = field(default=(), kw_only=True, metadata={"child": Child((JOB,), _jobs, repeats=True)})

    def decide(self, world: World, now: datetime) -> Decision:
        return defined_all(world, self.jobs, now)
