"""What keeps an order out of the queue of its node, whatever its start time: a schedule or calendar that is missing,
and anything in its superordinate chain that would not let it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheduler.records import ChainState, FileKey, NodeAction, NodeKey, ObjectKind, Order
from scheduler.run_time.plan import calendars_of

if TYPE_CHECKING:
    from scheduler.world import World


@dataclass(frozen=True, slots=True)
class Hold:
    "`kind` is the word of the obstacle, `object` the path of what is missing or closed."

    kind: str
    object: str


def hold_of(world: World, order: Order) -> Hold | None:
    "None: nothing of this kind keeps the order."
    schedule = order.run_time.schedule if order.run_time is not None else ""
    if schedule and schedule not in world.schedules:
        return Hold("schedule_missing", schedule)
    if order.run_time is not None and (schedule or order.run_time.calendar):
        for path in calendars_of(order.run_time, world.schedules):
            if path not in world.schedules.calendars:
                return Hold("calendar_missing", path)
    return _outside(world, order) if order.outer_chain else None


def _outside(world: World, order: Order) -> Hold | None:
    key = order.outer_chain.lower()
    chain = world.chains.get(key)
    if chain is None:
        return Hold("chain_missing", order.outer_chain)
    if chain.state is ChainState.STOPPED:
        return Hold("chain_stopped", chain.path)
    if FileKey(ObjectKind.JOB_CHAIN.value, key) in world.pending_files:
        return Hold("chain_replacement", chain.path)
    node = world.nodes.get(NodeKey(key, order.outer_node))
    where = f"{chain.path}:{order.outer_node}"
    if node is None:
        return Hold("node_missing", where)
    if node.action is NodeAction.STOP and order.history_id is None:
        return Hold("node_stop", where)
    return None
