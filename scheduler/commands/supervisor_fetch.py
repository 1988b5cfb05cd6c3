"""How classic workers ask for their configuration.

Over HTTP every request stands for itself, and is a registration, too. Over plain TCP it belongs to the registered
connection, where `netcore.supervisor.conversation` answers; anywhere else it is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scheduler.commands.declare import Child, attribute, command
from scheduler.commands.questions import Question
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.supervisor.classic import FETCH_OVER_HTTP, FETCH_OVER_TCP, FILE, FOLDER, Inventory, inventory_of
from scheduler.supervisor.questions import ConfigurationAsked
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, integer
from scheduler.xml.declaration import Declaration

_LIST = Child(
    (
        Declaration(FOLDER, open=True, doc="a folder that the worker has, with what is in it"),
        Declaration(FILE, open=True, doc="a file that the worker has: name, last_write_time, md5"),
    ),
    lambda element, reading: inventory_of(element.children),
    repeats=True,
)


def inventory() -> Any:
    "A field that is the list of what a worker has."
    return field(default_factory=Inventory, kw_only=True, metadata={"child": _LIST})


@command(FETCH_OVER_HTTP, Level.NO_ADD, alone=True)
@dataclass(frozen=True, slots=True)
class FetchConfiguration:
    "`interval`: seconds after which the worker asks again."

    scheduler_id: str = attribute(TEXT)
    version: str = attribute(TEXT)
    interval: int = attribute(integer(1))
    cluster_member_id: str = attribute(TEXT, "")
    ip: str = attribute(TEXT, "")
    udp_port: int | None = attribute(integer(0, 65535), None)
    known: Inventory = inventory()

    def asks(self, world: World) -> Question | None:
        return ConfigurationAsked(
            self.scheduler_id, self.version, self.interval, self.cluster_member_id or "", self.ip or "",
            self.udp_port or 0, self.known,
        )  # fmt: skip

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=answers["tree"])


@command(FETCH_OVER_TCP, Level.NO_ADD, alone=True)
@dataclass(frozen=True, slots=True)
class FetchUpdatedFiles:
    "Only on the connection that has registered."

    known: Inventory = inventory()

    def decide(self, world: World, now: datetime) -> Decision:
        raise WorkloadError(Code.NOT_REGISTERED, command=FETCH_OVER_TCP)
