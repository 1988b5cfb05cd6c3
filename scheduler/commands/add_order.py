"""`<add_order>`, also called `<order>`: an order enters a job chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.answers.options import ShowOptions
from scheduler.answers.order import order_element
from scheduler.changes import Change, Kind
from scheduler.commands.declare import attribute, command, params, run_time, xml_payload
from scheduler.commands.lookups import find_chain
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.definitions import OrderDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.order.finish import OVER
from scheduler.order.nested import in_space
from scheduler.order.place import closed_run, new_order, placed
from scheduler.params import Params
from scheduler.protocol.levels import Level
from scheduler.records import Order
from scheduler.run_time.model import RunTime
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT, YES_NO, integer
from scheduler.xml.write import element


@command("add_order", Level.ALL, "order")
@dataclass(frozen=True, slots=True)
class AddOrder:
    """`replace` (the default) takes an order of the same id out, in whichever of the connected chains it is; one that
    is in a task leaves when its step ends, and the new one comes then. Empty texts count as absent."""

    job_chain: str = attribute(PATH)
    id: str = attribute(TEXT, "")
    replace: bool = attribute(YES_NO, True)
    title: str = attribute(TEXT, "")
    priority: int = attribute(integer(), 0)
    state: str = attribute(TEXT, "")
    end_state: str = attribute(TEXT, "")
    at: str = attribute(TEXT, "")
    suspended: bool = attribute(YES_NO, False)
    web_service: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")
    client: str = ""
    params: Params = params(payload=True)
    run_time: tuple[RunTime, str] | None = run_time()
    xml_payload: str | None = xml_payload()

    def decide(self, world: World, now: datetime) -> Decision:
        chain = find_chain(world, self.job_chain)
        run_time, source = self.run_time or (None, "")
        definition = OrderDefinition(
            chain.path, self.id, self.title, self.priority, self.state, self.end_state, self.at, self.suspended,
            self.params, run_time is not None, source, xml_payload=self.xml_payload or "", run_time=run_time,
            author=self.author, client=self.client,
        )  # fmt: skip
        known = in_space(world, chain.key, self.id) if self.id else None
        if known is None:
            change = placed(world, definition, now)
            order = next(record for record in change.put if isinstance(record, Order))
            return _answered(world, Decision([change]), order)
        if not self.replace:
            raise WorkloadError(Code.DUPLICATE_ORDER, order=self.id, chain=chain.path)
        return _replaced(world, known, definition, now)


def _replaced(world: World, known: Order, definition: OrderDefinition, now: datetime) -> Decision:
    order, numbers = new_order(world, definition, now)
    if known.in_task:
        waiting = replace(known, removed=True, successor=definition)
        change = Change(Kind.ORDER_CHANGED, f"{known.chain},{known.id}", put=(waiting,))
        return _answered(world, Decision([change]), order, waits=True)
    run = closed_run(known, now) if known.state not in OVER else ()
    puts = (*run, *numbers, order)
    drops = ((Order, known.key),) if known.key != order.key else ()
    change = Change(Kind.ORDER_ADDED, f"{order.chain},{order.id}", put=puts, drop=drops, detail={"replaced": True})
    return _answered(world, Decision([change]), order)


def _answered(world: World, decision: Decision, order: Order, waits: bool = False) -> Decision:
    "The new order as the answer shows it, before anything happens to it. `waits`: for the step of the one before."
    decision.reply = element("ok", (), order_element(world, order, ShowOptions(), replacement=waits))
    return decision


