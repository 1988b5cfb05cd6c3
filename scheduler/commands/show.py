"""The attributes that every show command has."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler import paths
from scheduler.answers.options import ShowOptions, flags_of, subsystems_of
from scheduler.commands.declare import attribute
from scheduler.xml.attribute_types import PATH, TEXT, integer

MOST_HISTORY = 1000


@dataclass(frozen=True, slots=True)
class Shows:
    what: str = attribute(TEXT, "")
    max_orders: int | None = attribute(integer(0), None)
    max_order_history: int | None = attribute(integer(0), None)
    max_task_history: int = attribute(integer(0), 10)
    path: str = attribute(PATH, "/")
    subsystems: str = attribute(TEXT, "")

    def options(self, bundle: frozenset[str], always: frozenset[str] = frozenset()) -> ShowOptions:
        """`bundle` is what the word `all` adds, `always` what the command has anyway.

        Raises UNKNOWN_WHAT, UNKNOWN_SUBSYSTEM, ABOVE_ROOT.
        """
        flags = flags_of(self.what, bundle) | always
        runs = self.max_order_history
        if runs is None:
            runs = 20 if "order_history" in flags else 0
        return ShowOptions(
            flags,
            self.max_orders,
            min(runs, MOST_HISTORY),
            min(self.max_task_history, MOST_HISTORY),
            paths.absolute(self.path),
            subsystems_of(self.subsystems),
        )
