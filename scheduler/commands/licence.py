"""`<licence.use>`: accepted, because clients send it; nothing here needs a licence key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT


@command("licence.use", Level.NO_ADD, working=False)
@dataclass(frozen=True, slots=True)
class UseLicence:
    "Has no effect, whatever the key; it is not kept."

    key: str = attribute(TEXT)

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(reply="<ok/>")
