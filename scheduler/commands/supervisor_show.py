"""What a supervisor knows: its workers, versions of their configurations, differences, where each file comes from, a
check before a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.supervisor import checks_element, differences_element, merged_element, overview_element
from scheduler.commands.declare import attribute, command
from scheduler.commands.questions import Question
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.supervisor import questions as q
from scheduler.world import World
from scheduler.xml.attribute_types import TEXT, integer


@command("supervisor.show", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowSupervisor:
    "All workers; with `worker` the versions of that one, too."

    worker: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        return q.AskOverview(self.worker or "")

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=overview_element(answers["overview"]))


@command("supervisor.differences", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowDifferences:
    "Between two versions of a worker. `old` 0: the newest version; `new` 0: what the folder says now."

    worker: str = attribute(TEXT)
    old: int = attribute(integer(0), 0)
    new: int = attribute(integer(0), 0)

    def asks(self, world: World) -> Question | None:
        return q.Differences(self.worker, self.old or 0, self.new or 0)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=differences_element(answers["differences"]))


@command("supervisor.merged", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowMerged:
    "What the folder for all and the own one of a worker hold, and which of them counts for each file."

    worker: str = attribute(TEXT)

    def asks(self, world: World) -> Question | None:
        return q.AskMerged(self.worker)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=merged_element(answers["merged"]))


@command("supervisor.check", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class CheckConfiguration:
    """A dry run: what the folder, or a revision of the repository, would change at a worker (without `worker`: at all),
    and which files would not be valid. Nothing is handed out."""

    worker: str = attribute(TEXT, "")
    revision: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        return q.Check(self.worker or "", self.revision or "")

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any]) -> Decision:
        return Decision(reply=checks_element(answers["checks"]))
