"""`<plugin.command>` and `<service_request>`: what classic engines pass on to parts that do not exist here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import command
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT
from scheduler.xml.declaration import Attribute, Declaration
from scheduler.xml.element import Element

FORWARDER = "/scheduler_service_forwarder"

_PLUGIN_COMMAND = Declaration(
    "plugin.command", (Attribute("plugin_class", TEXT, required=True),), open=True, doc="one element for the plug-in"
)


@command("plugin.command", Level.ALL, content=_PLUGIN_COMMAND)
@dataclass(frozen=True, slots=True)
class PluginCommand:
    "Always refused: there is no plug-in of that class."

    element: Element

    def decide(self, world: World, now: datetime) -> Decision:
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind="Plugin", path=self.element.get("plugin_class"))


@command("service_request", Level.NO_ADD, content=Declaration("service_request", open=True, text=True))
@dataclass(frozen=True, slots=True)
class ServiceRequest:
    "Always refused: the chain that would forward it does not exist."

    element: Element

    def decide(self, world: World, now: datetime) -> Decision:
        raise WorkloadError(Code.UNKNOWN_OBJECT, kind="Job_chain", path=FORWARDER)
