"""What is the same and what is not when the round of a permanent order begins anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.commands.modify_order import ModifyOrder
from scheduler.definitions import NodeDefinition, SetbackDelay
from scheduler.errors import Code, WorkloadError
from scheduler.messages import Activated
from scheduler.params import Params
from scheduler.records import OrderState
from tests.support.run_times import run_time
from tests.support.worlds import START, Engine, a_chain, a_job, an_order, two_steps

FILE = {"a": "file", "b": "file"}
RESTORES = Params({"scheduler.order.keep_order_content_on_reschedule": "false"})


def engine_with(*, keeps: bool = True, tasks: int = 1, **values: Any) -> Engine:
    engine = Engine(active=False)
    engine.world.configured = Params() if keeps else RESTORES
    engine.files(a_job(tasks=tasks), a_chain(), an_order(**{"params": FILE, "at": "never"} | values))
    engine.tell(Activated())
    return engine


def change(engine: Engine, **values: Any) -> None:
    engine.command(ModifyOrder(job_chain="/chain", order="1", **values))


def params(engine: Engine) -> dict[str, str]:
    return dict(engine.order().params)


@pytest.mark.parametrize(("keeps", "expected"), [(True, {"a": "step", "b": "command"}), (False, FILE)])
def test_parameters_of_a_permanent_order_after_its_round(keeps: bool, expected: dict[str, str]) -> None:
    engine = engine_with(keeps=keeps)
    change(engine, params=Params({"b": "command"}))
    change(engine, at="now")
    engine.end(values="a=step\n")
    assert params(engine) == {"a": "step", "b": "command"}
    engine.run()
    assert params(engine) == expected


@pytest.mark.parametrize(("keeps", "expected"), [(True, {"a": "command", "b": "file"}), (False, FILE)])
def test_parameters_of_a_permanent_order_after_a_reset(keeps: bool, expected: dict[str, str]) -> None:
    engine = engine_with(keeps=keeps)
    change(engine, params=Params({"a": "command"}))
    change(engine, action="reset")
    assert params(engine) == expected


@pytest.mark.parametrize("keeps", [True, False])
def test_an_ad_hoc_order_keeps_its_parameters_whatever_the_setting(keeps: bool) -> None:
    engine = engine_with(keeps=keeps, tasks=0)
    engine.command(AddOrder(job_chain="/chain", id="1", params=Params({"a": "add"})))
    change(engine, params=Params({"a": "command"}))
    change(engine, action="reset")
    assert params(engine) == {"a": "command"}


def test_parameters_given_with_the_reset_count_for_the_new_round() -> None:
    engine = engine_with(keeps=False)
    change(engine, action="reset", params=Params({"a": "command"}))
    assert params(engine) == {"a": "command", "b": "file"}


def test_title_and_priority_are_not_restored() -> None:
    engine = engine_with(keeps=False, title="file", priority=1)
    change(engine, title="command", priority=5)
    change(engine, at="now")
    engine.run()
    assert (engine.order().title, engine.order().priority) == ("command", 5)


def test_after_a_restart_inside_a_round_the_parameters_of_the_file_are_still_restored_at_its_end() -> None:
    engine = engine_with(keeps=False)
    change(engine, at="now")
    engine.end(values="a=step\n")
    after = Engine(active=False)
    after.world.configured = RESTORES
    after.world.counters.update(engine.world.counters)
    for record in (*engine.world.orders.values(), *engine.world.tasks.values()):
        after.world.put(record)
    after.files(a_job(), a_chain(), an_order(params=FILE, at="never"))
    after.tell(Activated())
    assert params(after) == {"a": "step", "b": "file"}
    after.run()
    assert params(after) == FILE


def test_an_end_state_changed_by_command_is_forgotten_by_a_reset_too() -> None:
    engine = engine_with(end_state="second")
    change(engine, end_state="first")
    assert (engine.order().end_node, engine.order().original_end_node) == ("first", "second")
    change(engine, action="reset")
    assert (engine.order().end_node, engine.order().original_end_node) == ("second", None)


@pytest.mark.parametrize("exit_code", [0, 1])
def test_the_end_state_is_respected_when_the_step_there_fails(exit_code: int) -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", end_state="first"))
    engine.end(exit_code=exit_code)
    assert (engine.runs[1].node, engine.runs[1].failed) == ("first", bool(exit_code))
    assert not engine.world.orders


def test_a_start_node_that_is_the_end_node_works_and_is_refused_when_it_is_skipped() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", state="second", end_state="second"))
    engine.run()
    assert engine.nodes() == ["second"]
    engine.command(ModifyJobChainNode(job_chain="/chain", state="second", action="next_state"))
    with pytest.raises(WorkloadError) as refusal:
        engine.command(AddOrder(job_chain="/chain", id="2", state="second", end_state="second"))
    assert refusal.value.code is Code.ORDER_AT_END


def test_when_the_end_state_is_skipped_the_round_ends_at_the_node_before() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(ModifyJobChainNode(job_chain="/chain", state="second", action="next_state"))
    engine.command(AddOrder(job_chain="/chain", id="1", end_state="second"))
    engine.run()
    assert (engine.nodes(), engine.runs[1].node) == (["first"], "first")


@pytest.mark.parametrize("how", ["setback", "suspended", "running"])
def test_a_changed_order_file_takes_effect_when_the_order_is_reset_or_has_finished(how: str) -> None:
    delays = (SetbackDelay(1, 60.0, is_maximum=True),)
    chain = a_chain("/chain", *two_steps(on_error="setback"))
    engine = Engine(a_job(setback_delays=delays), chain, an_order(title="old"))
    if how == "suspended":
        change(engine, suspended=True)
    if how != "running":
        engine.end(exit_code=1 if how == "setback" else 0)
    engine.files(an_order(title="new", at="never"), written_at=START + timedelta(seconds=1))
    assert engine.order().title == "old"
    if how == "running":
        engine.run()
    else:
        change(engine, action="reset")
    assert (engine.order().title, engine.order().touched) == ("new", False)


def test_a_failed_step_is_the_last_error_until_the_next_good_one() -> None:
    chain = a_chain("/chain", *two_steps()[:1], NodeDefinition("second", "/job", "done"), NodeDefinition("done"),
                    NodeDefinition("failed", "/job", "second"))  # fmt: skip
    engine = Engine(a_job(), chain)
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.end(exit_code=3)
    assert engine.order().last_error.startswith("SCHEDULER-280")
    engine.end()
    assert engine.order().last_error == ""


def test_setback_no_ends_the_waiting_and_keeps_the_count_while_at_now_forgets_it() -> None:
    delays = (SetbackDelay(1, 60.0), SetbackDelay(9, 60.0, is_maximum=True))
    engine = Engine(a_job(tasks=1, setback_delays=delays), a_chain("/chain", *two_steps(on_error="setback")))
    engine.command(AddOrder(job_chain="/chain", id="1"))
    for counts, wish in ((1, {"setback": False}), (2, {"at": "now"}), (1, {"suspended": True})):
        engine.end(exit_code=1)
        assert (engine.order().state, engine.order().setback_count) == (OrderState.SETBACK, counts)
        change(engine, **wish)
    assert (engine.order().state, engine.order().setback_count) == (OrderState.SUSPENDED, 1)


def test_an_xml_payload_can_be_given_and_replaced() -> None:
    engine = Engine(a_job(tasks=0), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1", xml_payload="<a/>"))
    assert engine.order().xml_payload == "<a/>"
    change(engine, xml_payload="<b>1</b>")
    assert engine.order().xml_payload == "<b>1</b>"
    change(engine, title="other")
    assert engine.order().xml_payload == "<b>1</b>"


def test_an_order_with_a_run_time_that_is_suspended_at_its_end_begins_the_next_round_suspended() -> None:
    text = '<run_time><period single_start="11:00"/></run_time>'
    definition = replace(an_order(at="now"), run_time=run_time(text), run_time_source=text)
    engine = Engine(a_job(), a_chain(), definition)
    engine.end()
    change(engine, suspended=True)
    engine.end()
    order = engine.order()
    assert (order.state, order.node) == (OrderState.SUSPENDED, "first")
    assert order.start_at == START.replace(hour=11, minute=0, second=0)


def test_a_permanent_order_keeps_its_start_when_all_nodes_are_skipped_for_a_while() -> None:
    engine = Engine(a_job(), a_chain(), an_order(at="now+60"))
    for state in ("first", "second"):
        engine.command(ModifyJobChainNode(job_chain="/chain", state=state, action="next_state"))
    engine.command(ModifyJobChainNode(job_chain="/chain", state="second", action="process"))
    assert not engine.launched
    engine.later(60)
    engine.run()
    assert engine.nodes() == ["second"]


def test_orders_that_ignore_the_limit_neither_count_for_it_nor_are_held_back() -> None:
    engine = Engine(a_job(tasks=9), a_chain(max_orders=1))
    engine.command(AddOrder(job_chain="/chain", id="1", suspended=True))
    engine.world.put(replace(engine.order(), ignore_max_orders=True))
    change(engine, suspended=False)
    assert engine.order().in_task
    engine.command(AddOrder(job_chain="/chain", id="2"))
    assert engine.order("2").in_task
    engine.command(AddOrder(job_chain="/chain", id="3"))
    assert not engine.order("3").in_task
    engine.end(next(task for task in engine.launched if engine.tasks[task].order_id == "1"))
    assert not engine.order("3").in_task


def test_the_limit_is_reached_and_never_exceeded_and_touched_orders_always_go_on() -> None:
    delays = (SetbackDelay(1, 30.0, is_maximum=True),)
    chain = a_chain("/chain", *two_steps(on_error="setback"), max_orders=3)
    engine = Engine(a_job(tasks=9, setback_delays=delays), chain)
    for number in range(7):
        engine.command(AddOrder(job_chain="/chain", id=str(number), state="second" if number % 2 else ""))
    most = 0
    codes = iter([1, 0, 0, 1, 0])
    for _ in range(60):
        most = max(most, engine.world.touched_of("/chain"))
        assert len(engine.launched) <= 3
        if engine.launched:
            engine.end(exit_code=next(codes, 0))
        else:
            engine.later(10)
    assert (most, len(engine.world.orders)) == (3, 0)
