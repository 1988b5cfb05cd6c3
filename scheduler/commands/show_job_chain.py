"""`<show_job_chain>`: one job chain with its nodes and orders and, if wanted, its order history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.job_chain import OrderHistory, chain_parts, faulty_chain
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_chain, unusable_file
from scheduler.commands.questions import OrderRuns, Question
from scheduler.commands.show import Shows
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind
from scheduler.world import World
from scheduler.xml.attribute_types import PATH

ALL = frozenset({"description", "orders", "job_chain_orders", "job_chains"})


@command("show_job_chain", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowJobChain(Shows):
    job_chain: str = attribute(PATH)

    def asks(self, world: World) -> Question | None:
        options = self.options(ALL)
        if not options.max_order_history:
            return None
        return OrderRuns(find_chain(world, self.job_chain).path, limit=options.max_order_history, optional=True)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        return Decision(reply="".join(self.pieces(world, answers)))

    def pieces(self, world: World, answers: Mapping[str, Any]) -> Iterator[str]:
        options = self.options(ALL)
        unusable = unusable_file(world, ObjectKind.JOB_CHAIN, self.job_chain)
        if unusable is not None and world.chain(unusable.path) is None:
            return iter([faulty_chain(world, unusable, options)])
        return chain_parts(world, find_chain(world, self.job_chain), options, _history(answers))


def _history(answers: Mapping[str, Any]) -> OrderHistory | None:
    if "runs" not in answers and "problem" not in answers:
        return None
    return OrderHistory(answers.get("runs", ()), answers.get("problem"))
