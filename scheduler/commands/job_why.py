"""`<job.why>`: what keeps a job from running."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler import paths
from scheduler.answers.common import obstacles
from scheduler.answers.options import ShowOptions
from scheduler.answers.order import order_element
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_job
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.why import why_job
from scheduler.world import World
from scheduler.xml.attribute_types import PATH
from scheduler.xml.write import element

ORDERS_SHOWN = 20


@command("job.why", Level.INFO)
@dataclass(frozen=True, slots=True)
class JobWhy:
    "The obstacles of the job, and of the first orders at each of its nodes."

    job: str = attribute(PATH)

    def decide(self, world: World, now: datetime) -> Decision:
        job = find_job(world, self.job)
        options = ShowOptions(frozenset({"why"}))
        nodes = [
            element(
                "job_chain_node.why",
                [("job_chain", key.chain), ("order_state", key.state)],
                *(order_element(world, order, options) for order in world.orders_at(key)[:ORDERS_SHOWN]),
            )
            for key in world.nodes_served_by(job.key)
        ]
        inner = element("job_chain_nodes.why", (), *nodes) if nodes else ""
        return Decision(
            reply=element("job.why", [("job", paths.name(job.path))], obstacles(why_job(world, job)), inner)
        )
