"""What a decision is: changes to apply and record, actions for after the commit, a reply."""

from __future__ import annotations

from dataclasses import dataclass, field

from scheduler.actions import Action
from scheduler.changes import Change


@dataclass(slots=True)
class Decision:
    """`changes` are not yet applied. `reply` is the XML of an answer (without envelope), None when nobody asked."""

    changes: list[Change] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    reply: str | None = None

    def add(self, other: Decision) -> None:
        "The other's changes and actions after this one's own."
        self.changes += other.changes
        self.actions += other.actions
