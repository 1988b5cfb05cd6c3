"""The process class of a job chain is missing: its orders fail where no task can be had for them."""

from __future__ import annotations

from typing import Any

from scheduler.commands.add_order import AddOrder
from scheduler.definitions import NodeDefinition, ProcessClassDefinition
from scheduler.messages import FileGone, FilesChanged
from scheduler.records import ObjectKind
from tests.support.worlds import Engine, a_chain, a_job, an_order

CLASS = ProcessClassDefinition("/class")


def engine_with(*more: Any, nodes: tuple[NodeDefinition, ...] = (), **job: Any) -> Engine:
    engine = Engine(a_job(**job), a_chain("/chain", *nodes, process_class="/class"), *more)
    engine.command(AddOrder(job_chain="/chain", id="1"))
    return engine


def test_an_order_of_a_chain_whose_class_is_missing_goes_to_the_error_state() -> None:
    engine = engine_with()
    assert not engine.launched
    assert not engine.world.orders
    assert (engine.runs[1].node, engine.runs[1].failed, engine.runs[1].ended_at is not None) == ("failed", True, True)
    assert engine.steps == {}


def test_it_passes_all_nodes_without_a_class_until_one_whose_job_has_its_own() -> None:
    nodes = (
        NodeDefinition("first", "/job", "done", "second"),
        NodeDefinition("second", "/job", "done", "third"),
        NodeDefinition("third", "/own", "done"),
        NodeDefinition("done"),
    )
    own = a_job("/own", process_class="/there")
    engine = engine_with(own, ProcessClassDefinition("/there"), nodes=nodes)
    assert engine.order().node == "third"
    assert engine.order().last_error.startswith("SCHEDULER-161")
    engine.run()
    assert engine.nodes() == ["third"]
    assert engine.runs[1].failed is False


def test_error_states_that_lead_round_in_a_circle_end_the_order() -> None:
    nodes = (
        NodeDefinition("first", "/job", "done", "second"),
        NodeDefinition("second", "/job", "done", "first"),
        NodeDefinition("done"),
    )
    engine = engine_with(nodes=nodes)
    assert not engine.world.orders
    assert (engine.runs[1].node, engine.runs[1].failed) == ("", True)


def test_the_class_of_the_job_comes_before_that_of_the_chain() -> None:
    engine = engine_with(ProcessClassDefinition("/there"), process_class="/there")
    assert engine.launched


def test_a_class_that_goes_lets_the_running_step_end_and_the_next_one_fail() -> None:
    engine = engine_with(CLASS)
    engine.tell(FilesChanged((FileGone(ObjectKind.PROCESS_CLASS, "/class"),)))
    engine.end()
    assert (engine.runs[1].node, engine.runs[1].failed) == ("failed", True)


def test_a_permanent_order_rests_after_it_has_failed() -> None:
    engine = Engine(a_job(), a_chain(process_class="/class"), an_order())
    order = engine.order()
    assert (order.node, order.touched, order.start_at) == ("first", False, None)
    assert engine.runs[1].failed
