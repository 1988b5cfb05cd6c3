"Orders of job chains with `orders_recoverable=\"no\"` live in memory only, and so does what holds them."

from __future__ import annotations

from scheduler.changes import Change
from scheduler.copying import replace
from scheduler.hold import Hold, HoldKind, hold_key
from scheduler.records import JobChain, Order
from scheduler.world import World


def recorded(world: World, change: Change) -> Change:
    "The change with such orders kept instead of stored; a chain in the change itself counts as it is there."
    for record in change.put:
        if type(record) is JobChain or (type(record) is Order and not _recoverable(world, {}, record)):
            return _divided(world, change)
    return change


def _divided(world: World, change: Change) -> Change:
    fresh = {record.key: record for record in change.put if type(record) is JobChain}
    orders = [record for record in change.put if type(record) is Order]
    orders = [order for order in orders if not _recoverable(world, fresh, order)]
    holds = {hold_key(HoldKind.ORDER, f"{order.home},{order.id}") for order in orders}
    held = [record for record in change.put if type(record) is Hold and record.key in holds]
    lost = (*orders, *held)
    names = {id(record) for record in lost}
    put = tuple(record for record in change.put if id(record) not in names)
    return replace(change, put=put, keep=(*change.keep, *lost)) if lost else change


def _recoverable(world: World, fresh: dict[str, JobChain], order: Order) -> bool:
    key = order.home.lower()
    chain = fresh.get(key) or world.chains.get(key)
    return chain is None or chain.definition.orders_recoverable
