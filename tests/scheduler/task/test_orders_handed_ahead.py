"A task whose steps are short gets several orders at once."

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from scheduler.cluster.sight import DEAD_AFTER, OWN_DEADLINE
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.remove_order import RemoveOrder
from scheduler.definitions import JobChainDefinition, LockDefinition, NodeDefinition
from scheduler.definitions.job import DurationLimit
from scheduler.messages import EndRequested, TakenBack
from scheduler.records import OrderState, TaskState
from scheduler.task.api_ahead import FRESH, LASTING, MOST, PATIENCE
from scheduler.task.api_state import Server
from tests.support.served import Served, a_python_job
from tests.support.worlds import a_chain, a_job

SHORT = 0.0005
LATER = PATIENCE.total_seconds() + 0.01
BROKEN = {"error": {"text": "broken"}, "ok": False, "returned": None}


def node(state: str, job: str = "/job") -> NodeDefinition:
    return NodeDefinition(state, job, "", "failed")


def one_node(*more: NodeDefinition, **values: Any) -> JobChainDefinition:
    "The node `1`, and others after it."
    nodes = [node("1"), *more]
    for at, following in enumerate([*nodes[1:], NodeDefinition("done")]):
        nodes[at] = replace(nodes[at], next_state=following.state)
    return a_chain("/chain", *nodes, NodeDefinition("done"), NodeDefinition("failed"), **values)


def waiting(orders: int, **values: Any) -> Served:
    "A task that has opened and is at its first order, with the others behind it."
    engine = Served(a_python_job(**values), one_node())
    for number in range(orders):
        engine.add(str(number))
    engine.opened()
    return engine


def server_of(engine: Served, task_id: int = 1) -> Server:
    server = engine.task(task_id).server
    assert server is not None
    return server


def with_four(**values: Any) -> Served:
    "The orders 3 to 6 are handed to the task as the steps of these numbers, 7 to 9 wait."
    engine = waiting(10, **values)
    engine.good()  # 0, which shows how short steps are
    engine.good(2)  # 1 and 2
    assert engine.handed() == ["3", "4", "5", "6"]
    return engine


# -- how many


def test_a_task_gets_twice_as_many_as_before_while_its_steps_are_short() -> None:
    engine = waiting(200)
    sizes = []
    while engine.phase() == "process":
        sizes.append(len(engine.handed()))
        engine.good(sizes[-1])
    assert sizes == [1, 2, 4, 8, 16, 32, 32, 32, 32, 32, 9]
    assert len(engine.runs) == 200
    assert all(run.ended_at is not None for run in engine.runs.values())
    assert engine.task().steps == 200
    assert MOST == 32


@pytest.mark.parametrize("seconds", [0.001, 0.004, 0.01, 0.02, 0.05, 1.0])
def test_what_a_task_gets_lasts_no_longer_than_it_may(seconds: float) -> None:
    engine = waiting(200)
    for _ in range(8):
        engine.good(len(engine.handed()), seconds=seconds)
    assert len(engine.handed()) == max(1, min(MOST, int(LASTING / seconds + 1e-9)))


def test_long_steps_make_a_task_cautious_again() -> None:
    engine = with_four()
    engine.good(2)
    engine.good(1, seconds=0.3)
    engine.good(1)
    assert engine.handed() == ["7"]


def test_one_step_that_was_interrupted_for_a_moment_does_not() -> None:
    engine = with_four()
    engine.good(3)
    engine.good(1, seconds=0.02)
    assert engine.handed() == ["7", "8", "9"]


def test_the_free_tasks_of_a_job_get_equal_shares() -> None:
    engine = waiting(0, tasks=3, min_tasks=3, idle_timeout=None)
    for task_id in (2, 3):
        engine.opened(task_id)
    for round in range(2):
        engine.command(ModifyJob(job="/job", cmd="suspend"))
        for number in range(9):
            engine.add(f"{round}-{number}")
        engine.command(ModifyJob(job="/job", cmd="continue"))
        shares = {task_id: len(engine.handed(task_id)) for task_id in (1, 2, 3)}
        while any(engine.phase(task_id) == "process" for task_id in (1, 2, 3)):
            for task_id in (1, 2, 3):
                if engine.phase(task_id) == "process":
                    engine.good(1 + len(server_of(engine, task_id).ahead), task_id)
    assert shares == {1: 3, 2: 3, 3: 3}


