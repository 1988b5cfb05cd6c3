"""The end of a file order: it is on the blacklist at once, and leaves it again when its file is found to be gone.

So no file is processed a second time while it lies where it was, whatever happens to the engine meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.actions import DisposeFile
from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.directory.log import line
from scheduler.directory.reading import file_of
from scheduler.directory.sinks import AT_WORK, disposed, sink_at
from scheduler.errors import Code, WorkloadError
from scheduler.messages import FileDisposed
from scheduler.records import Order, OrderKey, OrderState
from scheduler.world import World


def next_ended(world: World) -> Decision | None:
    "The next file order that has come to its end: its file is to be looked for."
    while world.readings.ended:
        key = next(iter(world.readings.ended))
        del world.readings.ended[key]
        order = world.orders.get(key)
        if order is not None and order.state is OrderState.BLACKLISTED and file_of(order):
            return Decision([], [DisposeFile(order.chain, order.id, order.ordering, file_of(order))])
    return None


def file_disposed(world: World, message: FileDisposed, now: datetime) -> Iterator[Decision]:
    "What the rim says of the file of an order that is at a sink, or at its end."
    order = world.orders.get(OrderKey(message.chain.lower(), message.order_id))
    if order is None or order.ordering != message.ordering:
        return
    if order.state in AT_WORK and order.task_id is None:
        yield disposed(world, order, message, now)
    elif order.state is OrderState.BLACKLISTED:
        yield _remains(world, order) if message.remains else _gone(order)


def _gone(order: Order) -> Decision:
    target = f"{order.chain},{order.id}"
    change = Change(Kind.ORDER_REMOVED, target, drop=((Order, order.key),), detail={"reason": "file_gone"})
    return Decision([change], [line("info", target, Code.FILE_GONE, file=file_of(order))])


def _remains(world: World, order: Order) -> Decision:
    if sink_at(world, order.node_key) is not None and order.last_error:
        return Decision()  # the sink has said why
    target = f"{order.chain},{order.id}"
    problem = WorkloadError(Code.FILE_REMAINS, file=file_of(order)).problem
    if order.last_error == str(problem):
        return Decision()  # as before the last restart
    change = Change(
        Kind.ORDER_BLACKLISTED, target, put=(replace(order, last_error=str(problem)),),
        detail={"error": problem.code, "text": problem.text},
    )  # fmt: skip
    return Decision([change], [line("error", target, Code.FILE_REMAINS, file=file_of(order))])
