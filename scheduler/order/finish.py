"""The end of an order's round.

A permanent order goes back to its initial node and rests there; an ad hoc order leaves the chain, or stays on the
blacklist when it is suspended at its end (until it is resumed or removed).
"""

from __future__ import annotations

from datetime import datetime

from scheduler.copying import replace
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.records import Order, OrderOrigin, OrderState, Run

OVER = (OrderState.ENDED, OrderState.BLACKLISTED)


def finish(order: Order) -> Order:
    """The order at the end of its round, at `order.node`: ENDED, or BLACKLISTED when it is suspended there.

    `next_round` says whether it begins anew.
    """
    state = after(order.state, OrderEvent.FINISH, order.id)
    return replace(order, state=state, task_id=None, start_at=None, setback_count=0)


def next_round(order: Order) -> Order | None:
    "What follows the end of a round: a permanent order rests at its initial node; None: nothing, it is over."
    if order.origin is not OrderOrigin.PERMANENT or order.removed:
        return None
    return new_round(order, suspended=order.state is OrderState.BLACKLISTED)


def new_round(order: Order, suspended: bool = False) -> Order:
    "At the initial node again, as if nothing had happened; parameters that the round changed stay."
    return replace(
        order,
        node=order.initial_node,
        state=OrderState.SUSPENDED if suspended else OrderState.WAITING,
        start_at=None,
        touched=False,
        history_id=None,
        steps=0,
        started_at=None,
        task_id=None,
        setback_count=0,
        state_text="",
        last_error="",
        end_node=order.end_node if order.original_end_node is None else order.original_end_node,
        original_end_node=None,
    )


def run_of(order: Order, now: datetime, ended: bool = False, failed: bool = False) -> Run | None:
    "The history row of the order's round, as it is now; None when no step has begun."
    if order.history_id is None or order.started_at is None:
        return None
    return Run(
        order.history_id, order.chain, order.id, order.title, order.node, order.state_text, order.started_at,
        ended_at=now if ended else None, failed=failed,
    )  # fmt: skip
