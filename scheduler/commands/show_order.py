"""`<show_order>`: an order in its chain or, when it is not there any more, from the history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler import paths
from scheduler.answers.options import ShowOptions, flags_of
from scheduler.answers.order import history_order, is_long, order_pieces
from scheduler.commands.declare import attribute, command
from scheduler.commands.questions import OrderRuns, Question
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.records import Order
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT, integer


@command("show_order", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowOrder:
    """With `history_id` straight from the history; the chain need not exist then.

    `what="why"` adds the obstacles that keep the order from running.
    """

    job_chain: str = attribute(PATH)
    order: str = attribute(TEXT, "")
    history_id: int | None = attribute(integer(0), None)
    what: str = attribute(TEXT, "")

    def asks(self, world: World) -> Question | None:
        flags = flags_of(self.what, frozenset())
        chain = paths.absolute(self.job_chain)
        if self.history_id is not None:
            return OrderRuns(chain, history_id=self.history_id, with_log="log" in flags)
        order = world.order(chain, self.order)
        if order is None:
            return OrderRuns(chain, self.order, with_log="log" in flags)
        if order.history_id is None:
            return None
        return OrderRuns(chain, history_id=order.history_id, with_log=True) if "log" in flags else None

    def is_short(self, world: World) -> bool:
        order, options = self._order(world), self._options()
        return "log" not in options and (order is None or not is_long(order, options))

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        return Decision(reply="".join(self.pieces(world, answers)))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        options = self._options()
        log = answers.get("log") if "log" in options else None
        order = self._order(world)
        if order is not None:
            return order_pieces(world, order, options, "" if "log" in options and log is None else log)
        runs = answers.get("runs")
        if not runs:
            raise WorkloadError(
                Code.UNKNOWN_ORDER, order=self.order or self.history_id, chain=paths.absolute(self.job_chain)
            )
        return history_order(runs[0], log)

    def _order(self, world: World) -> Order | None:
        return world.order(paths.absolute(self.job_chain), self.order) if self.history_id is None else None

    def _options(self) -> ShowOptions:
        return ShowOptions(flags_of(self.what, frozenset()))
