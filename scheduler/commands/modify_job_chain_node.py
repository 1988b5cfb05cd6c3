"""`<job_chain_node.modify>`: a node works, is stopped, or is skipped. Lasts over restarts and file changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.chain.skip import check_no_circle, send_on
from scheduler.changes import Change, Kind
from scheduler.commands.declare import attribute, command
from scheduler.commands.lookups import find_chain
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.held_until import end_of, held
from scheduler.hold import HoldKind
from scheduler.order.place import node_of
from scheduler.protocol.levels import Level
from scheduler.records import NodeAction
from scheduler.world import World
from scheduler.xml.attribute_types import PATH, TEXT, choice


@command("job_chain_node.modify", Level.ALL)
@dataclass(frozen=True, slots=True)
class ModifyJobChainNode:
    """`stop`: orders arrive and wait. `next_state`: orders pass on to the node's next state; those that wait there
    are sent on at once, one that is being processed goes on after its step.

    `until`: the node works again by itself then. With the next command it has the end of that one, or none."""

    job_chain: str = attribute(PATH)
    state: str = attribute(TEXT)
    action: str = attribute(choice("process", "stop", "next_state"))
    until: str = attribute(TEXT, "")
    author: str = attribute(TEXT, "")

    def decide(self, world: World, now: datetime) -> Decision:
        chain = find_chain(world, self.job_chain)
        node = node_of(world, chain, self.state)
        if node.definition.is_end:
            raise WorkloadError(Code.ORDER_AT_END, state=node.state, chain=chain.path)
        action = NodeAction(self.action)
        holds = action is not NodeAction.PROCESS
        until = end_of(world, self.until, now, holds=holds, needed='action="stop" or action="next_state"')
        changed = replace(node, action=action)
        if action is NodeAction.NEXT_STATE:
            check_no_circle(world, chain, node)
        change = Change(
            Kind.NODE_CHANGED, chain.path, put=(changed,), detail={"node": node.state, "action": action.value}
        )
        change = held(world, change, HoldKind.NODE, f"{chain.path},{node.state}", until, self.author)
        decision = Decision([change], reply="<ok/>")
        if action is NodeAction.NEXT_STATE:
            decision.changes += send_on(world, chain, node, now)
        return decision
