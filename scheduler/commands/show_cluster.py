"""`<show_cluster>`: the cluster and the registered schedulers, as `<show_state>` shows them, without the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.answers.cluster import cluster_element
from scheduler.answers.remote_schedulers import remote_schedulers
from scheduler.answers.state import operations
from scheduler.commands.declare import command
from scheduler.commands.show import Shows
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.world import World
from scheduler.xml.write import element


@command("show_cluster", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowCluster(Shows):
    """With `what="cluster"` the members, with `remote_schedulers` the schedulers; `all` is both. `operations`: what the
    engine measures of itself, too."""

    def decide(self, world: World, now: datetime) -> Decision:
        options = self.options(frozenset({"cluster", "remote_schedulers"}))
        inner = cluster_element(world, options), remote_schedulers(world, options)
        measured = (operations(world),) if "operations" in options else ()
        return Decision(reply=element("cluster", (), *inner, *measured))
