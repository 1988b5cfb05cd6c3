"Sinks: the engine removes or moves the file, without a process, and the order is finished in the sink's state."

from __future__ import annotations

from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job_chain import ModifyJobChain
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.commands.modify_order import ModifyOrder
from scheduler.copying import replace
from scheduler.definitions import FileOrderSink, FileOrderSource, NodeDefinition
from scheduler.definitions.job_chain import SINK_JOB
from scheduler.messages import Activated, FileDisposed
from scheduler.params import Params
from scheduler.records import OrderState
from scheduler.settle import FILES_AT_ONCE
from tests.support.directories import FileEngine
from tests.support.worlds import a_chain, a_job

IN = "/in"
A = "/in/a"
MOVE = FileOrderSink(move_to="/out")


def an_engine(sink: FileOrderSink = MOVE, *, delay: float = 0.0, answers_itself: bool = True, active: bool = True,
              suspend: bool = False, on_error: str = "") -> FileEngine:  # fmt: skip
    nodes = (
        NodeDefinition("first", "/job", "sink", "sink", on_error=on_error),
        NodeDefinition("sink", SINK_JOB, sink=sink, delay=delay, suspend=suspend),
    )
    chain = a_chain("/chain", *nodes, file_order_sources=(FileOrderSource(IN, next_state="first"),))
    disk = {IN: {"a": 1.0}, "/out": {"a": 0.5}}
    return FileEngine(a_job(), chain, disk=disk, answers_itself=answers_itself, active=active)


def test_a_file_is_moved_over_one_of_its_name() -> None:
    engine = an_engine()
    engine.end()
    assert engine.disk == {IN: {}, "/out": {"a": 1.0}}
    assert engine.world.orders == {}
    assert len(engine.said("SCHEDULER-980")) == 1


def test_a_file_is_removed() -> None:
    engine = an_engine(FileOrderSink(remove=True))
    engine.end()
    assert engine.disk[IN] == {}
    assert len(engine.said("SCHEDULER-979")) == 1


def test_the_order_keeps_the_state_of_the_sink_and_its_run_ends_there_without_another_step() -> None:
    engine = an_engine()
    engine.end()
    (run,) = engine.runs.values()
    assert run.node == "sink"
    assert run.ended_at is not None
    assert not run.failed
    assert engine.nodes() == ["first"]
    assert list(engine.tasks) == [1]


def test_a_run_that_an_error_led_to_the_sink_has_failed() -> None:
    engine = an_engine()
    engine.end(exit_code=1)
    (run,) = engine.runs.values()
    assert (run.node, run.failed) == ("sink", True)
    assert engine.disk == {IN: {}, "/out": {"a": 1.0}}


def test_a_run_that_somebody_sent_to_the_sink_after_an_error_has_not_failed() -> None:
    engine = an_engine(on_error="suspend")
    engine.end(exit_code=1)
    order = engine.order(A)
    assert (order.state, order.node) == (OrderState.SUSPENDED, "first")
    assert order.last_error
    engine.command(ModifyOrder(job_chain="/chain", order=A, state="sink", suspended=False))
    (run,) = engine.runs.values()
    assert (run.node, run.failed) == ("sink", False)
    assert engine.disk == {IN: {}, "/out": {"a": 1.0}}


def test_a_file_that_cannot_be_disposed_of_puts_its_order_on_the_blacklist_with_the_reason() -> None:
    engine = an_engine()
    engine.sink_problem = "read-only file system"
    engine.end()
    order = engine.order(A)
    assert (order.state, order.node) == (OrderState.BLACKLISTED, "sink")
    assert "read-only" in order.last_error
    assert [line.level for line in engine.lines if "read-only" in line.text] == ["warn"]
    engine.later(30)
    assert engine.launched == {}, "and it is not processed again"
    (run,) = engine.runs.values()
    assert run.failed


def test_a_file_that_is_gone_already_is_a_success() -> None:
    engine = an_engine()
    del engine.disk[IN]["a"]
    engine.sink_problem = "no such file"
    engine.end()
    assert engine.world.orders == {}


def test_a_delay_lets_the_file_wait() -> None:
    engine = an_engine(delay=60)
    engine.end()
    assert engine.order(A).node == "sink"
    engine.later(59)
    assert engine.disk[IN] == {"a": 1.0}
    engine.later(2)
    assert engine.disk[IN] == {}


def test_a_suspending_sink_waits_until_the_order_is_resumed() -> None:
    engine = an_engine(suspend=True)
    engine.end()
    assert engine.disk[IN] == {"a": 1.0}
    engine.command(ModifyOrder(job_chain="/chain", order=A, suspended=False))
    assert engine.disk[IN] == {}


def test_nothing_is_moved_while_the_node_is_stopped() -> None:
    engine = an_engine()
    engine.command(ModifyJobChainNode(job_chain="/chain", state="sink", action="stop"))
    engine.end()
    assert engine.disk[IN] == {"a": 1.0}
    engine.command(ModifyJobChainNode(job_chain="/chain", state="sink", action="process"))
    assert engine.disk[IN] == {}


def test_nothing_is_moved_while_the_chain_is_stopped() -> None:
    engine = an_engine()
    engine.command(ModifyJobChain(job_chain="/chain", state="stopped"))
    engine.end()
    assert engine.disk[IN] == {"a": 1.0}
    engine.command(ModifyJobChain(job_chain="/chain", state="running"))
    assert engine.disk[IN] == {}


def test_while_the_file_is_moved_the_order_cannot_be_sent_elsewhere() -> None:
    engine = an_engine(answers_itself=False)
    engine.answer()
    engine.end()
    order = engine.order(A)
    assert (order.state, order.task_id) == (OrderState.RUNNING, None)
    assert len(engine.disposals) == 1
    engine.later(5)
    assert len(engine.disposals) == 1


def test_an_order_that_a_job_gave_another_path_has_that_file_moved() -> None:
    engine = an_engine()
    engine.disk[IN]["renamed"] = engine.disk[IN].pop("a")
    engine.end(values="scheduler_file_path=/in/renamed\n")
    assert engine.disk == {IN: {}, "/out": {"a": 0.5, "renamed": 1.0}}


def test_an_order_of_a_command_without_file_is_finished_at_a_sink() -> None:
    engine = an_engine()
    engine.run()
    engine.command(AddOrder(job_chain="/chain", id="7"))
    engine.run()
    assert engine.world.orders == {}


def test_an_order_of_a_command_with_the_parameter_is_a_file_order_too() -> None:
    engine = an_engine()
    engine.run()
    engine.disk[IN]["by hand"] = 3.0
    engine.command(AddOrder(job_chain="/chain", id="7", params=Params({"Scheduler_File_Path": "/in/by hand"})))
    assert engine.launched[2].environment["SCHEDULER_TASK_TRIGGER_FILES"] == "/in/by hand"
    engine.end()
    assert engine.disk[IN] == {}


def test_after_a_sudden_death_during_the_move_it_is_done_again() -> None:
    before = an_engine(answers_itself=False)
    before.answer()
    before.end()
    stored = before.order(A)
    engine = an_engine(active=False, answers_itself=False)
    engine.world.put(stored)
    engine.tell(Activated())
    (disposal,) = engine.disposals
    assert disposal.again == stored.start_at, "what was written after the order had come to the sink is another file"
    engine.answer()
    assert engine.world.orders == {}
    assert engine.disk[IN] == {}


def test_without_its_sink_such_an_order_waits_again() -> None:
    before = an_engine(answers_itself=False)
    before.answer()
    before.end()
    stored = replace(before.order(A), node="first")
    engine = an_engine(active=False)
    engine.disk[IN].clear()
    engine.world.put(stored)
    engine.tell(Activated())
    assert engine.taken() == [A]


def test_an_answer_that_nobody_waits_for_means_nothing() -> None:
    engine = an_engine()
    order = engine.order(A)
    engine.tell(FileDisposed("/chain", A, order.ordering, False))
    assert engine.order(A) == order


def test_a_crowd_at_the_sink_goes_in_parts() -> None:
    engine = an_engine(answers_itself=False)
    engine.answer()
    engine.run()
    engine.answer()
    engine.command(ModifyJobChain(job_chain="/chain", state="stopped"))
    names = [f"{number:03}" for number in range(120)]
    engine.disk[IN] |= dict.fromkeys(names, 1.0)
    for name in names:
        path = f"{IN}/{name}"
        params = Params({"scheduler_file_path": path})
        engine.command(AddOrder(job_chain="/chain", id=path, state="sink", params=params))
    engine.command(ModifyJobChain(job_chain="/chain", state="running"))
    assert len(engine.disposals) == FILES_AT_ONCE
    engine.answer()
    assert engine.world.orders == {}
    assert engine.disk[IN] == {}
