"""Permanent orders: replaced and removed between their rounds. A new version inherits only the suspension."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.changes import Change, Dropped, Kind
from scheduler.copying import replace
from scheduler.definitions import OrderDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.order.finish import run_of
from scheduler.order.nested import in_space
from scheduler.order.place import new_order
from scheduler.order.times import taken_up
from scheduler.records import (
    FileKey,
    FileState,
    JobChain,
    Order,
    OrderOrigin,
    OrderState,
    Record,
    SourceFile,
)
from scheduler.world import World


def order_of(world: World, key: FileKey) -> Order | None:
    "The order that the file stands for, when it is in its chain."
    chain, _, order_id = key.path.partition(",")
    return world.order(chain, order_id)


def idle(world: World, file: SourceFile) -> bool:
    order = order_of(world, file.key)
    return order is None or not (order.in_task or order.touched) or order.home.lower() not in world.chains


def displaces(world: World, file: SourceFile) -> bool:
    "Whether the first version of a file would take the place of somebody else's order that is under way."
    order = order_of(world, file.key)
    return order is not None and order.origin is not OrderOrigin.PERMANENT and not idle(world, file)


def install(world: World, file: SourceFile, now: datetime) -> Change:
    "Into its chain, or waiting for the chain; an order that cannot be placed there shows why."
    definition = file.definition
    assert isinstance(definition, OrderDefinition)  # noqa: S101  (the kind of the file says so)
    known = order_of(world, file.key)
    if world.chain(definition.chain) is None:
        return Change(Kind.FILE_ADDED, file.path, put=(replace(file, state=FileState.INITIALIZED),))
    if known is not None and known.origin is OrderOrigin.PERMANENT and known.file_written_at == file.written_at:
        return Change(Kind.FILE_ADDED, file.path, put=(file, *_kept(world, known, definition, now)))
    try:
        other = in_space(world, definition.chain.lower(), definition.id)
        if other is not None and other is not known:
            raise WorkloadError(Code.DUPLICATE_ORDER, order=definition.id, chain=other.chain)
        order, numbers = new_order(world, definition, now, OrderOrigin.PERMANENT, file.written_at)
    except WorkloadError as error:
        shown = replace(file, state=FileState.INITIALIZED, problem=error.problem)
        return Change(Kind.FILE_FAULTY, file.path, put=(shown,), detail={"text": str(error)})
    puts: list[Record] = [file, *numbers]
    drops: tuple[Dropped, ...] = ((Order, known.key),) if known is not None and known.key != order.key else ()
    if known is not None:
        if known.state is OrderState.SUSPENDED:
            order = replace(order, state=OrderState.SUSPENDED)
        run = run_of(known, now, ended=True)
        if run is not None:
            puts.append(run)
    return Change(Kind.FILE_ADDED, file.path, put=(*puts, order), drop=drops)


def _kept(world: World, order: Order, definition: OrderDefinition, now: datetime) -> tuple[Order, ...]:
    "The order as the store has it, when its file is the same as then; a run time that came by command, too."
    same = order.run_time_source == definition.run_time_source
    fresh = taken_up(world, order, definition.run_time if same else order.run_time, now)
    return (fresh,) if fresh != order else ()


def install_waiting(world: World, chain: JobChain, now: datetime) -> Iterator[Change]:
    """The permanent orders that wait for a chain, or for a node of it, and can be placed now.

    Every change must be applied before the next is asked for, because each takes a number.
    """
    for file in [world.files[key] for key in world.order_files.get(chain.key, ())]:
        if file.state is not FileState.INITIALIZED or file.definition is None:
            continue
        change = install(world, replace(file, state=FileState.ACTIVE, problem=None), now)
        if change.put != (file,):
            yield change


def remove(world: World, file: SourceFile, now: datetime) -> Change:
    order = order_of(world, file.key)
    if order is None or order.origin is not OrderOrigin.PERMANENT:
        return Change(Kind.ORDER_REMOVED, file.path)
    run = run_of(order, now, ended=True)
    drops: tuple[Dropped, ...] = ((Order, order.key),)
    return Change(Kind.ORDER_REMOVED, file.path, put=(run,) if run else (), drop=drops)
