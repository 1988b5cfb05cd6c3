"""`<scheduler_log.log_categories.show>`, `.set` and `.reset`: which parts of the engine write debug lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.actions import Action, ResetLogCategories, SetLogCategory
from scheduler.commands.declare import attribute, command
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.times import time_text
from scheduler.world import World
from scheduler.xml.attribute_types import SECONDS, TEXT, YES_NO
from scheduler.xml.write import element

#: so many may be set, and be so long: whoever may only ask can set them, too
MOST_CATEGORIES = 100
LONGEST_NAME = 100


@command("scheduler_log.log_categories.show", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowLogCategories:
    "Those that were set, and the root, which is called `all`."

    def decide(self, world: World, now: datetime) -> Decision:
        shown = world.log_categories.all(now)
        reset_at = world.log_categories.reset_at
        listed = [
            element(
                "log_category",
                [
                    ("path", each.path),
                    ("value", 1 if each.on else 0),
                    ("used_counter", each.used or None),
                    ("mode", "explicit" if world.log_categories.is_set(each.path) else "implicit"),
                    ("children_too", "yes"),
                ],
            )
            for each in shown
        ]
        attributes = [
            ("categories", " ".join(each.path for each in shown if each.on)),
            ("reset_at", time_text(reset_at) if reset_at is not None else None),
        ]
        return Decision(reply=element("log_categories", attributes, *listed))


@command("scheduler_log.log_categories.set", Level.INFO)
@dataclass(frozen=True, slots=True)
class SetCategory:
    """`category`: a part of the program by its dotted name, such as `netcore.scribe` or `twisted`, with all below it,
    or `all`. Its debug lines are written from now on, or (`no`) are not; until a reset or the end of the engine.
    `delay`: all categories are reset after so many seconds.
    """

    category: str = attribute(TEXT)
    value: bool = attribute(YES_NO, True)
    delay: float | None = attribute(SECONDS, None)

    def decide(self, world: World, now: datetime) -> Decision:
        known = world.log_categories
        if len(self.category) > LONGEST_NAME or not self.category.isprintable():
            raise WorkloadError(Code.BAD_NAME, name=self.category[:LONGEST_NAME])
        if not known.is_set(self.category) and len(known.all(now)) > MOST_CATEGORIES:
            raise WorkloadError(Code.NOT_ALLOWED, attribute="category", reason=f"{MOST_CATEGORIES} are set already")
        actions: list[Action] = [SetLogCategory(self.category, self.value)]
        if self.delay is not None:
            actions.append(ResetLogCategories(now + timedelta(seconds=self.delay)))
        return Decision(actions=actions, reply="<ok/>")


@command("scheduler_log.log_categories.reset", Level.INFO)
@dataclass(frozen=True, slots=True)
class ResetCategories:
    "Back to how it was at the start, after `delay` seconds."

    delay: float = attribute(SECONDS, 0.0)

    def decide(self, world: World, now: datetime) -> Decision:
        return Decision(actions=[ResetLogCategories(now + timedelta(seconds=self.delay))], reply="<ok/>")
