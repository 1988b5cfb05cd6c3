"Task servers live at any member: what is said to them is recorded, and whoever leads next goes on with them."

from __future__ import annotations

from typing import Any

import pytest

from scheduler.actions import Call, ExecuteForTask, Launch, RingMember
from scheduler.cluster.assignment import HERE, Assignment, AssignmentKey, Mate, ReportKey, Wanted
from scheduler.cluster.relay import heard
from scheduler.cluster.talk import spoken
from scheduler.cluster.wire import action_of, entry_of, message_from
from scheduler.commands.add_order import AddOrder
from scheduler.commands.modify_job import ModifyJob
from scheduler.definitions import LockDefinition, NodeDefinition, ProcessClassDefinition
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.messages import (
    CallReturned,
    CommandAnswered,
    CommandAsked,
    CrewSeen,
    EndRequested,
    LockAsked,
    Said,
    ServerEnded,
    ServerStarted,
    StartFailed,
    TakenBack,
)  # fmt: skip
from scheduler.records import OrderState
from tests.support.served import a_python_job
from tests.support.served_elsewhere import ONE, OTHER, ServedElsewhere
from tests.support.worlds import a_chain


class Alone(ServedElsewhere):
    "One other member, which runs task 2, of order 2, while task 1 of the leading member has order 1."

    mates = (ONE,)


def an_engine(*more: Any, **values: Any) -> Alone:
    engine = Alone(a_python_job(**values), a_chain(distributed=True), *more)
    engine.add("1").add("2")
    assert [task.member_run for task in engine.world.live_tasks()] == [HERE, "r1"]
    return engine


def call_row(engine: Alone, task_id: int = 2) -> Any:
    return spoken(engine.rows[AssignmentKey(task_id, Wanted.CALL)])


# -- to them


def test_a_start_brings_the_script_and_each_call_a_row_and_a_word() -> None:
    engine = an_engine()
    launch = action_of(engine.rows[AssignmentKey(2, Wanted.LAUNCH)])
    assert isinstance(launch, Launch)
    assert launch.begin is not None
    assert "spooler_process" in launch.begin["job"]["script"]
    assert launch.script.text == ""
    engine.started(2)
    decision = engine.returns(2)
    row = engine.rows[AssignmentKey(2, Wanted.CALL)]
    assert [action for action in decision.actions if isinstance(action, Call | RingMember)] == [RingMember("r1", row)]
    assert [message["type"] for message in call_row(engine).messages] == ["open"]


def test_what_has_come_there_need_not_be_told_again() -> None:
    engine = an_engine()
    engine.opened(2)
    assert [message["type"] for message in call_row(engine).messages] == ["process"]
    engine.made[2] -= 1  # the word is lost, and so is the row
    engine.asks_lock("/none", task_id=2)
    assert [message["type"] for message in call_row(engine).messages] == ["process", "answer"]
    said = engine.world.crew.talks[2].said
    for came, open_ in ((said - 1, ["answer"]), (said - 2, ["answer"]), (said, [])):
        assert list(heard(engine.world, Said(2, 1, (), came))) == []
        assert [message["type"] for message in engine.world.crew.talks[2].messages] == open_
    engine.good(1, 2)
    assert [message["order"]["state"] for message in call_row(engine).messages] == ["second"]


@pytest.mark.parametrize(
    "message",
    [
        ServerStarted(7, 4711), StartFailed(7, Problem("X-1", "no", 1, 2)), CallReturned(7, {"call": "open"}),
        LockAsked(7, 1, "/lock", True), CommandAsked(7, 2, "<show_state/>"), TakenBack(7, (3, 4)),
        ServerEnded(7, -9, (1,)),
    ],
)  # fmt: skip
def test_what_is_told_of_a_task_server_comes_over_as_it_was_told(message: Any) -> None:
    assert message_from(7, entry_of(message)) == message


def test_an_entry_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="says nothing"):
        message_from(7, [])


# -- from them


def test_what_comes_before_something_that_is_missing_counts_and_the_rest_waits() -> None:
    engine = an_engine()
    first, third = entry_of(ServerStarted(2, 9)), entry_of(ServerEnded(2, 1))
    assert [type(each) for each in heard(engine.world, Said(2, 1, (first,), 0))] == [ServerStarted]
    assert list(heard(engine.world, Said(2, 3, (third,), 0))) == []
    both = Said(2, 1, (first, entry_of(ServerEnded(2, 0))), 0)
    assert list(heard(engine.world, both)) == [ServerEnded(2, 0)]
    assert list(heard(engine.world, both)) == []


def test_the_end_takes_all_rows_of_the_task_along() -> None:
    engine = an_engine()
    engine.opened(2)
    decision = engine.dies(1, 2)
    dropped = {key for change in decision.changes for kind, key in change.drop if kind is Assignment}
    assert dropped == {AssignmentKey(2, Wanted.LAUNCH), AssignmentKey(2, Wanted.CALL)}
    assert [key for key in engine.rows if key.task_id == 2] == []
    assert engine.world.crew.talks.keys() == {task.id for task in engine.world.live_tasks() if task.member_run}


def test_a_row_that_says_nothing_new_goes() -> None:
    engine = an_engine()
    reported = engine.reported(ServerStarted(2, 9), recorded=True)
    engine._keep(super(ServedElsewhere, engine).tell(reported))
    again = super(ServedElsewhere, engine).tell(reported)
    assert [change.drop[0][1] for change in again.changes] == [ReportKey(2, reported.report.heard)]


