"""`<publish_event>`: somebody tells something to those who follow the events."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from scheduler.changes import Change, Kind
from scheduler.commands.declare import command
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.declaration import Declaration
from scheduler.xml.element import Element

#: characters of an event, which is kept as long as the journal, and levels of lists and objects in it
MOST_CHARACTERS, MOST_DEPTH = 16_384, 50


@command("publish_event", Level.NO_ADD, content=Declaration("publish_event", text=True))
@dataclass(frozen=True, slots=True)
class PublishEvent:
    "The text is JSON. It appears as an event of the kind `event.published`; what it means is up to those who follow."

    element: Element

    def decide(self, world: World, now: datetime) -> Decision:
        detail = {"event": json.dumps(self._read())}
        change = Change(Kind.EVENT_PUBLISHED, world.identity.scheduler_id, detail=detail)
        return Decision([change], reply="<ok/>")

    def _read(self) -> Any:
        text, place = self.element.text, self.element.place
        if len(text) > MOST_CHARACTERS:
            raise WorkloadError(Code.TOO_LARGE, place, limit=MOST_CHARACTERS)
        try:
            event = json.loads(text, parse_constant=_no_json, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise WorkloadError(Code.BAD_EVENT, place, problem=str(error) or type(error).__name__) from None
        if _depth(event) > MOST_DEPTH:
            raise WorkloadError(Code.BAD_EVENT, place, problem=f"it is nested deeper than {MOST_DEPTH} levels")
        return event


def _no_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON value")


def _finite(word: str) -> float:
    number = float(word)
    return number if math.isfinite(number) else _no_json(word)


def _depth(value: Any) -> int:
    "Of lists and objects; without recursion, because whoever writes it again has less room for that."
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, list | dict)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth
