"Steps of distributed chains are given to other members; reports count once; what members leave begins again."

from __future__ import annotations

from typing import Any

import pytest

from scheduler.actions import Kill, Launch, RingMember
from scheduler.cluster.assignment import Assignment, AssignmentKey, Heard, Mate, Report, ReportKey, Wanted
from scheduler.cluster.wire import action_of, message_of, report_of
from scheduler.commands.add_order import AddOrder
from scheduler.commands.kill_task import KillTask
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.remove_order import RemoveOrder
from scheduler.decision import Decision
from scheduler.definitions import LockDefinition, LockUse, NodeDefinition, ProcessClassDefinition
from scheduler.errors import Problem
from scheduler.messages import (
    Activated,
    CrewSeen,
    EndRequested,
    GraceOver,
    Message,
    ProcessEnded,
    ProcessStarted,
    Reported,
    StartFailed,
)
from scheduler.params import Params
from scheduler.records import JobState, OrderState, TaskState
from scheduler.step import step
from scheduler.task.usage import Usage
from scheduler.world import World
from tests.support.worlds import Engine, a_chain, a_job

ONE, OTHER = Mate("id/one:1", "r1"), Mate("id/other:2", "r2")


def an_engine(*mates: Mate, job: Any = None, chain: Any = None, more: tuple[Any, ...] = ()) -> Engine:
    engine = Engine(*more, job or a_job(order=True), chain or a_chain(distributed=True))
    engine.tell(CrewSeen(mates))
    return engine


def add(engine: Engine, *orders: str) -> Decision:
    "The last decision."
    decision = Decision()
    for order in orders:
        decision = engine.command(AddOrder(job_chain="/chain", id=order))
    return decision


def places(engine: Engine) -> list[str]:
    "Who runs what runs, in the order in which it began."
    return [task.member_run for task in engine.world.live_tasks()]


def assignments(decision: Decision) -> list[Assignment]:
    return [record for change in decision.changes for record in change.put if isinstance(record, Assignment)]


def heard(engine: Engine, task_id: int, message: Any, run: str = "r1") -> Decision:
    kind = {ProcessStarted: Heard.STARTED, StartFailed: Heard.FAILED, ProcessEnded: Heard.ENDED}[type(message)]
    return engine.tell(Reported(ReportKey(task_id, kind), run, message))


def dropped(decision: Decision) -> set[Any]:
    return {key for change in decision.changes for kind, key in change.drop if kind in (Assignment, Report)}


# -- who runs what


def test_steps_go_to_whoever_has_the_fewest_processes() -> None:
    engine = an_engine(ONE, OTHER, job=a_job(order=True, tasks=2))
    add(engine, *"123456")
    assert sorted(places(engine)) == ["", "", "r1", "r1", "r2", "r2"]


def test_the_limits_of_a_job_count_for_each_member() -> None:
    engine = an_engine(ONE)
    add(engine, *"123")
    assert sorted(places(engine)) == ["", "r1"]
    assert engine.order("3").state is OrderState.WAITING


def test_the_limit_of_a_process_class_counts_for_each_member() -> None:
    job = a_job(order=True, tasks=9, process_class="/few")
    engine = an_engine(ONE, job=job, more=(ProcessClassDefinition("/few", 1),))
    add(engine, *"123")
    assert sorted(places(engine)) == ["", "r1"]
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    heard(engine, task.id, ProcessEnded(task.id, 0))
    assert sorted(places(engine)) == ["", "r1"]


def test_a_lock_is_held_in_the_whole_cluster() -> None:
    job = a_job(order=True, tasks=5, locks=(LockUse("/lock", True),))
    engine = an_engine(ONE, job=job, more=(LockDefinition("/lock"),))
    add(engine, *"12")
    assert len(places(engine)) == 1


def test_the_most_orders_of_a_chain_are_those_in_the_whole_cluster() -> None:
    engine = an_engine(ONE, OTHER, chain=a_chain(distributed=True, max_orders=2))
    add(engine, *"123")
    assert len(places(engine)) == 2
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    heard(engine, task.id, ProcessEnded(task.id, 0))
    assert {engine.order(order).touched for order in "12"} == {True}
    assert not engine.order("3").touched