def test_a_task_whose_task_server_does_not_say_how_long_steps_take_gets_one_at_a_time() -> None:
    engine = waiting(5)
    for _ in range(4):
        engine.returns()
        assert len(engine.handed()) == 1


@pytest.mark.parametrize("limit", ["warn_if_shorter_than", "warn_if_longer_than"])
def test_a_job_that_watches_how_long_its_steps_take_gets_one_at_a_time(limit: str) -> None:
    engine = waiting(6, **{limit: DurationLimit(1.0)})
    for _ in range(5):
        engine.good()
        assert len(engine.handed()) == 1


def test_a_chain_that_lets_few_orders_begin_hands_none_ahead() -> None:
    engine = Served(a_python_job(), one_node(max_orders=3))
    for number in range(6):
        engine.add(str(number))
    engine.opened()
    for _ in range(5):
        engine.good()
        assert len(engine.handed()) == 1


def test_orders_that_live_in_memory_only_are_not_handed_ahead() -> None:
    engine = Served(a_python_job(), one_node(orders_recoverable=False))
    for number in range(6):
        engine.add(str(number))
    engine.opened()
    for _ in range(5):
        engine.good()
        assert len(engine.handed()) == 1


def test_priority_and_arrival_decide_who_is_handed_ahead() -> None:
    engine = waiting(2)
    for order_id, priority in (("low", 1), ("high", 9), ("middle", 5), ("later", 5)):
        engine.add(order_id, priority=priority)
    engine.good()
    assert engine.handed() == ["high", "middle"]
    engine.good(2)
    assert engine.handed() == ["later", "low", "1"]


# -- what is recorded


def test_an_order_that_is_handed_ahead_is_taken_in_the_journal_and_its_step_written_when_it_has_ended() -> None:
    engine = with_four()
    assert engine.kinds[-4:] == ["order.taken"] * 4
    assert [order.state for order in map(engine.order, "3456")] == [OrderState.RUNNING] * 4
    numbers = [engine.order(order_id).history_id for order_id in "3456"]
    assert len(set(numbers)) == 4
    assert [run.order_id for run in engine.runs.values()] == ["0", "1", "2", "3"]
    engine.good(3)
    assert [run.order_id for run in engine.runs.values()] == ["0", "1", "2", "3", "4", "5"]
    assert all(step.ended_at is not None for step in engine.steps.values())


def test_steps_that_come_together_have_times_one_after_the_other() -> None:
    engine = with_four()
    engine.now += timedelta(seconds=0.1)
    engine.good(4, seconds=0.02)
    steps = [step for step in engine.steps.values() if step.ended_at is not None][-4:]
    for before, after in pairwise(steps):
        assert after.started_at == before.ended_at
    lasted = [(step.ended_at - step.started_at).total_seconds() for step in steps if step.ended_at is not None]
    assert lasted == [pytest.approx(0.04), pytest.approx(0.02), pytest.approx(0.02), pytest.approx(0.02)]
    assert steps[-1].ended_at == engine.now


def test_each_step_has_its_part_of_the_log() -> None:
    engine = with_four()
    for end in (10, 30, 30, 70):
        engine.good(1, log_end=end)
    parts = [(step.log_begin, step.log_end) for step in engine.steps.values() if step.ended_at is not None]
    assert parts[-4:] == [(0, 10), (10, 30), (30, 30), (30, 70)]


def test_a_step_that_goes_on_is_recorded_as_running_and_those_behind_it_are_asked_back() -> None:
    engine = with_four()
    engine.good(1)
    engine.later(LATER)
    assert engine.asked_back == [1]
    engine.tell(TakenBack(1, (5, 6)))
    assert engine.tasks[1].order_id == "4"
    running = list(engine.steps.values())[-1]
    assert (running.task_id, running.ended_at) == (1, None)
    engine.later(LATER)
    assert engine.asked_back == [1]


def test_also_the_last_of_them_is_recorded_as_running_when_it_goes_on() -> None:
    engine = with_four()
    engine.good(3)
    assert engine.tasks[1].order_id == ""
    engine.later(LATER)
    assert engine.asked_back == [1]
    engine.tell(TakenBack(1, ()))
    assert engine.tasks[1].order_id == "6"


# -- results that say more


