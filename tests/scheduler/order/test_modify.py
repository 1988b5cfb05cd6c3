"""What `modify_order`, `add_order`, `remove_order` and the switches of chains and nodes do to orders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job_chain import ModifyJobChain
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.remove_order import RemoveOrder
from scheduler.definitions import NodeDefinition, SetbackDelay
from scheduler.errors import Code, WorkloadError
from scheduler.params import Params
from scheduler.records import OrderState
from scheduler.why import why_order
from tests.support.worlds import Engine, a_chain, a_job, an_order, two_steps


def engine_with(order: str = "1", tasks: int = 0, **values: Any) -> Engine:
    "An order at the first node of a chain whose job starts `tasks` tasks."
    engine = Engine(a_job(tasks=tasks), a_chain())
    engine.command(AddOrder(job_chain="/chain", id=order, **values))
    return engine


def change(engine: Engine, order: str = "1", **values: Any) -> None:
    engine.command(ModifyOrder(job_chain="/chain", order=order, **values))


def test_suspended_orders_are_not_taken_and_say_so() -> None:
    engine = engine_with()
    change(engine, suspended=True)
    engine.files(a_job(tasks=1))
    assert not engine.launched
    assert [obstacle.kind for obstacle in why_order(engine.world, engine.order())] == ["suspended"]
    change(engine, suspended=False)
    assert engine.launched


def test_a_later_start_is_waited_for() -> None:
    engine = engine_with(tasks=1, at="now+60")
    assert not engine.launched
    obstacle = why_order(engine.world, engine.order())[0]
    assert (obstacle.kind, obstacle.until) == ("at", engine.order().start_at)
    assert engine.world.next_wake == engine.order().start_at
    engine.later(60)
    assert engine.launched


def test_at_now_ends_the_waiting() -> None:
    engine = engine_with(tasks=1, at="never")
    change(engine, at="now")
    assert engine.launched


def test_a_new_priority_changes_the_place_in_the_queue() -> None:
    engine = engine_with("1")
    engine.command(AddOrder(job_chain="/chain", id="2"))
    change(engine, "2", priority=1)
    engine.files(a_job(tasks=1))
    assert engine.tasks[1].order_id == "2"


def test_parameters_are_merged_without_regard_to_case() -> None:
    engine = engine_with(params=Params({"Target": "a", "mode": "x"}))
    change(engine, params=Params({"TARGET": "b", "new": "1"}))
    assert dict(engine.order().params) == {"Target": "b", "mode": "x", "new": "1"}


def test_an_order_can_be_moved_to_another_node_and_to_the_end() -> None:
    engine = engine_with()
    change(engine, state="second")
    assert engine.order().node == "second"
    change(engine, state="done")
    assert engine.world.order("/chain", "1") is None


@pytest.mark.parametrize("values", [{"state": "second"}, {"action": "reset"}, {"at": "now"}, {"setback": False}])
def test_what_needs_a_resting_order_is_refused_while_it_is_in_a_task(values: dict[str, Any]) -> None:
    engine = engine_with(tasks=1)
    before = engine.order()
    with pytest.raises(WorkloadError) as refusal:
        change(engine, **values, title="new")
    assert refusal.value.code is Code.ORDER_IN_TASK
    assert engine.order() == before


def test_reset_leads_back_to_the_beginning_untouched() -> None:
    engine = engine_with(tasks=1)
    engine.command(ModifyJobChainNode(job_chain="/chain", state="second", action="stop"))
    engine.end()
    assert (engine.order().node, engine.order().touched) == ("second", True)
    change(engine, suspended=True)
    change(engine, action="reset")
    order = engine.order()
    assert (order.node, order.state) == ("first", OrderState.RUNNING)
    assert order.history_id == 2
    assert engine.runs[1].ended_at is not None


def test_an_end_state_given_by_command_counts_for_one_round() -> None:
    engine = Engine(a_job(), a_chain(), an_order("p", at="never"))
    change(engine, "p", end_state="first")
    change(engine, "p", at="now")
    engine.run()
    assert engine.nodes() == ["first"]
    change(engine, "p", at="now")
    engine.run()
    assert engine.nodes() == ["first", "first", "second"]


def test_a_removed_order_is_gone_and_one_in_a_task_goes_after_its_step() -> None:
    engine = engine_with(tasks=1)
    engine.command(AddOrder(job_chain="/chain", id="2"))
    engine.command(RemoveOrder(job_chain="/chain", order="2"))
    assert engine.world.order("/chain", "2") is None
    engine.command(RemoveOrder(job_chain="/chain", order="1"))
    assert engine.order().removed
    engine.end()
    assert engine.world.order("/chain", "1") is None
    assert engine.nodes() == ["first"]
    assert engine.runs[1].ended_at is not None


def test_an_order_with_the_id_of_a_running_one_comes_when_its_step_has_ended() -> None:
    engine = engine_with(tasks=1, title="old")
    engine.command(AddOrder(job_chain="/chain", id="1", title="new"))
    assert engine.order().title == "old"
    engine.end()
    assert engine.order().title == "new"
    engine.run()
    assert engine.nodes() == ["first", "first", "second"]


def test_replace_no_refuses_an_id_that_exists() -> None:
    engine = engine_with()
    with pytest.raises(WorkloadError) as refusal:
        engine.command(AddOrder(job_chain="/chain", id="1", replace=False))
    assert refusal.value.code is Code.DUPLICATE_ORDER


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"job_chain": "/none"}, Code.UNKNOWN_OBJECT),
        ({"state": "nowhere"}, Code.UNKNOWN_STATE),
        ({"end_state": "nowhere"}, Code.UNKNOWN_STATE),
        ({"state": "done"}, Code.ORDER_AT_END),
        ({"at": "soon"}, Code.BAD_TIME),
        ({"id": "x" * 251}, Code.ID_TOO_LONG),
    ],
)
def test_an_order_that_cannot_be_placed_is_refused_and_nothing_changes(values: dict[str, Any], code: Code) -> None:
    engine = Engine(a_job(), a_chain())
    kinds = list(engine.kinds)
    with pytest.raises(WorkloadError) as refusal:
        engine.command(AddOrder(**({"job_chain": "/chain", "id": "1"} | values)))
    assert refusal.value.code is code
    assert engine.kinds == kinds
    assert not engine.world.orders


def test_ids_are_drawn_and_pass_over_those_that_exist() -> None:
    engine = engine_with("1")
    engine.command(AddOrder(job_chain="/chain"))
    engine.command(AddOrder(job_chain="/chain"))
    assert sorted(key.id for key in engine.world.orders) == ["1", "2", "3"]


def test_a_stopped_node_lets_orders_wait_and_the_running_step_end() -> None:
    engine = engine_with(tasks=1)
    engine.command(ModifyJobChainNode(job_chain="/chain", state="second", action="stop"))
    engine.end()
    assert engine.order().node == "second"
    assert not engine.launched
    assert "node_stop" in [obstacle.kind for obstacle in why_order(engine.world, engine.order())]
    engine.command(ModifyJobChainNode(job_chain="/chain", state="second", action="process"))
    assert engine.launched


def test_a_skipped_node_sends_its_orders_on_at_once() -> None:
    engine = engine_with()
    engine.command(ModifyJobChainNode(job_chain="/chain", state="first", action="next_state"))
    assert engine.order().node == "second"
    engine.command(ModifyJobChainNode(job_chain="/chain", state="second", action="next_state"))
    assert engine.world.order("/chain", "1") is None
    with pytest.raises(WorkloadError) as refusal:
        engine.command(AddOrder(job_chain="/chain", id="2"))
    assert refusal.value.code is Code.ORDER_AT_END


def test_an_order_in_the_step_of_a_node_that_is_skipped_goes_on_after_it() -> None:
    engine = engine_with(tasks=1)
    engine.command(ModifyJobChainNode(job_chain="/chain", state="first", action="next_state"))
    assert engine.order().node == "first"
    engine.end()
    assert engine.order().node == "second"


def test_a_stopped_chain_starts_nothing_until_it_runs_again() -> None:
    engine = engine_with()
    engine.command(ModifyJobChain(job_chain="/chain", state="stopped"))
    engine.files(a_job(tasks=1))
    assert not engine.launched
    engine.command(ModifyJobChain(job_chain="/chain", state="running"))
    assert engine.launched


def test_paths_of_chains_ignore_case_and_a_missing_slash() -> None:
    engine = engine_with()
    change(engine, suspended=True)
    engine.command(ModifyOrder(job_chain="CHAIN", order="1", suspended=False))
    assert engine.order().state is OrderState.WAITING


def test_every_obstacle_says_what_kind_of_object_stands_in_the_way() -> None:
    import re
    from pathlib import Path

    import scheduler.why as why

    kinds = set(re.findall(r'Obstacle\("(\w+)"', Path(why.__file__).read_text()))
    missing = {f"{kind}_missing" for kind in ("schedule", "calendar", "monitor")}
    computed = {"node_stop", "node_next_state", "stopped", "stopping", "error"} | missing
    assert set(why._TYPES) == kinds | computed


def skip(engine: Engine, *states: str, action: str = "next_state") -> None:
    for state in states:
        engine.command(ModifyJobChainNode(job_chain="/chain", state=state, action=action))


def test_skipping_a_node_does_not_start_an_order_that_rests_there() -> None:
    engine = Engine(a_job(), a_chain(), an_order(at="never"))
    skip(engine, "first")
    assert not engine.launched
    assert (engine.order().node, engine.order().start_at) == ("second", None)


def test_a_skipped_node_without_a_next_one_ends_its_orders() -> None:
    engine = Engine(a_job(tasks=0), a_chain("/chain", NodeDefinition("only", "/job")))
    engine.command(AddOrder(job_chain="/chain", id="1"))
    skip(engine, "only")
    assert not engine.world.orders


def test_a_permanent_order_begins_its_next_round_behind_skipped_nodes() -> None:
    engine = Engine(a_job(), a_chain(), an_order())
    skip(engine, "first")
    engine.run()
    assert engine.order().node == "second"
    change(engine, at="now")
    engine.run()
    assert engine.nodes() == ["first", "second", "second"]


def test_a_permanent_order_whose_nodes_are_all_skipped_waits_for_one_that_works_again() -> None:
    engine = Engine(a_job(), a_chain())
    skip(engine, "first", "second")
    engine.files(an_order())
    assert not engine.world.orders
    skip(engine, "second", action="process")
    engine.run()
    assert engine.nodes() == ["second"]
    skip(engine, "second")
    change(engine, at="now")
    assert not engine.launched
    skip(engine, "second", action="process")
    assert engine.launched, "it is sent on from the skipped first node"


def test_reset_of_an_order_whose_nodes_are_all_skipped_leaves_it_waiting_and_not_at_an_end() -> None:
    engine = engine_with(suspended=True)
    change(engine, action="reset")
    change(engine, state="second", suspended=True)
    skip(engine, "first")
    nodes = tuple(replace(n, next_state="done") if n.state == "first" else n for n in a_chain().nodes)
    engine.files(a_chain("/chain", *nodes))
    change(engine, action="reset")
    assert engine.order().node == "first"
    skip(engine, "first", action="process")
    engine.files(a_job())
    engine.run()
    assert not engine.world.orders


@pytest.mark.parametrize(
    ("job", "node"),
    [
        ({"stop_on_error": True}, {}),
        ({}, {"on_error": "suspend"}),
        ({"setback_delays": (SetbackDelay(2, 60.0, True),)}, {"on_error": "setback"}),
    ],
)
def test_an_order_that_would_stay_at_a_node_that_is_skipped_meanwhile_goes_on(
    job: dict[str, Any], node: dict[str, Any]
) -> None:
    engine = Engine(a_job(**job), a_chain("/chain", *two_steps(**node)))
    engine.command(AddOrder(job_chain="/chain", id="1"))
    skip(engine, "first")
    engine.end(exit_code=1)
    assert engine.order().node == "second"


def test_an_order_that_was_promised_a_place_gets_it_even_when_all_nodes_are_skipped_by_then() -> None:
    engine = engine_with(tasks=1)
    engine.command(AddOrder(job_chain="/chain", id="1", title="new"))
    skip(engine, "first", "second")
    engine.end()
    assert (engine.order().title, engine.order().node) == ("new", "first")
    skip(engine, "first", action="process")
    assert engine.launched


def test_an_order_on_the_blacklist_does_not_count_for_max_orders() -> None:
    engine = Engine(a_job(), a_chain(max_orders=1))
    engine.command(AddOrder(job_chain="/chain", id="1"))
    change(engine, suspended=True, end_state="first")
    engine.end()
    assert engine.order().state is OrderState.BLACKLISTED
    engine.command(AddOrder(job_chain="/chain", id="2"))
    assert engine.launched


def test_an_order_on_the_blacklist_knows_when_its_round_has_ended_until_it_goes_on() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    change(engine, suspended=True, end_state="first")
    engine.end()
    assert engine.order().ended_at == engine.now
    change(engine, state="first")
    assert engine.order().ended_at is None