def test_a_command_of_a_script_is_carried_out_by_the_leading_member() -> None:
    engine = an_engine()
    engine.opened(2)
    decision = engine.tell(CommandAsked(2, 1, "<show_state/>"))
    assert ExecuteForTask(2, 1, "<show_state/>") in decision.actions
    engine.tell(CommandAnswered(2, 1, "<spooler/>"))
    assert engine.calls[2][-1] == {"type": "answer", "id": 1, "text": "<spooler/>"}


def test_locks_of_scripts_count_in_the_whole_cluster() -> None:
    engine = an_engine(LockDefinition("/lock"))
    engine.opened(1)
    engine.opened(2)
    assert engine.asks_lock("/lock", task_id=2)
    assert not engine.asks_lock("/lock", task_id=1)
    engine.good(1, 2)
    assert engine.asks_lock("/lock", task_id=1)


# -- when members come and go


def test_whoever_leads_next_goes_on_with_the_step_and_its_limits() -> None:
    engine = an_engine(LockDefinition("/lock"), timeout=60)
    engine.opened(2)
    engine.asks_lock("/lock", task_id=2)
    before = engine.task(2)
    engine.next_leader()
    after = engine.task(2)
    assert after.server is not None
    assert before.server is not None
    assert after.order_id == "2"
    assert (after.server.phase, after.server.look_at) == (before.server.phase, before.server.look_at)
    assert set(engine.world.holders_of("/lock")) == {2}
    engine.good(1, 2)
    assert engine.order("2").node == "second"
    assert not engine.world.holders_of("/lock")
    engine.later(61)
    assert [kill.task_id for kill in engine.kills if kill.task_id == 2] == [2]


def test_a_command_that_was_begun_when_the_leading_member_died_is_answered_with_an_error() -> None:
    engine = an_engine()
    engine.opened(2)
    engine.tell(CommandAsked(2, 5, "<show_state/>"))
    engine.next_leader()
    lost = WorkloadError(Code.COMMAND_LOST).problem
    assert engine.calls[2][-1] == {"type": "answer", "id": 5, "error": lost.text, "code": lost.code}


def test_what_the_script_did_to_be_forgotten_is_not_forgotten() -> None:
    engine = an_engine()
    engine.opened(2)
    engine.command(ModifyJob(job="/job", cmd="end"))
    engine.next_leader()
    engine.good(1, 2)
    assert engine.call(2) == "end"


def test_the_end_of_the_leading_member_leaves_task_servers_of_others_alone() -> None:
    engine = an_engine()
    engine.opened(1)
    engine.opened(2)
    engine.tell(EndRequested())
    for task_id in (1, 2):
        engine.good(1, task_id)
    assert [engine.call(task_id) for task_id in (1, 2)] == ["end", "process"]


def test_task_servers_of_a_member_that_leaves_end_after_their_step() -> None:
    engine = an_engine()
    engine.opened(1)
    engine.opened(2)
    engine.tell(CrewSeen((Mate(ONE.member_id, ONE.run, open=False),)))
    for task_id in (1, 2):
        engine.good(1, task_id)
    assert [engine.call(task_id) for task_id in (1, 2)] == ["process", "end"]


def test_what_a_member_that_dies_was_handed_begins_again_elsewhere() -> None:
    engine = an_engine(tasks=1)
    for order in "345678":
        engine.add(order)
    engine.opened(2)
    engine.good(1, 2)
    while len(engine.handed(2)) < 2:
        engine.good(1, 2)
    handed = engine.handed(2)
    engine.tell(CrewSeen((OTHER,)))
    states = {order: engine.order(order).state for order in handed}
    assert {engine.order(order).task_id for order in handed} <= {None, 1, 3}
    assert OrderState.WAITING in states.values()
    assert 2 not in engine.world.crew.talks


# -- limits


def test_idle_ones_take_orders_of_distributed_chains_only() -> None:
    engine = Alone(a_python_job(), a_chain(distributed=True), a_chain("/own"))
    engine.add("1").add("2")
    engine.opened(2)
    while engine.phase(2) != "idle":
        engine.good(len(engine.handed(2)), 2)
    engine.command(_own("3"))
    assert engine.phase(2) == "idle"
    assert engine.order("3", "/own").state is OrderState.WAITING


def test_an_idle_one_makes_room_for_what_may_run_there() -> None:
    few = ProcessClassDefinition("/few", 1)
    engine = Alone(
        a_python_job(process_class="/few", idle_timeout=None), a_python_job("/b", process_class="/few"), few,
        a_chain(distributed=True), _chain_of("/b"),
    )  # fmt: skip
    engine.add("1").add("2")
    engine.opened(2)
    while engine.phase(2) != "idle":
        engine.good(len(engine.handed(2)), 2)
    engine.command(_own("3"))
    assert engine.call(2) == "end"
    engine.ends(2)
    (task,) = engine.world.tasks_of("/b")
    assert task.member_run == "r1"


def _own(order: str) -> Any:
    return AddOrder(job_chain="/own", id=order)


def _chain_of(job: str) -> Any:
    return a_chain("/own", NodeDefinition("1", job, "done", "done"), NodeDefinition("done"), distributed=True)