def test_what_a_step_sets_in_its_order_stays_with_this_order() -> None:
    engine = Served(a_python_job(), one_node(node("2", "/job2")), a_python_job("/job2"))
    for number in range(4):
        engine.add(str(number))
    engine.opened()
    engine.good()
    engine.good(2, order={"params": {"name": "value"}, "state_text": "done"})
    assert dict(engine.order("1").params.pairs()) == {}
    assert dict(engine.order("2").params.pairs()) == {"name": "value"}
    assert engine.order("2").state_text == "done"


def test_a_false_step_among_good_ones_goes_to_its_error_state() -> None:
    engine = with_four()
    engine.good(2, returned=False)
    assert engine.handed() == ["3", "4", "5", "6"]
    engine.good(2)
    failed = {run.order_id: run.failed for run in engine.runs.values()}
    assert failed == {"0": False, "1": False, "2": False, "3": False, "4": True, "5": False, "6": False, "7": False}


def test_an_exception_ends_the_task_and_the_dropped_orders_wait_as_before() -> None:
    engine = with_four()
    before = {order_id: engine.order(order_id).ordering for order_id in "56789"}
    engine.good(2, dropped=True, **BROKEN)
    assert engine.call() == "end"
    for order_id in "56":
        order = engine.order(order_id)
        assert (order.state, order.task_id, order.touched, order.history_id, order.steps) == (
            OrderState.WAITING, None, False, None, 0,
        )  # fmt: skip
    engine.ends()
    engine.opened(2)
    assert engine.handed(2) == ["5"]
    assert {order_id: engine.order(order_id).ordering for order_id in "56789"} == before


def test_a_step_that_wants_a_delay_gives_back_what_is_behind_it() -> None:
    engine = with_four()
    engine.good(1, dropped=True, task={"delay": 10})
    assert engine.phase() == "delayed"
    assert [engine.order(order_id).state for order_id in "456"] == [OrderState.WAITING] * 3


def test_a_step_that_waits_for_locks_gives_back_what_is_behind_it() -> None:
    engine = Served(a_python_job(), one_node(), LockDefinition("/lock"), a_job("/other"))
    for number in range(8):
        engine.add(str(number))
    engine.opened()
    engine.good()
    engine.good(2)
    assert engine.asks_lock("/lock")
    engine.good(1, dropped=True, again_when_locks=True)
    assert engine.order("3").state is OrderState.RUNNING
    assert [engine.order(order_id).state for order_id in "456"] == [OrderState.WAITING] * 3


# -- taking back


def test_orders_that_are_taken_back_wait_at_their_old_place() -> None:
    engine = with_four()
    engine.later(LATER)
    engine.tell(TakenBack(1, (4, 5, 6)))
    assert [engine.order(order_id).state for order_id in "456"] == [OrderState.WAITING] * 3
    assert engine.order("3").task_id == 1
    engine.good(seconds=LATER)
    assert engine.handed() == ["4"]
    assert engine.task().steps == 5


def test_a_step_that_has_begun_stays_when_those_behind_it_are_taken_back() -> None:
    engine = with_four()
    engine.later(LATER)
    engine.tell(TakenBack(1, (5, 6)))
    assert engine.order("4").task_id == 1
    engine.good(2, seconds=LATER)
    assert engine.handed() == ["5"]


def test_a_task_server_that_was_between_two_steps_gets_the_next_ones() -> None:
    engine = with_four()
    engine.good(2)
    engine.later(LATER)
    engine.tell(TakenBack(1, (5, 6)))
    assert engine.handed() == ["5", "6"]
    assert engine.order("7").state is OrderState.WAITING
    assert engine.task().steps == 6


def test_nothing_that_was_taken_back_late_harms_the_next_ones() -> None:
    engine = with_four()
    engine.good(4)
    assert engine.handed() == ["7", "8", "9"]
    engine.tell(TakenBack(1, (4, 5, 6)))
    assert [engine.order(order_id).task_id for order_id in "789"] == [1, 1, 1]


def test_other_tasks_get_what_is_taken_back() -> None:
    engine = waiting(12, tasks=2)
    engine.good()
    engine.good(2)
    assert engine.handed() == ["4", "5", "6", "7"]
    engine.opened(2)
    engine.later(LATER)
    engine.tell(TakenBack(1, (4, 5, 6)))
    engine.good(1, 2)
    assert engine.order("5").task_id == 2


