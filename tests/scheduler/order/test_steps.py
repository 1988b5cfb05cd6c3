"""What follows a step: where the order goes, and what becomes of its job."""

from __future__ import annotations

import pytest

from scheduler.commands.add_order import AddOrder
from scheduler.definitions import NodeDefinition, SetbackDelay
from scheduler.params import Params
from scheduler.records import JobState, OrderState
from tests.support.worlds import Engine, a_chain, a_job, an_order, two_steps


def test_an_order_passes_all_nodes_and_leaves_the_chain() -> None:
    engine = Engine(a_job(), a_chain())
    add(engine, "1")
    engine.run()
    assert engine.nodes() == ["first", "second"]
    assert engine.world.order("/chain", "1") is None
    run = engine.runs[1]
    assert (run.node, run.failed, run.ended_at is not None) == ("done", False, True)


def test_a_failed_step_leads_to_the_error_state() -> None:
    engine = started()
    engine.end(exit_code=7)
    assert engine.world.order("/chain", "1") is None
    assert (engine.runs[1].node, engine.runs[1].failed) == ("failed", True)
    step = engine.steps[1, 1]
    assert step.exit_code == 7
    assert step.problem is not None
    assert step.problem.code == "SCHEDULER-280"


def test_without_error_state_a_failed_order_ends_with_an_empty_state() -> None:
    chain = a_chain("/chain", NodeDefinition("first", "/job", "done"), NodeDefinition("done"))
    engine = started(a_job(), chain)
    engine.end(exit_code=1)
    assert engine.world.order("/chain", "1") is None
    assert (engine.runs[1].node, engine.runs[1].failed) == ("", True)


def test_stop_on_error_keeps_the_order_at_its_node_and_stops_the_job() -> None:
    engine = started(a_job(stop_on_error=True), a_chain())
    engine.end(exit_code=1)
    order = engine.order()
    assert (order.node, order.state, order.in_task) == ("first", OrderState.WAITING, False)
    assert engine.world.jobs["/job"].state is JobState.STOPPED
    assert order.last_error.startswith("SCHEDULER-280")
    assert not engine.launched


def test_an_unstopped_job_takes_the_same_order_again() -> None:
    engine = started(a_job(stop_on_error=True), a_chain())
    engine.end(exit_code=1)
    engine.command(modify_job("unstop"))
    engine.run()
    assert engine.nodes() == ["first", "first", "second"]
    assert engine.world.order("/chain", "1") is None


@pytest.mark.parametrize("stop_on_error", [True, False])
def test_on_error_suspend_keeps_the_order_suspended(stop_on_error: bool) -> None:
    engine = started(a_job(stop_on_error=stop_on_error), a_chain("/chain", *two_steps(on_error="suspend")))
    engine.end(exit_code=1)
    assert (engine.order().node, engine.order().state) == ("first", OrderState.SUSPENDED)
    assert engine.world.jobs["/job"].stopped is stop_on_error


def test_a_setback_without_maximum_goes_to_the_error_state_at_once() -> None:
    engine = started(a_job(), a_chain("/chain", *two_steps(on_error="setback")))
    engine.end(exit_code=1)
    assert engine.runs[1].node == "failed"


def test_a_maximum_of_two_setbacks_means_three_executions() -> None:
    delays = (SetbackDelay(1, 10.0), SetbackDelay(2, 60.0, is_maximum=True))
    engine = started(a_job(setback_delays=delays), a_chain("/chain", *two_steps(on_error="setback")))
    engine.end(exit_code=1)
    assert (engine.order().state, engine.order().setback_count) == (OrderState.SETBACK, 1)
    engine.later(9)
    assert not engine.launched
    engine.later(1)
    engine.end(exit_code=1)
    assert engine.order().setback_count == 2
    engine.later(60)
    engine.end(exit_code=1)
    assert engine.nodes() == ["first"] * 3
    assert engine.runs[1].node == "failed"


def test_a_good_step_ends_the_series_of_setbacks() -> None:
    delays = (SetbackDelay(1, 0.0), SetbackDelay(5, 0.0, is_maximum=True))
    engine = started(a_job(setback_delays=delays), a_chain("/chain", *two_steps(on_error="setback")))
    engine.end(exit_code=1)
    engine.end()
    assert engine.order().node == "second"
    assert engine.order().setback_count == 0


@pytest.mark.parametrize(("exit_code", "failed"), [(0, False), (3, True)])
def test_the_end_state_is_processed_and_then_the_order_ends_there(exit_code: int, failed: bool) -> None:
    engine = Engine(a_job(), a_chain())
    add(engine, "1", end_state="first")
    engine.end(exit_code=exit_code)
    assert engine.nodes() == ["first"]
    assert (engine.runs[1].node, engine.runs[1].failed) == ("first", failed)


