"""One start that is not as the run time says, by the word of a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from scheduler.frozen import frozen
from scheduler.params import NONE, Params


class OverrideAction(StrEnum):
    SKIP = "skip"        # it does not start
    MOVE = "move"        # it starts at `start_at` instead
    HOLD = "hold"        # it waits until `start_at`; None: until the override is changed
    PARAMS = "params"    # it starts as planned, with `params` on top of its own
    ADD = "add"          # a start that no rule knows, at `start_at`


class OverrideState(StrEnum):
    OPEN = "open"              # it counts
    USED = "used"              # the start that it brings about was made
    WITHDRAWN = "withdrawn"    # somebody has taken it back, or put another one in its place


class PlanKey(NamedTuple):
    "What starts: `kind` is `job` or `order`, `key` that of the job's path, or chain key, comma, order id."

    kind: str
    key: str


@frozen
class Override:
    """`object` is the path as written (of an order: chain, comma, id). `planned_at` is the start of the run time that
    it is about, None for an added one. `start_at` is when it starts, None: not at all, or not yet (HOLD).

    `task_id`: of a job, the queued task that stands for the start. All of them stay in the store as a record.
    """

    number: int
    kind: str
    object: str
    action: OverrideAction
    planned_at: datetime | None
    start_at: datetime | None
    created_at: datetime
    params: Params = NONE
    reason: str = ""
    author: str = ""
    task_id: int | None = None
    state: OverrideState = OverrideState.OPEN

    @property
    def key(self) -> int:
        return self.number

    @property
    def plan_key(self) -> PlanKey:
        return plan_key(self.kind, self.object)


#: who makes up for missed starts, and what it says then
CATCH_UP, _FOR = "catch-up", "For "


def reason_of_missed(planned: str, more: str) -> str:
    "Of a further start in the place of one that was missed."
    return f"{_FOR}{planned}: {more}"


def missed_at(override: Override) -> str:
    "When the start should have been that is made up for, as written; empty: it is none of these."
    if override.author != CATCH_UP or not override.reason.startswith(_FOR):
        return ""
    return override.reason.removeprefix(_FOR).partition(": ")[0]


def plan_key(kind: str, path: str) -> PlanKey:
    "Letter case counts only in order ids."
    if kind == "job":
        return PlanKey(kind, path.lower())
    chain, _, order_id = path.partition(",")
    return PlanKey(kind, f"{chain.lower()},{order_id}")
