"""What a result of a task server means for its order, its task and its job: the table of the classic engine."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.definitions import NodeDefinition, SetbackDelay
from scheduler.params import Params
from tests.support.served import Served, a_monitored_job, a_python_job
from tests.support.worlds import a_chain

ERROR = {"text": "ValueError: no (line 3 in spooler_process)", "type": "ValueError", "line": 3}
NODES = (
    NodeDefinition("first", "/job", "next", "error"),
    NodeDefinition("next"),
    NodeDefinition("error"),
)


def after_step(engine: Served, task_id: int = 1) -> tuple[str, str]:
    "Where the order has gone (`initial` when it is at its node), and the state of the job, when the task has ended."
    if task_id in engine.world.tasks:
        if engine.phase() != "end":
            engine.later(6)
        engine.ends()
    order = engine.world.order("/chain", "1")
    if order is not None:
        return ("initial" if order.node == "first" else order.node), engine.job().state.value
    (run,) = engine.runs.values()
    return run.node, engine.job().state.value


@pytest.mark.parametrize(
    ("stop_on_error", "result", "goes_to", "job"),
    [
        (True, {"returned": True}, "next", "pending"),
        (True, {"returned": False}, "error", "pending"),
        (False, {"returned": False}, "error", "pending"),
        (True, {"returned": True, "highest": "error", "error_line": "bad"}, "next", "stopped"),
        (False, {"returned": True, "highest": "error", "error_line": "bad"}, "next", "pending"),
        (True, {"returned": False, "executed": False}, "error", "pending"),
        (True, {"error": ERROR}, "initial", "stopped"),
        (False, {"error": ERROR}, "error", "pending"),
        (True, {"error": ERROR, "returned": True, "decided": True}, "next", "stopped"),
        (True, {"error": ERROR, "returned": False, "decided": True}, "error", "stopped"),
        (True, {"returned": True, "task": {"error": "said so"}}, "next", "stopped"),
    ],
)
def test_the_result_of_a_python_job_decides_where_its_order_goes(
    stop_on_error: bool, result: dict[str, Any], goes_to: str, job: str
) -> None:
    engine = Served(a_python_job(stop_on_error=stop_on_error), a_chain("/chain", *NODES)).add()
    engine.opened()
    assert engine.call() == "process"
    engine.returns(**result)
    assert after_step(engine) == (goes_to, job)


@pytest.mark.parametrize(
    ("stop_on_error", "before", "exit_code", "result", "goes_to", "job"),
    [
        (True, {}, 0, {}, "next", "pending"),
        (True, {}, 7, {"returned": False}, "initial", "stopped"),
        (False, {}, 7, {"returned": False}, "error", "pending"),
        (True, {"returned": False, "executed": False}, None, {}, "initial", "stopped"),
        (False, {"returned": False, "executed": False}, None, {}, "error", "pending"),
        (True, {}, 0, {"returned": False, "decided": True}, "error", "pending"),
        (True, {}, 7, {"returned": True, "decided": True}, "next", "stopped"),
        (True, {}, 7, {"returned": False, "decided": True}, "error", "stopped"),
        (True, {}, 0, {"returned": True, "decided": True, "error_line": "bad"}, "next", "stopped"),
        (True, {}, 0, {"error": ERROR}, "initial", "stopped"),
        (False, {}, 0, {"error": ERROR}, "error", "pending"),
    ],
)
def test_monitors_of_a_shell_job_decide_where_its_order_goes(
    stop_on_error: bool, before: dict[str, Any], exit_code: int | None, result: dict[str, Any], goes_to: str, job: str
) -> None:
    engine = Served(a_monitored_job(stop_on_error=stop_on_error), a_chain("/chain", *NODES)).add()
    engine.started()
    engine.returns()
    assert engine.call() == "before"
    engine.returns(**before)
    if exit_code is not None:
        engine.shell_ends(exit_code)
        assert engine.call() == "after"
        assert engine.calls[1][-1]["returned"] == (exit_code == 0)
        engine.returns(**({"returned": exit_code == 0} | result))
    assert after_step(engine) == (goes_to, job)


def test_the_monitors_see_the_real_exit_code_at_the_end_of_the_task() -> None:
    engine = Served(a_monitored_job(), a_chain("/chain", *NODES)).add()
    engine.started()
    engine.returns()
    engine.returns()
    engine.shell_ends(7)
    engine.returns(returned=True, decided=True)
    assert engine.call() == "end"
    assert engine.calls[1][-1] == {"type": "end", "failed": True, "exit_code": 7}
    engine.ends()
    assert engine.tasks[1].exit_code == 7
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.code == "SCHEDULER-280"


def test_return_values_and_state_text_of_a_shell_process_with_monitors_reach_the_order() -> None:
    engine = Served(a_monitored_job(), a_chain()).add()
    engine.started()
    engine.returns()
    engine.returns()
    engine.shell_ends(0, first_line="five rows", return_values="rows=5\n")
    engine.returns()
    assert engine.order().params["rows"] == "5"
    assert engine.order().state_text == "five rows"
    assert engine.order().node == "second"


def test_what_a_monitor_sets_before_the_process_is_in_its_environment() -> None:
    engine = Served(a_monitored_job(), a_chain()).add()
    engine.started()
    engine.returns()
    engine.returns(order={"params": {"target": "elsewhere"}})
    assert engine.shells[1].environment["SCHEDULER_PARAM_TARGET"] == "elsewhere"
    assert engine.shells[1].joins


# -- what the script does to its order


def stepped(changes: dict[str, Any], *, nodes: tuple[NodeDefinition, ...] = (), **job: Any) -> Served:
    engine = Served(a_python_job(**job), a_chain("/chain", *nodes)).add()
    engine.opened()
    engine.returns(order=changes)
    return engine


def test_changed_parameters_replace_those_of_the_order() -> None:
    engine = stepped({"params": {"a": "1"}, "title": "T", "priority": 3, "state_text": "S"})
    order = engine.order()
    assert (order.params, order.title, order.priority, order.state_text) == (Params({"a": "1"}), "T", 3, "S")


def test_changes_count_although_the_step_failed() -> None:
    engine = Served(a_python_job(stop_on_error=True), a_chain()).add()
    engine.opened()
    engine.returns(error=ERROR, order={"params": {"a": "1"}})
    assert engine.order().params == Params({"a": "1"})
    assert engine.order().last_error


def test_an_order_that_the_script_moves_goes_there_whatever_the_step_returns() -> None:
    engine = Served(a_python_job(), a_chain()).add()
    engine.opened()
    engine.returns(returned=False, order={"state": "second"})
    assert engine.nodes() == ["first", "second"]


def test_on_error_does_not_override_the_move_by_the_script() -> None:
    nodes = (
        NodeDefinition("first", "/job", "second", "failed", on_error="suspend"),
        NodeDefinition("second", "/other", "done", "failed"),
        NodeDefinition("done"),
        NodeDefinition("failed"),
    )
    engine = stepped({"state": "second"}, nodes=nodes)
    assert (engine.order().node, engine.order().state) == ("second", "waiting")


def test_a_script_that_moves_its_order_onto_a_node_with_delay_makes_it_wait_there() -> None:
    nodes = (
        NodeDefinition("first", "/job", "done", "failed"),
        NodeDefinition("second", "/job", "done", "failed", delay=60),
        NodeDefinition("done"),
        NodeDefinition("failed"),
    )
    engine = stepped({"state": "second"}, nodes=nodes)
    order = engine.order()
    assert order.node == "second"
    assert order.start_at is not None
    assert (order.start_at - engine.now).total_seconds() == 60


def test_a_state_that_the_chain_does_not_have_is_an_error_of_the_step() -> None:
    engine = stepped({"state": "nowhere"})
    assert [run.node for run in engine.runs.values()] == ["failed"]
    assert engine.steps[1, 1].problem is not None
    assert engine.steps[1, 1].problem.code == "SCHEDULER-149"


def test_a_setback_by_the_script_repeats_the_step_later_until_there_are_too_many() -> None:
    delays = (SetbackDelay(1, 10.0), SetbackDelay(2, 60.0, is_maximum=True))
    engine = stepped({"setback": True}, setback_delays=delays, idle_timeout=None)
    assert (engine.order().state, engine.order().setback_count) == ("setback", 1)
    engine.later(10)
    assert engine.order_of_call()["setback_count"] == 1
    engine.returns(order={"setback": True})
    engine.later(60)
    engine.returns(order={"setback": True})
    assert engine.runs[1].node == "failed"
    assert len(engine.steps) == 3


def test_an_order_suspended_by_the_script_moves_on_and_stands_still() -> None:
    engine = stepped({"suspended": True})
    assert (engine.order().node, engine.order().state) == ("second", "suspended")


def test_an_order_removed_by_the_script_leaves_after_the_step() -> None:
    engine = stepped({"removed": True})
    assert engine.world.order("/chain", "1") is None
    assert engine.runs[1].ended_at is not None


def test_a_script_says_when_its_order_starts_next() -> None:
    engine = stepped({"at": "now+00:10"})
    order = engine.order()
    assert order.start_at is not None
    assert (order.start_at - engine.now).total_seconds() == 600


def test_delays_that_a_script_sets_hold_for_its_job() -> None:
    engine = Served(a_python_job(idle_timeout=None), a_chain()).add()
    engine.started()
    engine.returns(job={"delay_order_after_setback": [[1, 30.0]], "max_order_setbacks": 5, "state_text": "ready"})
    engine.returns()
    assert engine.job().state_text == "ready"
    engine.returns(order={"setback": True})
    order = engine.order()
    assert order.start_at is not None
    assert (order.start_at - engine.now).total_seconds() == 30
