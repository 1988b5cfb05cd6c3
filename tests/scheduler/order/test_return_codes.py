"""`on_return_codes`: the exit code of a step chooses the next node, and adds orders to other chains."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.actions import LogLine
from scheduler.commands.add_order import AddOrder
from scheduler.definitions import JobChainDefinition, NodeAddOrder, NodeDefinition, ReturnCodeRule, SetbackDelay
from scheduler.params import Params
from scheduler.records import JobState
from scheduler.why import why_order
from tests.support.worlds import Engine, a_chain, a_job


def rule(first: int, last: int | None = None, to_state: str = "", *added: NodeAddOrder) -> ReturnCodeRule:
    return ReturnCodeRule(((first, first if last is None else last),), to_state, added)


def chain(*rules: ReturnCodeRule, **values: Any) -> JobChainDefinition:
    return a_chain(
        "/chain",
        NodeDefinition("check", "/job", "work", "failed", return_codes=rules, **values),
        NodeDefinition("work", "/job", "done", "failed"),
        NodeDefinition("repair", "/job", "done", "failed"),
        NodeDefinition("done"),
        NodeDefinition("nothing_to_do"),
        NodeDefinition("failed"),
    )


RULES = rule(0, 0, "nothing_to_do"), rule(10, 19, "repair"), rule(15, 15, "work")


def engine_with(definition: JobChainDefinition, *more: Any, **job: Any) -> Engine:
    engine = Engine(a_job(**job), definition, *more)
    engine.command(AddOrder(job_chain="/chain", id="1", params=Params({"a": "1"})))
    return engine


@pytest.mark.parametrize(
    ("exit_code", "node", "failed"),
    [
        (0, "nothing_to_do", False),
        (10, "repair", None),
        (15, "repair", None),
        (19, "repair", None),
        (20, "failed", True),
        (1, "failed", True),
        (-9, "failed", True),
    ],
)
def test_the_first_rule_that_matches_the_exit_code_chooses_the_node(
    exit_code: int, node: str, failed: bool | None
) -> None:
    engine = engine_with(chain(*RULES))
    engine.end(exit_code=exit_code)
    if failed is None:
        assert engine.order().node == node
    else:
        assert (engine.runs[1].node, engine.runs[1].failed) == (node, failed)


def test_a_signal_counts_as_exit_code_1() -> None:
    engine = engine_with(chain(rule(1, 1, "repair")))
    engine.end(exit_code=-15)
    assert engine.order().node == "repair"


@pytest.mark.parametrize("on_error", ["suspend", "setback"])
def test_to_state_on_a_failing_exit_code_counts_as_success_so_on_error_is_not_applied(on_error: str) -> None:
    job = {"setback_delays": (SetbackDelay(2, 60.0, is_maximum=True),)}
    engine = engine_with(chain(*RULES, on_error=on_error), **job)
    engine.end(exit_code=12)
    order = engine.order()
    assert (order.node, order.setback_count, order.last_error) == ("repair", 0, "")
    engine.run()
    assert engine.runs[1].failed is False


def test_a_job_that_stops_on_error_keeps_the_order_whatever_the_rules_say() -> None:
    engine = engine_with(chain(*RULES), stop_on_error=True)
    engine.end(exit_code=12)
    assert engine.order().node == "check"
    assert engine.order().last_error.startswith("SCHEDULER-280")
    assert engine.world.jobs["/job"].state is JobState.STOPPED


def test_the_end_state_ends_the_round_there_whatever_the_rules_say() -> None:
    engine = Engine(a_job(), chain(*RULES))
    engine.command(AddOrder(job_chain="/chain", id="1", end_state="check"))
    engine.end(exit_code=12)
    assert (engine.runs[1].node, engine.world.order("/chain", "1")) == ("check", None)


# -- orders that a node adds

OTHER = a_chain("/other", NodeDefinition("only", "/idle", "end"), NodeDefinition("end"))
ADDED = NodeAddOrder("/other", "${ORDER_ID}-x", Params({"from": "order ${ORDER_ID}", "a": "2"}))


def adding(*added: NodeAddOrder, code: int = 0) -> Engine:
    return engine_with(chain(rule(code, code, "", *added)), a_job("/idle", tasks=0), OTHER)


def test_a_node_adds_an_order_with_its_own_parameters_on_top_of_those_of_the_step() -> None:
    engine = adding(ADDED)
    engine.end(values="b=3\n")
    added = engine.order("1-x", "/other")
    assert dict(added.params) == {"a": "2", "b": "3", "from": "order 1"}
    assert engine.order().node == "work", "without to_state the order goes on as always"


def test_without_id_the_added_order_has_the_id_of_its_original() -> None:
    engine = adding(NodeAddOrder("/other"))
    engine.end()
    assert dict(engine.order("1", "/other").params) == {"a": "1"}


def test_several_orders_are_added_in_the_sequence_of_the_file() -> None:
    engine = adding(NodeAddOrder("/other", "b"), NodeAddOrder("/other", "a"))
    engine.end()
    assert engine.order("b", "/other").ordering < engine.order("a", "/other").ordering


def test_a_failed_step_adds_the_orders_of_its_rule_too() -> None:
    engine = adding(ADDED, code=7)
    engine.end(exit_code=7)
    assert engine.runs[1].node == "failed"
    assert engine.order("1-x", "/other")


@pytest.mark.parametrize("added", [NodeAddOrder("/none"), NodeAddOrder("/other", "taken")])
def test_an_order_that_cannot_be_added_is_told_of_and_hinders_nothing(added: NodeAddOrder) -> None:
    engine = adding(added, ADDED)
    engine.command(AddOrder(job_chain="/other", id="taken"))
    decision = engine.end()
    told = [action for action in decision.actions if isinstance(action, LogLine) and action.level == "error"]
    assert len(told) == 1
    assert engine.order("1-x", "/other")
    assert engine.order().node == "work"


def test_an_order_that_a_node_added_starts_by_itself() -> None:
    engine = engine_with(chain(rule(0, 0, "", NodeAddOrder("/other"))), a_job("/idle"), OTHER)
    engine.end()
    assert why_order(engine.world, engine.order("1", "/other")) == []
    assert engine.order("1", "/other").in_task
