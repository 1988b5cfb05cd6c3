"""`orders_recoverable="no"`: orders that live in memory only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_order import ModifyOrder
from scheduler.definitions import JobChainDefinition
from scheduler.messages import Activated, CommandReceived, FilesChanged, ProcessEnded, ProcessStarted
from scheduler.records import Order, OrderKey
from scheduler.step import step
from tests.support.worlds import START, Engine, a_chain, a_job, an_order, read

LASTING = a_chain()
FLEETING = replace(LASTING, orders_recoverable=False)


class Store:
    "What the rows of orders would be after everything that was decided."

    def __init__(self) -> None:
        self.rows: dict[OrderKey, Order] = {}

    def take(self, engine: Engine, message: Any) -> None:
        for change in step(engine.world, message, engine.now).changes:
            for kind, key in change.drop:
                if kind is Order:
                    self.rows.pop(key, None)
            for record in change.put:
                if isinstance(record, Order):
                    self.rows[record.key] = record


def engine_of(chain: JobChainDefinition, *more: Any, store: Store) -> Engine:
    engine = Engine(active=False)
    store.take(engine, FilesChanged(tuple(read(one) for one in (a_job(), chain, *more))))
    store.take(engine, Activated())
    return engine


def add(engine: Engine, store: Store, order_id: str = "1") -> None:
    store.take(engine, CommandReceived(AddOrder(job_chain="/chain", id=order_id)))


def test_orders_of_such_a_chain_are_never_stored() -> None:
    store = Store()
    engine = engine_of(FLEETING, an_order("p"), store=store)
    add(engine, store)
    store.take(engine, CommandReceived(ModifyOrder(job_chain="/chain", order="1", priority=3)))
    store.take(engine, ProcessStarted(1, 1001))
    store.take(engine, ProcessEnded(1, 0))
    assert store.rows == {}
    assert engine.order("p").in_task or engine.order("1").in_task


def test_switching_to_it_forgets_the_rows_and_keeps_the_orders() -> None:
    store = Store()
    engine = engine_of(LASTING, store=store)
    add(engine, store, "1")
    add(engine, store, "2")
    assert len(store.rows) == 2
    store.take(engine, FilesChanged((read(FLEETING),)))
    assert len(store.rows) == 2, "it waits for the running step"
    store.take(engine, ProcessEnded(1, 0))
    assert engine.world.chains["/chain"].definition.orders_recoverable is False
    assert store.rows == {}
    assert sorted(key.id for key in engine.world.orders) == ["1", "2"]
    assert engine.order("1").node == "second"


def test_switching_back_stores_what_is_there() -> None:
    store = Store()
    engine = engine_of(replace(FLEETING, max_orders=0), store=store)
    add(engine, store)
    assert store.rows == {}
    store.take(engine, FilesChanged((read(replace(LASTING, max_orders=0)),)))
    assert list(store.rows) == [OrderKey("/chain", "1")]


def test_what_the_store_still_holds_at_the_start_is_not_loaded() -> None:
    store = Store()
    before = engine_of(replace(LASTING, max_orders=0), an_order("p", at="never"), store=store)
    add(before, store)
    assert len(store.rows) == 2
    after = Engine(active=False)
    for order in store.rows.values():
        after.world.put(order)
    store.take(after, FilesChanged(tuple(read(one) for one in (a_job(), FLEETING, an_order("p", at="never")))))
    store.take(after, Activated())
    assert store.rows == {}
    assert [key.id for key in after.world.orders] == ["p"]


def test_an_order_that_was_in_a_task_at_the_crash_is_closed_in_the_history() -> None:
    before = Engine(a_job(), LASTING)
    before.command(AddOrder(job_chain="/chain", id="1"))
    after = Engine(active=False)
    for record in (*before.world.orders.values(), *before.world.tasks.values()):
        after.world.put(record)
    after.files(a_job(), FLEETING)
    after.tell(Activated())
    assert not after.world.orders
    assert after.runs[1].ended_at == START
