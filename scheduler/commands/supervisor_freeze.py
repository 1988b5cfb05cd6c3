"""A worker is frozen: it stays with the configuration that it has, until somebody ends that or its time has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.commands.declare import attribute, command
from scheduler.commands.questions import Question
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.supervisor import questions as q
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT


@command("supervisor.freeze", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class FreezeConfiguration:
    """Versions are still made and compared, but not handed out to the worker. One that is frozen already gets another
    reason and another end. `until` absent or `never`: until somebody ends it."""

    worker: str = attribute(TEXT)
    until: str = attribute(TEXT, "")
    reason: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        return q.FreezeWorker(
            self.worker, self.author or "", self.reason or "", self.until or "", world.identity.time_zone
        )

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply="<ok/>")


@command("supervisor.unfreeze", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class UnfreezeConfiguration:
    "The worker gets its newest version at once."

    worker: str = attribute(TEXT)
    reason: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        return q.Unfreeze(self.worker, self.author or "", self.reason or "")

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply="<ok/>")
