"""The queue of a node against a model that sorts anew at every question."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.order.queue import NodeQueue
from scheduler.records import Order
from tests.support.worlds import START

IDS = st.sampled_from("abcdef")
ORDERS = st.builds(
    lambda id, seconds, priority, ordering, touched: Order(
        "/c", id, "n", "n", START, ordering,
        start_at=START + timedelta(seconds=seconds), priority=priority, touched=touched,
    ),
    IDS, st.integers(-5, 20), st.integers(-2, 2), st.integers(0, 50), st.booleans(),
)  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), ORDERS),
        st.tuples(st.just("discard"), IDS),
        st.tuples(st.just("wait"), st.integers(0, 5)),
        st.tuples(st.just("first"), st.booleans()),
        st.tuples(st.just("few"), st.integers(0, 8)),
    ),
    max_size=120,
)


@given(STEPS)
def test_the_first_order_is_always_the_one_that_sorting_would_give(steps: list[tuple[str, object]]) -> None:
    queue, model, now = NodeQueue(), {}, START
    for word, value in steps:
        if word == "put":
            queue.put(value, now)
            model[value.id] = value
        elif word == "discard":
            queue.discard(value)
            model.pop(value, None)
        elif word == "wait":
            now += timedelta(seconds=value)
        elif word == "few":
            queue.advance(now)
            due = [order for order in model.values() if order.start_at <= now]
            due.sort(key=lambda order: (-order.priority, order.ordering, order.id))
            assert queue.few(value) == [order.id for order in due[:value]]
            assert queue.due_count <= len(due)
        else:
            queue.advance(now)
            due = [order for order in model.values() if order.start_at <= now and (value or order.touched)]
            expected = min(due, key=lambda order: (-order.priority, order.ordering, order.id), default=None)
            assert queue.first(value) == (expected.id if expected else None)
        assert len(queue) == len(model)


def test_all_due_orders_are_counted_and_none_that_is_not_due() -> None:
    queue = NodeQueue()
    for number in range(10):
        queue.put(Order("/c", str(number), "n", "n", START, 1, start_at=START + timedelta(seconds=number % 2)), START)
    assert queue.due_count == 5
    queue.discard("0")
    queue.advance(START + timedelta(seconds=1))
    assert queue.due_count == 9


def test_many_changes_of_one_order_do_not_fill_the_memory() -> None:
    queue = NodeQueue()
    for number in range(10_000):
        queue.put(Order("/c", "a", "n", "n", START, number, start_at=START), START)
    assert sum(len(heap) for heap in queue._due.values()) < 200
