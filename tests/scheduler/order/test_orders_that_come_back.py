"Orders that a task had when the engine died, although the store does not know their step."

from __future__ import annotations

from typing import Any

import pytest

from scheduler.messages import Activated
from scheduler.records import Node, NodeAction, Order, OrderState, Task, TaskState
from tests.support.served import Served, a_python_job
from tests.support.worlds import START, a_chain


def loaded(**values: Any) -> Served:
    "The chain, whose job runs nothing, and an order that the task 7 was given in the last run."
    engine = Served(a_python_job(), a_chain(), active=False)
    fields: dict[str, Any] = {"state": OrderState.RUNNING, "task_id": 7, "touched": True, "history_id": 5, "steps": 1}
    fields |= {"start_at": START, "started_at": START, **values}
    engine.world.paused = True
    engine.world.put(Order("/chain", "1", "first", "first", START, 1, **fields))
    return engine


def test_an_order_that_no_task_knows_waits_as_if_it_had_not_been_taken() -> None:
    engine = loaded()
    engine.tell(Activated())
    order = engine.order()
    assert (order.state, order.node, order.task_id, order.start_at) == (OrderState.WAITING, "first", None, START)
    assert (order.touched, order.history_id, order.started_at, order.steps) == (False, None, None, 0)


def test_an_order_in_the_middle_of_its_round_goes_on_with_it() -> None:
    engine = loaded(steps=3)
    engine.tell(Activated())
    order = engine.order()
    assert (order.touched, order.history_id, order.started_at, order.steps) == (True, 5, START, 2)


def test_an_order_that_was_suspended_meanwhile_is_suspended() -> None:
    engine = loaded(state=OrderState.SUSPENDING)
    engine.tell(Activated())
    assert engine.order().state is OrderState.SUSPENDED


def test_an_order_that_was_removed_meanwhile_is_gone() -> None:
    engine = loaded(removed=True)
    engine.tell(Activated())
    assert engine.world.order("/chain", "1") is None


def test_an_order_whose_node_is_skipped_now_goes_to_the_next_one() -> None:
    engine = loaded()
    node = engine.world.node("/chain", "first")
    assert node is not None
    engine.world.put(Node(node.chain, node.position, node.definition, NodeAction.NEXT_STATE))
    engine.tell(Activated())
    assert (engine.order().node, engine.order().state) == ("second", OrderState.WAITING)


@pytest.mark.parametrize("task_id", [None, 8])
def test_a_task_has_no_step_with_an_order_that_was_not_in_it(task_id: int | None) -> None:
    state = OrderState.WAITING if task_id is None else OrderState.RUNNING
    engine = loaded(task_id=task_id, state=state)
    named = {"chain": "/chain", "order_id": "1", "node": "first", "history_id": 5, "step": 1}
    engine.world.put(Task(7, "/job", TaskState.RUNNING, started_at=START, **named))
    engine.tell(Activated())
    assert engine.tasks[7].state is TaskState.ENDED
    assert engine.tasks[7].order_id == ""
    assert not engine.steps
