"""`<test_delay>`: an answer after a while, to try out how clients wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.commands.declare import attribute, command
from scheduler.commands.questions import Pause, Question
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import SECONDS

LONGEST = 60.0


@command("test_delay", Level.ALL, working=False)
@dataclass(frozen=True, slots=True)
class DelayAnswer:
    "Only whoever asks waits, at most 60 seconds; the classic engine stands still meanwhile."

    delay: float = attribute(SECONDS)

    def asks(self, world: World) -> Question | None:
        if self.delay > LONGEST:
            given = f"{self.delay:g}"
            raise WorkloadError(Code.OUT_OF_RANGE, attribute="delay", value=given, least=0, most=int(LONGEST))
        return Pause(self.delay)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        return Decision(reply="<ok/>")
