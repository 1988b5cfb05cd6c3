"""The end of an order's round, and the row of the history that tells of it. What follows, `order.rounds` says."""

from __future__ import annotations

from datetime import datetime

from scheduler.copying import replace
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.records import Order, OrderState, Run

OVER = (OrderState.ENDED, OrderState.BLACKLISTED)


def finish(order: Order, now: datetime) -> Order:
    "The order at the end of its round, at `order.node`: ENDED, or BLACKLISTED when it is suspended there."
    state = after(order.state, OrderEvent.FINISH, order.id)
    return replace(order, state=state, task_id=None, start_at=None, setback_count=0, ended_at=now)


def run_of(order: Order, now: datetime, ended: bool = False, failed: bool = False) -> Run | None:
    "The history row of the order's round, as it is now; None when no step has begun."
    if order.history_id is None or order.started_at is None:
        return None
    return Run(
        order.history_id, order.chain, order.id, order.title, order.node, order.state_text, order.started_at,
        ended_at=now if ended else None, failed=failed, cause=order.cause, actor=order.actor,
        client=order.client, params=order.params_at_start, last_params=order.params,
    )  # fmt: skip