def test_steps_of_a_chain_that_is_not_distributed_stay_with_the_leading_member() -> None:
    engine = an_engine(ONE, job=a_job(order=True, tasks=5), chain=a_chain())
    add(engine, *"123")
    assert set(places(engine)) == {""}


def test_a_member_that_leaves_takes_no_further_steps() -> None:
    engine = an_engine(Mate("id/one:1", "r1", open=False), job=a_job(order=True, tasks=5))
    add(engine, *"123")
    assert set(places(engine)) == {""}


@pytest.mark.parametrize(("balanced", "expected"), [("false", "r1"), ("true", "r2")])
def test_the_next_step_stays_where_the_last_one_was_unless_all_are_balanced(balanced: str, expected: str) -> None:
    engine = an_engine(ONE, OTHER, job=a_job(order=True, tasks=5))
    engine.world.configured = Params({"scheduler.order.distributed.balanced": balanced})
    add(engine, "1", "2")
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    heard(engine, task.id, ProcessEnded(task.id, 0))
    assert sorted(places(engine)) == ["", expected]


def one_step(path: str, job: str, **values: Any) -> Any:
    "A job chain."
    nodes = NodeDefinition("first", job, "done", "failed"), NodeDefinition("done"), NodeDefinition("failed")
    return a_chain(path, *nodes, **values)


def of_one_class(*jobs: str, chains: tuple[Any, ...]) -> Engine:
    "Each of the two members may have one process of the class of the jobs."
    few = ProcessClassDefinition("/few", 1)
    first, *others = [a_job(path, order=True, tasks=9, process_class="/few") for path in jobs]
    chain, *more = chains
    return an_engine(ONE, job=first, chain=chain, more=(few, *others, *more))


def running(engine: Engine) -> list[tuple[str, str]]:
    return sorted((task.member_run, task.order_id) for task in engine.world.live_tasks())


def ended(engine: Engine, order: str) -> None:
    [task] = [task for task in engine.world.live_tasks() if task.order_id == order]
    if task.member_run:
        heard(engine, task.id, ProcessEnded(task.id, 0))
    else:
        engine.tell(ProcessEnded(task.id, 0))


@pytest.mark.parametrize("near", ["/near", "/job"])
def test_what_waits_for_a_process_of_the_leading_member_holds_up_no_step_of_others(near: str) -> None:
    chains = one_step("/chain", "/job", distributed=True), one_step("/near_chain", near)
    engine = of_one_class(*dict.fromkeys(("/job", near)), chains=chains)
    for order in "ab":
        engine.command(AddOrder(job_chain="/near_chain", id=order))
    add(engine, "1", "2")
    assert running(engine) == [("", "a"), ("r1", "1")]
    ended(engine, "1")
    assert running(engine) == [("", "a"), ("r1", "2")]
    ended(engine, "a")
    assert running(engine) == [("", "b"), ("r1", "2")]


def test_whoever_wants_no_process_of_another_member_any_more_makes_way_there() -> None:
    far = one_step("/far_chain", "/both", distributed=True)
    chains = one_step("/chain", "/job", distributed=True), one_step("/near_chain", "/both"), far
    engine = of_one_class("/job", "/both", chains=chains)
    for chain, order in [("/near_chain", "a"), ("/near_chain", "b"), ("/far_chain", "x"), ("/far_chain", "y")]:
        engine.command(AddOrder(job_chain=chain, id=order))
    add(engine, "1")
    engine.command(RemoveOrder(job_chain="/far_chain", order="y"))
    ended(engine, "x")
    assert running(engine) == [("", "a"), ("r1", "1")]


