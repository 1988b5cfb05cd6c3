"""`<modify_order>`: an order is suspended, resumed, moved, reset, given other parameters …"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.commands.declare import attribute, command, params, run_time, xml_payload
from scheduler.commands.lookups import find_order
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.held_until import end_of, held, name_of
from scheduler.hold import HoldKind
from scheduler.order.modify import Wish, modified
from scheduler.params import Params
from scheduler.protocol.levels import Level
from scheduler.run_time.model import RunTime
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT, YES_NO, choice, integer


@command("modify_order", Level.NO_ADD)
@dataclass(frozen=True, slots=True)
class ModifyOrder:
    """Applied in the sequence reset, run_time, params, xml_payload, priority, state, end_state, at, setback, suspended,
    title.

    `state`, `at`, `setback` and `reset` are refused while the order is in a task. Parameters are merged. `until`: a
    suspended order is resumed by itself then; suspended once more, it has that end, or none.
    """

    job_chain: str = attribute(PATH)
    order: str = attribute(TEXT)
    action: str = attribute(choice("reset"), "")
    priority: int | None = attribute(integer(), None)
    state: str | None = attribute(TEXT, None)
    end_state: str | None = attribute(TEXT, None)
    at: str | None = attribute(TEXT, None)
    setback: bool | None = attribute(YES_NO, None)
    suspended: bool | None = attribute(YES_NO, None)
    until: str = attribute(TEXT, "")
    title: str | None = attribute(TEXT, None)
    author: str = attribute(TEXT, "")
    client: str = ""
    params: Params = params(payload=True, substitute=False)
    run_time: tuple[RunTime, str] | None = run_time()
    xml_payload: str | None = xml_payload()

    def decide(self, world: World, now: datetime) -> Decision:
        order = find_order(world, self.job_chain, self.order)
        if self.setback:
            raise WorkloadError(Code.ONLY_NO, value="yes")
        wish = Wish(
            self.action == "reset", self.run_time, self.params, self.xml_payload, self.priority, self.state,
            self.end_state, self.at, self.setback is False, self.suspended, self.title, self.author,
            self.client,
        )  # fmt: skip
        until = end_of(world, self.until, now, holds=self.suspended is True, needed='suspended="yes"')
        change = modified(world, order, wish, now)
        if self.suspended:
            change = held(world, change, HoldKind.ORDER, name_of(order), until, self.author)
        return Decision([change], reply="<ok/>")
