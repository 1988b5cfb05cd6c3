"""After a crash: nothing lost, nothing finished repeated, what ran begins again at its node."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.commands.add_order import AddOrder
from scheduler.commands.kill_task import KillTask
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.modify_job_chain_node import ModifyJobChainNode
from scheduler.commands.remove_order import RemoveOrder
from scheduler.commands.start_job import StartJob
from scheduler.errors import Problem
from scheduler.messages import Activated, EndRequested, FileGone, FilesChanged, GraceOver, ProcessEnded
from scheduler.records import (
    ChainState,
    EngineState,
    NodeAction,
    NodeKey,
    ObjectKind,
    OrderState,
    Run,
    TaskState,
)
from scheduler.remembered import Remembered
from scheduler.step import HalfDone
from tests.support.worlds import Engine, a_chain, a_job, an_order, read


def restarted(engine: Engine) -> Engine:
    "A new engine with what a store would have kept of the old one."
    after = Engine(active=False)
    after.now = engine.now
    after.world.counters.update(engine.world.counters)
    for order in engine.world.orders.values():
        after.world.put(order)
    for task in engine.world.tasks.values():
        after.world.put(task)
    after.files(a_job(tasks=2), a_chain())
    after.runs, after.steps, after.tasks = engine.runs, engine.steps, dict(engine.tasks)
    after.tell(Activated())
    return after


def test_a_step_that_was_running_is_closed_as_interrupted_and_begins_again() -> None:
    engine = Engine(a_job(tasks=2), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.end()
    after = restarted(engine)
    step = after.steps[1, 2]
    assert step.problem is not None
    assert step.problem.code == "STELLWERK-021"
    assert after.tasks[2].state is TaskState.ENDED
    assert (after.order().node, after.order().state, after.order().history_id) == ("second", OrderState.RUNNING, 1)
    after.run()
    assert after.nodes() == ["first", "second", "second"]
    assert (after.runs[1].node, after.runs[1].failed) == ("done", False)


def test_a_step_whose_process_is_lost_begins_again_while_the_engine_goes_on() -> None:
    engine = Engine(a_job(tasks=2, stop_on_error=True), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    del engine.launched[1]
    engine.tell(ProcessEnded(1, -9, lost=True))
    problem = engine.steps[1, 1].problem
    assert problem is not None
    assert problem.code == "STELLWERK-021"
    assert (engine.order().node, engine.order().task_id) == ("first", 2)
    engine.run()
    assert engine.nodes() == ["first", "first", "second"]
    assert (engine.runs[1].node, engine.runs[1].failed) == ("done", False)


def test_a_task_that_was_to_be_killed_has_been_killed_also_when_its_process_is_lost() -> None:
    engine = Engine(a_job(tasks=2), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.command(KillTask(job="/job", id=1, immediately=True))
    del engine.launched[1]
    engine.tell(ProcessEnded(1, -9, lost=True))
    problem = engine.steps[1, 1].problem
    assert problem is not None
    assert problem.code != "STELLWERK-021"
    assert engine.nodes() == ["first"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["add", "end", "end", "fail", "crash"]), min_size=5, max_size=60))
def test_however_often_it_crashes_every_order_ends_exactly_once(events: list[str]) -> None:
    engine = Engine(a_job(tasks=2), a_chain())
    added = 0
    for event in events:
        if event == "add":
            added += 1
            engine.command(AddOrder(job_chain="/chain", id=f"o{added}"))
        elif event in ("end", "fail") and engine.launched:
            engine.end(exit_code=int(event == "fail"))
        elif event == "crash":
            engine = restarted(engine)
        check(engine)
    engine.run()
    assert not engine.world.orders
    finished = [run for run in engine.runs.values() if run.ended_at is not None]
    assert sorted(run.order_id for run in finished) == sorted(f"o{number + 1}" for number in range(added))
    good = [(key[0], step.node) for key, step in engine.steps.items() if step.ended_at and step.problem is None]
    assert len(good) == len(set(good)), "a finished step was repeated"


def check(engine: Engine) -> None:
    "What must hold at every moment."
    world = engine.world
    running = list(world.live_tasks())
    assert len(running) == world.processes == len(engine.launched)
    assert len(running) <= 2
    for task in running:
        order = world.orders[task.order_key]
        assert order.task_id == task.id
    in_tasks = [order.task_id for order in world.orders.values() if order.in_task]
    assert sorted(in_tasks) == sorted(task.id for task in running)
    assert world.touched_of("/chain") == sum(order.touched for order in world.orders.values())


def test_an_order_that_was_removed_during_its_step_goes_when_the_step_is_interrupted() -> None:
    engine = Engine(a_job(tasks=2), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.command(RemoveOrder(job_chain="/chain", order="1"))
    after = restarted(engine)
    assert not after.launched
    assert not after.world.orders
    assert after.runs[1].ended_at is not None


def test_an_order_that_was_replaced_during_its_step_is_replaced_when_the_step_is_interrupted() -> None:
    engine = Engine(a_job(tasks=2), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.command(AddOrder(job_chain="/chain", id="1", title="new"))
    after = restarted(engine)
    assert (after.order().title, after.order().history_id) == ("new", 2)
    assert after.runs[1].ended_at is not None


def test_an_interrupted_step_at_a_node_that_is_skipped_by_now_is_not_repeated() -> None:
    engine = Engine(a_job(), a_chain())
    engine.command(AddOrder(job_chain="/chain", id="1"))
    engine.command(ModifyJobChainNode(job_chain="/chain", state="first", action="next_state"))
    engine.tell(EndRequested())
    engine.tell(GraceOver())
    engine.end(exit_code=-15)
    assert (engine.order().node, engine.order().state) == ("second", OrderState.WAITING)


def test_an_end_that_is_wished_before_the_work_begins_lets_nothing_begin() -> None:
    engine = Engine(a_job(), a_chain(), an_order(), active=False)
    engine.tell(EndRequested())
    engine.tell(Activated())
    assert engine.world.state is EngineState.STOPPING
    assert not engine.launched


def test_the_round_of_a_permanent_order_whose_file_went_meanwhile_is_closed() -> None:
    engine = Engine(a_job(), a_chain(), an_order())
    after = Engine(active=False)
    after.world.put(replace(engine.order(), state=OrderState.WAITING, task_id=None))
    after.files(a_job(), a_chain())
    closed = [
        record
        for change in after.tell(Activated()).changes
        for record in change.put
        if isinstance(record, Run)
    ]
    assert not after.world.orders
    assert [run.ended_at for run in closed] == [after.now]


def test_an_object_whose_file_is_faulty_at_the_start_is_remembered_until_the_file_is_good_again() -> None:
    stored = Engine(a_job(), a_chain())
    stored.command(ModifyJob(job="/job", cmd="stop"))
    stored.command(ModifyJobChainNode(job_chain="/chain", state="first", action="stop"))
    remembered = Remembered(
        dict(stored.world.jobs), {"/chain": ChainState.STOPPED}, {k: n.action for k, n in stored.world.nodes.items()}
    )
    after = Engine(active=False)
    after.world.remembered = remembered
    faulty = Problem("SCHEDULER-232", "no")
    files = [replace(read(definition), definition=None, problem=faulty) for definition in (a_job(), a_chain())]
    after.tell(FilesChanged(tuple(files)))
    dropped = [dropped for change in after.tell(Activated()).changes for dropped in change.drop]
    assert not dropped
    after.files(a_job(), a_chain())
    assert after.world.jobs["/job"].stopped
    assert after.world.chains["/chain"].state is ChainState.STOPPED
    assert after.world.nodes[NodeKey("/chain", "first")].action is NodeAction.STOP
    after.command(ModifyJobChainNode(job_chain="/chain", state="first", action="process"))
    after.tell(FilesChanged((FileGone(ObjectKind.JOB_CHAIN, "/chain"),)))
    after.files(a_chain())
    assert after.world.nodes[NodeKey("/chain", "first")].action is NodeAction.PROCESS, "what is old is forgotten"


def test_a_mistake_after_the_first_change_says_that_the_world_is_of_no_use_any_more() -> None:
    engine = Engine(a_job())
    engine.world.candidates = None  # type: ignore[assignment]
    with pytest.raises(HalfDone):
        engine.command(StartJob(job="/job"))