def test_return_values_become_parameters_of_the_order_also_when_the_step_fails() -> None:
    engine = Engine(a_job(), a_chain("/chain", *two_steps(on_error="suspend")))
    add(engine, "1", params={"Rows": "1"})
    engine.end(exit_code=1, values="rows=17\nNew = x y \n")
    assert dict(engine.order().params) == {"Rows": "17", "New": "x y"}


def test_a_return_value_without_equals_sign_is_an_error() -> None:
    engine = started()
    engine.end(values="rows=1\n\n")
    assert engine.steps[1, 1].problem is not None
    assert engine.steps[1, 1].problem.code == "SCHEDULER-449"
    assert engine.runs[1].node == "failed"


def test_the_first_line_of_output_is_the_state_text() -> None:
    engine = started()
    engine.end(line="17 rows")
    assert engine.order().state_text == "17 rows"
    assert engine.world.jobs["/job"].state_text == "17 rows"


def test_a_node_may_suspend_or_delay_what_arrives() -> None:
    nodes = (
        NodeDefinition("first", "/job", "second"),
        NodeDefinition("second", "/job", "third", suspend=True),
        NodeDefinition("third", "/job", "done", delay=30.0),
        NodeDefinition("done"),
    )
    engine = started(a_job(), a_chain("/chain", *nodes))
    engine.end()
    assert (engine.order().node, engine.order().state) == ("second", OrderState.SUSPENDED)
    engine.command(modify_order(suspended=False))
    engine.end()
    assert engine.order().node == "third"
    assert not engine.launched
    engine.later(30)
    assert engine.launched


def test_permanent_orders_rest_at_their_first_node_after_a_round() -> None:
    engine = Engine(a_job(), a_chain(), an_order("p"))
    engine.run()
    order = engine.order("p")
    assert (order.node, order.state, order.start_at, order.touched) == ("first", OrderState.WAITING, None, False)
    assert engine.runs[1].node == "done"
    engine.command(modify_order("p", at="now"))
    engine.run()
    assert engine.runs[2].ended_at is not None
    assert engine.nodes() == ["first", "second"] * 2


def test_an_order_that_was_suspended_in_its_last_step_is_kept_on_the_blacklist() -> None:
    engine = started(a_job(), a_chain())
    engine.end()
    engine.command(modify_order(suspended=True))
    assert engine.order().state is OrderState.SUSPENDING
    engine.end()
    assert (engine.order().node, engine.order().state) == ("done", OrderState.BLACKLISTED)
    engine.command(modify_order(suspended=False))
    assert engine.world.order("/chain", "1") is None


def test_higher_priority_goes_first_then_order_of_arrival() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    for order_id, priority in [("a", 0), ("b", 5), ("c", 0), ("d", 5)]:
        add(engine, order_id, priority=priority)
    engine.files(a_job(tasks=1))
    taken = []
    while engine.launched:
        task = engine.tasks[next(iter(engine.launched))]
        if task.node == "first":
            taken.append(task.order_id)
        engine.end()
    assert taken == ["b", "d", "a", "c"]


def test_max_orders_limits_begun_orders_and_lets_the_next_begin() -> None:
    engine = Engine(a_job(tasks=10), a_chain("/chain", *two_steps(), max_orders=2))
    for order_id in "abcd":
        add(engine, order_id)
    assert len(engine.launched) == 2
    engine.end()
    assert sorted(engine.tasks[i].node for i in engine.launched) == ["first", "second"]
    engine.run()
    assert len(engine.runs) == 4
    assert all(run.node == "done" for run in engine.runs.values())


def started(*definitions: object) -> Engine:
    "An engine whose order `1` is in its first step."
    engine = Engine(*(definitions or (a_job(), a_chain())))
    add(engine, "1")
    assert engine.launched
    return engine


def add(engine: Engine, order_id: str, **values: object) -> None:
    from scheduler.commands.add_order import AddOrder
    from scheduler.params import Params

    if "params" in values:
        values["params"] = Params(values["params"])
    engine.command(AddOrder(job_chain="/chain", id=order_id, **values))


def modify_order(order: str = "1", **values: object) -> object:
    from scheduler.commands.modify_order import ModifyOrder

    return ModifyOrder(job_chain="/chain", order=order, **values)


def modify_job(cmd: str) -> object:
    from scheduler.commands.modify_job import ModifyJob

    return ModifyJob(job="/job", cmd=cmd)


def test_only_a_newline_ends_a_return_value() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.end(values="a=x\x85\u2028y\r\nb=\n")
    assert dict(engine.order().params) == {"a": "x\x85\u2028y", "b": ""}


def test_a_parameter_whose_name_can_be_no_variable_keeps_no_task_from_starting() -> None:
    engine = Engine(a_job(params={"c=d": "2"}), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", params=Params({"a=b": "1", "first/a=b": "1", "e": "3"})))
    environment = engine.launched[1].environment
    assert environment["SCHEDULER_PARAM_E"] == "3"
    assert not [name for name in environment if "=" in name]