def test_jobs_take_turns_at_another_member_whoever_waits_for_this_one_besides() -> None:
    far = one_step("/far_chain", "/both", distributed=True)
    chains = one_step("/chain", "/job", distributed=True), one_step("/near_chain", "/both"), far
    engine = of_one_class("/job", "/both", chains=chains)
    near = [("/near_chain", order) for order in "ab"]
    for chain, order in [*near, *(("/far_chain", order) for order in "xyz")]:
        engine.command(AddOrder(job_chain=chain, id=order))
    add(engine, "1", "2")
    taken = []
    for _ in range(5):
        [order] = [task.order_id for task in engine.world.live_tasks() if task.member_run == "r1"]
        taken.append(order)
        ended(engine, order)
    assert taken == ["x", "y", "1", "z", "2"]
    assert running(engine) == [("", "a")]


def test_a_new_member_takes_what_waits() -> None:
    engine = an_engine()
    add(engine, *"123")
    assert places(engine) == [""]
    engine.tell(CrewSeen((ONE, OTHER)))
    assert sorted(places(engine)) == ["", "r1", "r2"]


# -- how it is told


def test_a_start_is_recorded_as_an_assignment_and_the_member_is_woken() -> None:
    engine = an_engine(ONE)
    add(engine, "1")
    decision = add(engine, "2")
    (assignment,) = assignments(decision)
    launch = action_of(assignment)
    assert isinstance(launch, Launch)
    assert launch.environment["SCHEDULER_ORDER_ID"] == "2"
    assert RingMember("r1", assignment) in decision.actions
    assert not any(isinstance(action, Launch) for action in decision.actions)


def test_a_kill_is_an_assignment_too() -> None:
    engine = an_engine(ONE)
    add(engine, "1", "2")
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    (assignment,) = assignments(engine.command(KillTask(id=task.id, job="/job", immediately=True)))
    assert isinstance(action_of(assignment), Kill)
    heard(engine, task.id, ProcessEnded(task.id, -9))
    assert engine.tasks[task.id].exit_code == -9


@pytest.mark.parametrize(
    "message",
    [
        ProcessStarted(7, 4711),
        StartFailed(7, Problem("X-1", "no", 1, 2)),
        ProcessEnded(7, 3, "line", "a=1", 12, "e"),
        ProcessEnded(7, 0, usage=Usage(0.25, 0.5, 1 << 20, True, 512, 1024)),
    ],
)
def test_a_report_comes_over_as_it_was_told(message: Any) -> None:
    report = report_of(message, "r1", b"log")
    assert message_of(report) == message
    assert (report.task_id, report.member_run, report.log) == (7, "r1", b"log")


# -- what counts


def test_an_end_is_recorded_with_the_end_of_its_report_and_its_assignment() -> None:
    engine = an_engine(ONE)
    add(engine, "1", "2")
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    assert dropped(heard(engine, task.id, ProcessStarted(task.id, 99))) == {ReportKey(task.id, Heard.STARTED)}
    assert engine.world.tasks[task.id].pid == 99
    decision = heard(engine, task.id, ProcessEnded(task.id, 0))
    assert dropped(decision) == {ReportKey(task.id, Heard.ENDED), AssignmentKey(task.id, Wanted.LAUNCH)}
    assert engine.order("2").node == "second"


def test_what_was_said_before_it_was_recorded_counts_once() -> None:
    engine = an_engine(ONE)
    add(engine, "1", "2")
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    key, end = ReportKey(task.id, Heard.ENDED), ProcessEnded(task.id, 0)
    assert dropped(engine.tell(Reported(key, "r1", end, recorded=False))) == {AssignmentKey(task.id, Wanted.LAUNCH)}
    moved = engine.order("2")
    assert moved.node == "second"
    assert engine.tell(Reported(key, "r1", end, recorded=False)).changes == []
    assert dropped(engine.tell(Reported(key, "r1", end))) == {key}
    assert engine.order("2") == moved


def test_of_a_task_that_was_killed_all_assignments_go() -> None:
    engine = an_engine(ONE)
    add(engine, "1", "2")
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    engine.command(KillTask(id=task.id, job="/job", immediately=True))
    assert dropped(heard(engine, task.id, ProcessEnded(task.id, -9))) == {
        ReportKey(task.id, Heard.ENDED), *(AssignmentKey(task.id, wanted) for wanted in Wanted)
    }  # fmt: skip


