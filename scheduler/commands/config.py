"""`<config>`: parts of a configuration are taken over while the engine works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import command
from scheduler.commands.define_job import defined_all
from scheduler.commands.params import set_variables
from scheduler.configuration.config import CONFIG
from scheduler.configuration.config_parts import is_meant
from scheduler.configuration.params import read_params
from scheduler.configuration.reading import Reading
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.declaration import not_supported
from scheduler.xml.element import Element

#: what holds objects, in order of loading
_HOLDERS = ("locks", "schedules", "process_classes", "jobs", "job_chains")
_INSTEAD = "write it into the start-up file and restart the engine"


@command("config", Level.ALL, content=CONFIG)
@dataclass(frozen=True, slots=True)
class TakeOver:
    """Objects are defined as by commands of their own, and parameters set as by `<params>`; all of it or nothing.

    What belongs to the start of an engine (ports, security, `<base>` …) is refused; the classic engine starts anew
    with it. A configuration for another scheduler id is passed over.
    """

    element: Element

    def decide(self, world: World, now: datetime) -> Decision:
        if not is_meant(self.element.get("spooler_id"), world.identity.scheduler_id):
            return Decision(reply="<ok/>")
        _check(self.element)
        decision = defined_all(world, tuple(_objects(self.element)), now)
        lent = world.surroundings
        given = self.element.child("params")
        if given is not None:
            decision.add(set_variables(world, read_params(given, Reading("/", lent.environ, lent.include))))
        return decision


def _check(element: Element) -> None:
    "Raises REFUSED for what cannot be taken over."
    for name in element.attributes:
        if name != "spooler_id" and not name.startswith("{"):
            raise not_supported(f"<config {name}=…> as a command", element.place, _INSTEAD)
    for child in element.children:
        if child.tag not in (*_HOLDERS, "params"):
            raise not_supported(f"<{child.tag}> in <config> as a command", child.place, _INSTEAD)


def _objects(element: Element) -> Iterator[Element]:
    for holder in _HOLDERS:
        found = element.child(holder)
        yield from found.children if found is not None else ()
