"""`<check_folders>`: the hot folder is looked at now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.actions import CheckFolders as LookNow
from scheduler.commands.declare import command
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World


@command("check_folders", Level.INFO, working=True)
@dataclass(frozen=True, slots=True)
class CheckFolders:
    "New files still have to age before they are used."

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(actions=[LookNow()], reply="<ok/>")
