"""`<events.get>`: what has happened, as soon as it happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.commands.declare import attribute, command
from scheduler.commands.questions import NewEvents, Question
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.events.choice import kinds_of
from scheduler.events.document import events_element
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import SECONDS, TEXT, integer

#: seconds that an answer is waited for at most, and events in one answer
MOST_SECONDS, MOST_EVENTS = 300.0, 500


@command("events.get", Level.INFO, alone=True)
@dataclass(frozen=True, slots=True)
class EventsGet:
    """Without `timeout` the answer is a stream: `<events>`, each event in a line of its own, `</events>` when the
    engine ends. With `timeout` (ours) it is one answer, given as soon as there are events after number `after`, or
    when the time is over; `events/@last` is the `after` of the next question.

    `kinds` (ours) leaves out what nobody wants.
    """

    after: int | None = attribute(integer(0, 2**62), None)
    timeout: float | None = attribute(SECONDS, None)
    limit: int = attribute(integer(1, MOST_EVENTS), MOST_EVENTS)
    kinds: str = attribute(TEXT, "")

    @property
    def is_stream(self) -> bool:
        return self.timeout is None

    def asks(self, world: World) -> Question | None:
        if self.timeout is None:
            return None
        return NewEvents(self.after, min(self.timeout, MOST_SECONDS), self.limit, kinds_of(self.kinds))

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        "Whoever asks here cannot follow a stream."
        portion = answers.get("events")
        if portion is None:
            raise WorkloadError(Code.NO_ANSWER, reason="the stream of events has no end; with a timeout there is one")
        return Decision(reply=events_element(portion))
