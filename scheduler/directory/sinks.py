"""Sinks of file orders: the engine itself removes or moves the file of an arriving order, and the order is finished.

While the rim works on the file the order is RUNNING without a task. That is stored before the file is touched, so that
after a sudden death the work is done again; a file that is gone by then is a file that was disposed of.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.actions import Action, DisposeFile
from scheduler.changes import Change, Dropped, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.definitions import FileOrderSink
from scheduler.directory.log import line
from scheduler.directory.reading import file_of
from scheduler.errors import Code
from scheduler.messages import FileDisposed
from scheduler.order.due import may_begin, node_works
from scheduler.order.finish import finish, run_of
from scheduler.order.lifecycle import OrderEvent, after
from scheduler.order.rounds import following
from scheduler.records import NodeKey, Order, OrderState, Record
from scheduler.world import World

AT_WORK = (OrderState.RUNNING, OrderState.SUSPENDING)


def next_at_sink(world: World, node_key: NodeKey, now: datetime) -> Decision | None:
    "The next due order of a sink: its file is to be disposed of."
    chain, sink = world.chains.get(node_key.chain), sink_at(world, node_key)
    if chain is None or sink is None or not node_works(world, chain, node_key):
        return None
    order = world.next_order(node_key, may_begin(world, chain))
    if order is None:
        return None
    if not file_of(order):
        return Decision([_finished(world, replace(order, touched=True), "", now)])
    taken = replace(order, state=after(order.state, OrderEvent.TAKE, order.id), touched=True)
    change = Change(Kind.ORDER_CHANGED, _target(order), put=(taken,), detail={"node": order.node, "sink": True})
    return Decision([change], [_disposal(taken, sink)])


def sink_at(world: World, node_key: NodeKey) -> FileOrderSink | None:
    node = world.nodes.get(node_key)
    return node.definition.sink if node is not None else None


def _disposal(order: Order, sink: FileOrderSink, again: datetime | None = None) -> DisposeFile:
    return DisposeFile(order.chain, order.id, order.ordering, file_of(order), sink, again)


def unfinished(world: World) -> Iterator[Decision]:
    """Orders at whose files the last run of the engine worked when it ended: it is done again.

    What was written after the order had come to the sink is another file then. Without the sink the order waits again.
    """
    for order in list(world.orders.values()):
        if order.state not in AT_WORK or order.task_id is not None:
            continue
        sink = sink_at(world, order.node_key)
        if sink is not None and file_of(order):
            yield Decision([], [_disposal(order, sink, order.start_at)])
        else:
            waiting = replace(order, state=after(order.state, OrderEvent.RETURN, order.id))
            yield Decision([Change(Kind.ORDER_CHANGED, _target(order), put=(waiting,), detail={"node": order.node})])


def disposed(world: World, order: Order, message: FileDisposed, now: datetime) -> Decision:
    "The rim has done what it could with the file of an order at a sink."
    said: list[Action] = [_said(world, order, message)]
    error = str(message.problem or "") if message.remains else ""
    return Decision([_finished(world, order, error, now, message.remains)], said)


def _said(world: World, order: Order, message: FileDisposed) -> Action:
    sink, file = sink_at(world, order.node_key), file_of(order)
    if message.problem is not None:
        code, level = (Code.FILE_SINK, "warn")
        return line(level, _target(order), code, problem=message.problem)
    if message.remains:
        return line("warn", _target(order), Code.FILE_REMAINS, file=file)
    if sink is not None and sink.move_to:
        return line("info", _target(order), Code.FILE_MOVED, file=file, directory=sink.move_to)
    return line("info", _target(order), Code.FILE_REMOVED, file=file)


def _finished(world: World, order: Order, error: str, now: datetime, remains: bool = False) -> Change:
    "The order keeps the state of the sink. One whose file is still there goes on the blacklist."
    over = finish(replace(order, last_error=error), now)
    if remains:
        over = replace(over, state=OrderState.BLACKLISTED)
    goes_on = following(world, over, now)
    if goes_on is not None and over.state is OrderState.ENDED and goes_on.state is OrderState.BLACKLISTED:
        goes_on = None  # its file is not, so it is not kept
    # one that an error (and nobody's command) brought here has failed, as it has at any other end
    run = run_of(over, now, ended=True, failed=bool(order.last_error or error))
    puts: list[Record] = [record for record in (run, goes_on) if record is not None]
    gone = goes_on is None or goes_on.key != order.key
    drops: tuple[Dropped, ...] = ((Order, order.key),) if gone else ()
    kind = Kind.ORDER_BLACKLISTED if remains else Kind.ORDER_ENDED
    detail = {"node": order.node, "history": order.history_id} | ({"text": error} if error else {})
    return Change(kind, _target(order), put=tuple(puts), drop=drops, detail=detail)


def _target(order: Order) -> str:
    return f"{order.chain},{order.id}"
