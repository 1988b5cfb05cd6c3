"""`<plan.change>` and `<plan.withdraw>`: one start of the plan is to be another one, or as planned again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.answers.plan import override_element
from scheduler.commands.declare import attribute, command, params
from scheduler.commands.lookups import find_job, find_order
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.params import Params
from scheduler.plan.change import Wish, changed, withdrawn
from scheduler.plan.override import OverrideAction
from scheduler.protocol.levels import Level
from scheduler.records import Job, Order
from scheduler.times import parse_at
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT, choice, integer
from scheduler.xml.write import element


@command("plan.change", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class PlanChange:
    """Changes one start of a job, or of an order with `job_chain` and `order`.

    `planned` is the start as the run time says it. `skip`: it is left out. `move`: it is at `start` instead. `hold`: it
    waits until `start`, or until somebody changes it again. `params`: it gets other parameters. `add`: a further start.
    """

    action: str = attribute(choice(*OverrideAction))
    job: str = attribute(PATH, "")
    job_chain: str = attribute(PATH, "")
    order: str = attribute(TEXT, "")
    planned: str = attribute(TEXT, "")
    start: str = attribute(TEXT, "")
    reason: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")
    client: str = ""
    params: Params = params()

    def decide(self, world: World, now: datetime) -> Decision:
        wish = Wish(
            OverrideAction(self.action), self._instant(world, self.planned, now), self._instant(world, self.start, now),
            params=self.params, reason=self.reason, author=self.author, client=self.client,
        )  # fmt: skip
        override, change = changed(world, self._target(world), wish, now)
        return Decision([change], reply=element("ok", (), override_element(override)))

    def _target(self, world: World) -> Job | Order:
        if self.job and not self.job_chain and not self.order:
            return find_job(world, self.job)
        if self.job_chain and self.order and not self.job:
            return find_order(world, self.job_chain, self.order)
        problem = "a job, or a job chain and an order, is needed"
        raise WorkloadError(Code.WRONG_FOR_PLAN, action=self.action, problem=problem)

    @staticmethod
    def _instant(world: World, text: str, now: datetime) -> datetime | None:
        return parse_at(text, now, ZoneInfo(world.identity.time_zone)) if text else None


@command("plan.withdraw", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class PlanWithdraw:
    "Takes a change of the plan back, as long as the start that it brings is not made."

    number: int = attribute(integer(1))
    reason: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")

    def decide(self, world: World, now: datetime) -> Decision:
        override, change = withdrawn(world, self.number, self.reason, self.author)
        return Decision([change], reply=element("ok", (), override_element(override)))
