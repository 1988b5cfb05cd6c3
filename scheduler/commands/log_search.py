"""`<log.search>` (ours): where in a log of any length something is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.commands.declare import attribute, command
from scheduler.commands.log_read import file_of, main_of
from scheduler.commands.questions import LogSearch, Question
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.log_search import Hit
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, YES_NO, integer
from scheduler.xml.write import element, text

MOST_HITS = 1000


@command("log.search", Level.INFO)
@dataclass(frozen=True, slots=True)
class LogFind:
    """The lines of a log that hold a text, or (without `text`) those that are errors or warnings.

    `<log.found>` tells how many there are (`count`), and the `size` and `lines` of the log; the first `limit` that
    begin at byte `after` or later are its `<hit>`s. `own`, `job`: as in `log.read`.
    """

    task: int | None = attribute(integer(0), None)
    text: str = attribute(TEXT, "")
    case: bool = attribute(YES_NO, False)
    warnings: bool = attribute(YES_NO, True)
    after: int = attribute(integer(0, 2**40), 0)
    limit: int = attribute(integer(1, MOST_HITS), 100)
    own: bool = attribute(YES_NO, False)
    job: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question:
        main = main_of(world, self.task, self.job)
        file = file_of(world, self.task)
        return LogSearch(self.task, file, main, self.text, self.case, self.warnings, self.after, self.limit)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        found = answers.get("found")
        if found is None:
            raise WorkloadError(Code.UNKNOWN_TASK, task=self.task)
        numbers = [("count", found.count), ("size", found.size), ("lines", found.lines)]
        return Decision(reply=element("log.found", numbers, *map(_hit, found.hits)))


def _hit(hit: Hit) -> str:
    words = text(hit.text.decode("utf-8", "replace"))
    return element("hit", [("offset", hit.offset), ("line", hit.line)], words)
