"""What follows when an order has come to an end: the next nested job chain, the next round, or nothing.

A permanent order goes back to its initial node and waits for its next start, perhaps for ever; an order of a command
does so when its run time gives a further start. Any other leaves the chain, or stays on the blacklist when it is
suspended at its end (until it is resumed or removed).
"""

from __future__ import annotations

from datetime import datetime

from scheduler.copying import replace
from scheduler.definitions import OrderDefinition
from scheduler.directory.reading import file_of
from scheduler.order.arrive import destination
from scheduler.order.nested import entrance, go_on, inside, outside
from scheduler.order.times import next_after_round, repeats
from scheduler.params import NONE, Params
from scheduler.records import ObjectKind as K
from scheduler.records import Order, OrderOrigin, OrderState, RunCause, file_key
from scheduler.world import World

KEEPS_CONTENT = "scheduler.order.keep_order_content_on_reschedule"


def following(world: World, order: Order, now: datetime, failed: bool = False) -> Order | None:
    """The order as it goes on after its end in a chain (ENDED or BLACKLISTED there), perhaps in another chain.

    None: it leaves. Still BLACKLISTED: it stays on the blacklist. `failed`: its last step has.
    """
    if order.removed:
        return None
    if order.outer_chain:
        order = go_on(world, order, now, failed)
        if order.outer_chain:
            return order
    if order.origin is not OrderOrigin.FILE_ORDER and repeats(world, order, now):
        start_at = next_after_round(world, order, now)
        fresh = new_round(world, order, suspended=order.state is OrderState.BLACKLISTED)
        return at_beginning(world, replace(fresh, start_at=start_at))
    if order.state is OrderState.ENDED and file_of(order):
        return replace(order, state=OrderState.BLACKLISTED)  # until its file is found to be gone
    return order if order.state is OrderState.BLACKLISTED else None


def new_round(world: World, order: Order, suspended: bool = False) -> Order:
    "As if nothing had happened, at no time; parameters that the round changed stay unless the configuration wants not."
    params = _params(world, order)
    return replace(
        order,
        node=order.initial_node,
        state=OrderState.SUSPENDED if suspended else OrderState.WAITING,
        start_at=None,
        start_given=False,
        touched=False,
        history_id=None,
        steps=0,
        started_at=None,
        ended_at=None,
        task_id=None,
        setback_count=0,
        state_text="",
        last_error="",
        end_node=order.end_node if order.original_end_node is None else order.original_end_node,
        original_end_node=None,
        params=params,
        params_before=None,
        params_given=order.params_given if params is order.params or order.params_before is not None else NONE,
        params_at_start=None,
        cause=RunCause.NONE,
        actor="",
        client="",
    )


def at_beginning(world: World, order: Order) -> Order:
    """An order whose round has not begun, where the round will begin: skipped nodes are passed over.

    When they lead to an end it waits at its initial node until a node works again (`chain.skip.stranded`).
    """
    home = world.chains.get(order.home.lower())
    if home is not None and home.definition.is_superordinate:
        where = entrance(world, home, "", order.initial_node, order.end_node)
        return inside(order, home, where) if where.chain else outside(order, home.path, order.initial_node)
    goal = destination(world, replace(order, node=""), order.initial_node)
    return replace(order, node=order.initial_node if goal.end else goal.state)


def can_begin(world: World, order: Order) -> bool:
    "Whether its round would begin at a node that works; skipped nodes may lead straight to an end."
    home = world.chains.get(order.home.lower())
    if home is not None and home.definition.is_superordinate:
        return entrance(world, home, "", order.initial_node, order.end_node).chain is not None
    return not destination(world, replace(order, node=""), order.initial_node).end


def _params(world: World, order: Order) -> Params:
    if order.params_before is not None:
        return order.params_before
    if order.origin is not OrderOrigin.PERMANENT or _keeps_content(world):
        return order.params
    file = world.files.get(file_key(K.ORDER, f"{order.home},{order.id}"))
    definition = file.definition if file is not None else None
    return definition.params if isinstance(definition, OrderDefinition) else order.params


def _keeps_content(world: World) -> bool:
    variable = world.variables.get(KEEPS_CONTENT)
    value = variable.value if variable is not None else world.configured.get(KEEPS_CONTENT, "true")
    return value.strip().lower() not in ("false", "no", "0")
