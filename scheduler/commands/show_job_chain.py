"""`<show_job_chain>`: one job chain with its nodes and orders and, if wanted, its order history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.answers.job_chain import chain_element, faulty_chain
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
        return OrderRuns(find_chain(world, self.job_chain).path, limit=options.max_order_history)

    def decide(self, world: World, now: datetime, answers: Mapping[str, Any] = {}) -> Decision:
        options = self.options(ALL)
        unusable = unusable_file(world, ObjectKind.JOB_CHAIN, self.job_chain)
        if unusable is not None and world.chain(unusable.path) is None:
            return Decision(reply=faulty_chain(world, unusable, options))
        return Decision(reply=chain_element(world, find_chain(world, self.job_chain), options, answers.get("runs")))
