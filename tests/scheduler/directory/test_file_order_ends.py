"The end of a file order: finished when its file is gone, otherwise on the blacklist until it is."

from __future__ import annotations

from typing import Any

import pytest

from scheduler.commands.modify_order import ModifyOrder
from scheduler.commands.remove_order import RemoveOrder
from scheduler.copying import replace
from scheduler.definitions import FileOrderSource, NodeDefinition
from scheduler.messages import Activated
from scheduler.records import Order, OrderState
from tests.support.directories import FileEngine
from tests.support.worlds import a_chain, a_job

IN = "/in"
A = "/in/a"


def an_engine(
    *, disk: dict[str, dict[str, float]] | None = None, stop_on_error: bool = False, **values: Any
) -> FileEngine:
    nodes = (NodeDefinition("first", "/job", "done", "failed"), NodeDefinition("done"), NodeDefinition("failed"))
    chain = a_chain("/chain", *nodes, file_order_sources=(FileOrderSource(IN, next_state="first"),))
    disk = {IN: {"a": 1.0}} if disk is None else disk
    return FileEngine(a_job(stop_on_error=stop_on_error), chain, disk=disk, **values)


def processed(engine: FileEngine) -> FileEngine:
    "The order of /in/a is at its end, and its file still there."
    engine.end()
    engine.later(1)
    assert engine.launched == {}
    return engine


def test_an_order_whose_file_is_gone_at_the_end_is_finished() -> None:
    engine = an_engine()
    del engine.disk[IN]["a"]
    engine.end()
    assert engine.world.orders == {}
    assert len(engine.said("SCHEDULER-981")) == 1
    (run,) = engine.runs.values()
    assert run.node == "done"
    assert run.ended_at is not None


def test_an_order_whose_file_is_still_there_goes_on_the_blacklist_and_says_so() -> None:
    engine = processed(an_engine())
    order = engine.order(A)
    assert order.state is OrderState.BLACKLISTED
    assert order.last_error.startswith("SCHEDULER-340")
    assert len(engine.said("SCHEDULER-340")) == 1


def test_a_file_on_the_blacklist_is_not_processed_again() -> None:
    engine = processed(an_engine())
    for _ in range(10):
        engine.later(10)
    assert len(engine.runs) == 1


def test_the_order_leaves_the_blacklist_when_a_reading_does_not_find_its_file() -> None:
    engine = processed(an_engine())
    del engine.disk[IN]["a"]
    engine.later(10)
    assert engine.world.orders == {}
    assert len(engine.said("SCHEDULER-982")) == 1


def test_a_file_created_again_after_that_is_a_new_order() -> None:
    engine = processed(an_engine())
    del engine.disk[IN]["a"]
    engine.later(10)
    engine.disk[IN]["a"] = 2.0
    engine.later(10)
    assert engine.taken() == [A]


def test_removing_the_order_takes_it_off_the_blacklist_so_its_file_is_found_again() -> None:
    engine = processed(an_engine())
    engine.command(RemoveOrder(job_chain="/chain", order=A))
    engine.later(10)
    assert engine.taken() == [A]


def test_setting_a_state_takes_it_off_the_blacklist() -> None:
    engine = processed(an_engine())
    engine.command(ModifyOrder(job_chain="/chain", order=A, state="first"))
    assert engine.taken() == [A]


def test_resuming_does_not_let_a_file_that_is_still_there_go() -> None:
    engine = processed(an_engine())
    engine.command(ModifyOrder(job_chain="/chain", order=A, suspended=False))
    assert engine.order(A).state is OrderState.BLACKLISTED


def test_moving_an_order_to_its_end_by_command_looks_for_its_file_too() -> None:
    engine = an_engine()
    engine.command(ModifyOrder(job_chain="/chain", order=A, suspended=True))
    engine.end(exit_code=1)
    engine.command(ModifyOrder(job_chain="/chain", order=A, state="first", suspended=True))
    engine.command(ModifyOrder(job_chain="/chain", order=A, state="done", suspended=False))
    assert engine.order(A).state is OrderState.BLACKLISTED
    del engine.disk[IN]["a"]
    engine.later(10)
    assert engine.world.orders == {}


def test_an_order_is_on_the_blacklist_before_its_file_was_looked_for() -> None:
    engine = an_engine(answers_itself=False)
    engine.answer()
    engine.end()
    assert engine.order(A).state is OrderState.BLACKLISTED, "should the engine die now, nothing is processed twice"
    assert [disposal.sink for disposal in engine.disposals] == [None]


def test_the_blacklist_survives_a_restart() -> None:
    before = processed(an_engine())
    stored = before.order(A)
    engine = an_engine(active=False, disk=before.disk)
    engine.world.put(stored)
    engine.tell(Activated())
    engine.later(60)
    assert engine.launched == {}
    assert engine.order(A).state is OrderState.BLACKLISTED
    del engine.disk[IN]["a"]
    engine.later(10)
    assert engine.world.orders == {}


def test_an_order_whose_file_went_while_no_engine_ran_is_gone_after_the_start() -> None:
    before = processed(an_engine())
    stored: Order = before.order(A)
    engine = an_engine(active=False, disk={IN: {}})
    engine.world.put(stored)
    engine.tell(Activated())
    assert engine.world.orders == {}


def test_an_answer_about_an_earlier_order_of_that_file_means_nothing() -> None:
    engine = an_engine(answers_itself=False)
    engine.answer()
    engine.end()
    (asked,) = engine.disposals
    gone = replace(engine.dispose_now(asked), remains=False)
    engine.command(RemoveOrder(job_chain="/chain", order=A))
    engine.disposals.clear()
    engine.later(10)
    engine.answer()
    engine.end()
    assert engine.order(A).state is OrderState.BLACKLISTED
    engine.tell(gone)
    assert engine.order(A).state is OrderState.BLACKLISTED


@pytest.mark.parametrize("stop_on_error", [True, False])
def test_a_failing_step_leaves_no_file_behind_unseen(stop_on_error: bool) -> None:
    engine = an_engine(stop_on_error=stop_on_error)
    engine.end(exit_code=1)
    order = engine.order(A)
    expected = (OrderState.WAITING, "first") if stop_on_error else (OrderState.BLACKLISTED, "failed")
    assert (order.state, order.node) == expected


def test_a_job_definition_that_changes_meanwhile_disturbs_nothing() -> None:
    engine = an_engine()
    engine.files(a_job(title="changed"))
    engine.disk[IN]["b"] = 2.0
    del engine.disk[IN]["a"]
    engine.end()
    engine.later(10)
    assert engine.taken() == ["/in/b"]


def test_after_a_restart_nothing_is_said_again_of_files_that_are_still_there() -> None:
    before = processed(an_engine())
    engine = an_engine(active=False, disk=before.disk)
    engine.world.put(before.order(A))
    engine.kinds.clear()
    engine.tell(Activated())
    assert engine.said("SCHEDULER-340") == []
    assert "order.blacklisted" not in engine.kinds
