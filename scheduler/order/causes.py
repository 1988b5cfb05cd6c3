"Why a round of an order begins, and who has ordered it."

from __future__ import annotations

from scheduler.copying import replace
from scheduler.definitions import OrderDefinition
from scheduler.records import Order, OrderOrigin, RunCause


def by_command(author: str) -> RunCause:
    "The control plane says who its users are; other clients need not."
    return RunCause.WEB if author else RunCause.COMMAND


def cause_of_new(definition: OrderDefinition, origin: OrderOrigin) -> RunCause:
    "Of an order that enters its chain; NONE: its round begins by a run time, or by a command that is still to come."
    if origin is OrderOrigin.FILE_ORDER:
        return RunCause.FILE
    if definition.run_time is not None and not definition.at:
        return RunCause.NONE
    if origin is OrderOrigin.PERMANENT:
        return RunCause.CONFIGURATION
    return definition.cause or by_command(definition.author)


def with_cause(order: Order) -> Order:
    "The order as its round begins: why is known by now."
    if order.cause is not RunCause.NONE:
        return order
    return replace(order, cause=RunCause.RUN_TIME if order.has_run_time else RunCause.CONFIGURATION)
