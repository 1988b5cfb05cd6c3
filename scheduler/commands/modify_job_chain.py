"""`<job_chain.modify>`: a chain is stopped or set going again. Lasts over restarts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.changes import Change, Kind
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_chain
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.records import ChainState
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, choice


@command("job_chain.modify", Level.ALL)
@dataclass(frozen=True, slots=True)
class ModifyJobChain:
    "`state` stopped: no order of the chain is taken any more; running steps end."

    job_chain: str = attribute(PATH)
    state: str = attribute(choice("running", "stopped"))

    def decide(self, world: World, now: datetime) -> Decision:
        chain = find_chain(world, self.job_chain)
        state = ChainState(self.state)
        if chain.state is state:
            return Decision(reply="<ok/>")
        kind = Kind.CHAIN_STOPPED if state is ChainState.STOPPED else Kind.CHAIN_UNSTOPPED
        return Decision([Change(kind, chain.path, put=(replace(chain, state=state),))], reply="<ok/>")