# -- what befalls them meanwhile


def test_an_order_that_is_suspended_while_it_is_handed_ahead_is_suspended_after_its_step() -> None:
    engine = Served(a_python_job(), one_node(node("2", "/job2")), a_python_job("/job2"))
    for number in range(8):
        engine.add(str(number))
    engine.opened()
    engine.good()
    engine.good(2)
    engine.command(ModifyOrder(job_chain="/chain", order="4", suspended=True))
    engine.good(4)
    assert (engine.order("4").state, engine.order("4").node) == (OrderState.SUSPENDED, "2")


def test_an_order_that_is_suspended_and_taken_back_is_suspended_where_it_is() -> None:
    engine = with_four()
    engine.command(ModifyOrder(job_chain="/chain", order="5", suspended=True))
    engine.tell(TakenBack(1, (4, 5, 6)))
    assert (engine.order("5").state, engine.order("5").node) == (OrderState.SUSPENDED, "1")


@pytest.mark.parametrize("taken_back", [False, True])
def test_an_order_that_is_removed_while_it_is_handed_ahead_leaves(taken_back: bool) -> None:
    engine = with_four()
    engine.command(RemoveOrder(job_chain="/chain", order="5"))
    if taken_back:
        engine.tell(TakenBack(1, (4, 5, 6)))
    else:
        engine.good(4)
    assert engine.world.order("/chain", "5") is None


def test_a_task_that_is_asked_to_end_gives_back_what_it_has_not_begun() -> None:
    engine = with_four()
    engine.command(ModifyJob(job="/job", cmd="end"))
    assert engine.asked_back == [1]
    engine.tell(TakenBack(1, (5, 6)))
    engine.good(1)
    assert engine.phase() == "process"
    engine.good(1)
    assert engine.call() == "end"
    assert [engine.order(order_id).state for order_id in "56"] == [OrderState.WAITING] * 2


def test_a_task_between_two_steps_that_is_asked_to_end_ends() -> None:
    engine = with_four()
    engine.good(2)
    engine.command(ModifyJob(job="/job", cmd="end"))
    engine.tell(TakenBack(1, (5, 6)))
    assert engine.call() == "end"


def test_a_suspended_job_gives_back_what_it_has_not_begun() -> None:
    engine = with_four()
    engine.command(ModifyJob(job="/job", cmd="suspend"))
    assert engine.asked_back == [1]
    engine.tell(TakenBack(1, (4, 5, 6)))
    engine.good()
    assert engine.phase() == "idle"
    engine.command(ModifyJob(job="/job", cmd="continue"))
    assert engine.handed() == ["4", "5", "6", "7"]


def test_the_end_of_the_engine_waits_only_for_what_has_begun() -> None:
    engine = with_four()
    engine.tell(EndRequested())
    assert engine.asked_back == [1]
    engine.tell(TakenBack(1, (4, 5, 6)))
    engine.good()
    assert engine.call() == "end"


def test_of_a_task_server_that_dies_only_the_step_that_it_had_begun_has_failed() -> None:
    engine = with_four(stop_on_error=True)
    engine.good(1)
    engine.dies(1, left=(5, 6))
    assert engine.tasks[1].state is TaskState.ENDED
    errors = {order_id: engine.order(order_id).last_error for order_id in "456"}
    assert [bool(errors[order_id]) for order_id in "456"] == [True, False, False]
    assert [(engine.order(order_id).steps, engine.order(order_id).task_id) for order_id in "56"] == [(0, None)] * 2
    ended = [step for step in engine.steps.values() if step.ended_at is not None]
    assert len(ended) == 5


def test_of_a_task_server_that_dies_between_two_steps_none_has_failed() -> None:
    engine = with_four(stop_on_error=True)
    engine.good(1)
    engine.dies(1, left=(4, 5, 6))
    assert [engine.order(order_id).last_error for order_id in "456"] == ["", "", ""]
    assert [(engine.order(order_id).steps, engine.order(order_id).task_id) for order_id in "456"] == [(0, None)] * 3


def test_nothing_is_begun_when_another_member_may_be_at_work() -> None:
    assert OWN_DEADLINE + FRESH < DEAD_AFTER
    assert PATIENCE.total_seconds() < FRESH
