"""After a crash: nothing lost, nothing finished repeated, what ran begins again at its node."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.commands.add_order import AddOrder
from scheduler.messages import Activated
from scheduler.records import OrderState, TaskState
from tests.support.worlds import Engine, a_chain, a_job


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