def test_a_step_of_a_member_that_has_gone_begins_again_and_its_late_end_changes_nothing() -> None:
    engine = an_engine(ONE, job=a_job(order=True, tasks=2))
    add(engine, "1", "2")
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    decision = engine.tell(CrewSeen(()))
    assert AssignmentKey(task.id, Wanted.LAUNCH) in dropped(decision)
    assert engine.tasks[task.id].problem is not None
    again = engine.order("2")
    assert (again.node, again.task_id is not None and again.task_id != task.id) == ("first", True)
    late = heard(engine, task.id, ProcessEnded(task.id, 0))
    assert dropped(late) == {ReportKey(task.id, Heard.ENDED)}
    assert engine.order("2") == again


def test_a_report_of_another_run_of_the_member_is_dropped() -> None:
    engine = an_engine(ONE)
    add(engine, "1", "2")
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    heard(engine, task.id, ProcessEnded(task.id, 0), run="r0")
    assert task.id in engine.world.tasks


def test_a_job_that_is_stopped_starts_nothing_at_any_member() -> None:
    engine = an_engine(ONE, OTHER)
    engine.command(ModifyJob(job="/job", cmd="stop"))
    add(engine, *"123")
    assert places(engine) == []


# -- who leads


def test_the_end_of_the_leading_member_waits_for_its_own_tasks_only() -> None:
    engine = an_engine(ONE)
    add(engine, "1", "2")
    engine.tell(EndRequested())
    engine.tell(GraceOver())
    states = {task.member_run: task.state for task in engine.world.live_tasks()}
    assert states == {"": TaskState.KILLING, "r1": TaskState.STARTING}


def test_whoever_leads_next_goes_on_with_what_others_run() -> None:
    before = an_engine(ONE, more=(LockDefinition("/lock"),), job=a_job(order=True, locks=(LockUse("/lock", False),)))
    add(before, "1", "2")
    running = next(task for task in before.world.live_tasks() if task.member_run == "r1")
    heard(before, running.id, ProcessStarted(running.id, 7))
    after = successor(before, ONE)
    assert [task.id for task in after.world.live_tasks() if task.member_run] == [running.id]
    assert after.world.jobs["/job"].state is JobState.RUNNING
    assert running.id in after.world.holders_of("/lock")
    heard(after, running.id, ProcessEnded(running.id, 0))
    assert after.order("2").node == "second"


def successor(before: Engine, *mates: Mate) -> Engine:
    "A World with the rows of another one: what that ran itself is interrupted, what others run goes on."
    after = Engine(active=False)
    world: World = after.world
    world.counters.update(before.world.counters)
    world.crew.see(mates, world.identity.member_id)
    for order in before.world.orders.values():
        world.put(order)
    for task in before.world.tasks.values():
        world.put(task)
    definitions = [file.definition for file in before.world.files.values() if file.definition is not None]
    after.files(*definitions)
    after.tell(Activated())
    return after


def test_what_the_leading_member_itself_ran_for_the_one_before_counts_as_its_own() -> None:
    before = an_engine(ONE)
    add(before, "1", "2")
    mine = Mate(before.world.identity.member_id, "r1", open=False)
    after = successor(before, mine)
    assert places(after) == ["r1"]  # one task at a time, so the order that was interrupted waits


def test_what_a_member_told_before_it_went_still_counts() -> None:
    engine = an_engine(ONE)
    add(engine, "1", "2")
    task = next(task for task in engine.world.live_tasks() if task.member_run == "r1")
    messages: list[Message] = [
        Reported(ReportKey(task.id, Heard.ENDED), "r1", ProcessEnded(task.id, 0)), CrewSeen(()),
    ]  # fmt: skip
    for message in messages:
        step(engine.world, message, engine.now)
    assert engine.order("2").node == "second"
