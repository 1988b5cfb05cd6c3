"""Shell jobs with monitors run at any member: their task server starts the monitors, and calls start the shell process
that these embrace; whoever leads next goes on with both."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scheduler.actions import Launch, RingMember
from scheduler.changes import Kind
from scheduler.cluster.assignment import HERE, Assignment, AssignmentKey, Wanted
from scheduler.cluster.talk import spoken
from scheduler.cluster.wire import message_from, message_of, report_of, shell_entry_of
from scheduler.commands.kill_task import KillTask
from scheduler.errors import Code, Problem
from scheduler.messages import CrewSeen, ProcessEnded, ServerEnded, StartFailed
from scheduler.records import OrderState, Task
from scheduler.task.usage import Usage
from tests.support.served import a_monitored_job
from tests.support.served_elsewhere import ONE, ServedElsewhere
from tests.support.worlds import a_chain


class Alone(ServedElsewhere):
    "One other member, which runs task 2, of order 2, while task 1 of the leading member has order 1."

    mates = (ONE,)


def an_engine(**values: Any) -> Alone:
    engine = Alone(a_monitored_job(order=True, **values), a_chain(distributed=True))
    engine.add("1").add("2")
    assert [task.member_run for task in engine.world.live_tasks()] == [HERE, "r1"]
    return engine


def with_shell(**values: Any) -> Alone:
    "The monitors of task 2 have begun, and its shell process is to run."
    engine = an_engine(**values)
    engine.started(2)
    for _ in ("begin", "before"):
        engine.returns(2)
    assert engine.phase(2) == "shell"
    return engine


def ended_task(engine: Alone, task_id: int = 2) -> Task:
    task: Task = engine.stored[Task, task_id]
    assert task.ended_at is not None
    return task


# -- one step


def test_the_shell_process_is_a_call_that_is_recorded_and_said() -> None:
    engine = an_engine()
    engine.started(2)
    engine.returns(2)
    decision = engine.returns(2, order={"params": {"set": "by monitor"}})
    row = engine.rows[AssignmentKey(2, Wanted.CALL)]
    assert [each for each in decision.actions if isinstance(each, Launch | RingMember)] == [RingMember("r1", row)]
    assert [message["type"] for message in spoken(row).messages] == ["shell"]
    shell = engine.shells[2]
    assert (shell.script.text, shell.joins, shell.log_file) == ("exit 0", True, engine.task(2).log_file)
    assert shell.environment["SCHEDULER_PARAM_SET"] == "by monitor"


def test_its_monitors_have_their_say_and_the_order_goes_on() -> None:
    engine = with_shell()
    engine.shell_ends(3, 2, first_line="from shell", return_values="a=b\n", usage=Usage(1.0, 0.5, 7, False, 1, 2))
    assert engine.call(2) == "after"
    assert engine.calls[2][-1]["returned"] is False
    engine.returns(2, returned=True, decided=True)
    order = engine.order("2")
    assert (order.node, order.state_text) == ("second", "from shell")
    decision = engine.ends(2)
    dropped = {key for change in decision.changes for kind, key in change.drop if kind is Assignment}
    assert dropped == {AssignmentKey(2, Wanted.LAUNCH), AssignmentKey(2, Wanted.CALL)}
    used = ended_task(engine).usage
    assert used is not None
    assert used.user_seconds == 1.0


def test_a_shell_process_that_cannot_start_is_no_end_of_the_task() -> None:
    engine = with_shell()
    engine.shells.clear()
    decision = engine.tell(StartFailed(2, Problem("X-1", "no shell", 1, 2)))
    assert not [key for change in decision.changes for kind, key in change.drop if kind is Assignment]
    assert engine.call(2) == "after"
    engine.returns(2, returned=False)
    engine.ends(2)
    assert ended_task(engine).problem == Problem("X-1", "no shell", 1, 2)


@pytest.mark.parametrize(
    "message",
    [
        StartFailed(7, Problem("X-1", "no", 1, 2)), ProcessEnded(7, 0),
        ProcessEnded(7, -9, "line", "a=b\n", 4711, "error", lost=True, usage=Usage(1.0, 0.5, 7, False, 1, 2)),
    ],
)  # fmt: skip
def test_what_is_told_of_a_shell_process_comes_over_as_it_was_told(message: Any) -> None:
    assert message_from(7, json.loads(json.dumps(shell_entry_of(message)))) == message
    assert message_of(report_of(message, "r1")) == message


# -- ends before its time


def test_a_kill_ends_the_shell_process_alone_and_goes_with_the_calls() -> None:
    engine = with_shell()
    engine.command(KillTask(job="/job", id=2, immediately=True))
    assert [(kill.task_id, kill.server) for kill in engine.kills] == [(2, False)]
    assert AssignmentKey(2, Wanted.KILL) not in engine.rows
    engine.shell_ends(-9, 2)
    engine.returns(2, returned=False)
    engine.ends(2)
    problem = ended_task(engine).problem
    assert problem is not None
    assert problem.code == Code.KILLED.code


def test_the_timeout_is_that_of_the_whole_task_whoever_leads() -> None:
    engine = with_shell(timeout=60)
    engine.next_leader()
    engine.later(59)
    assert engine.kills == []
    engine.later(2)
    assert [(kill.task_id, kill.reason != "") for kill in engine.kills] == [(2, True)]


def test_when_its_task_server_dies_both_are_gone_when_that_is_told() -> None:
    engine = with_shell()
    engine.dies(-9, 2)
    assert engine.kills == []
    problem = ended_task(engine).problem
    assert problem is not None
    assert problem.code == Code.SIGNALLED.code
    assert AssignmentKey(2, Wanted.CALL) not in engine.rows


@pytest.mark.parametrize("task_id", [1, 2], ids=["here", "at another member"])
def test_a_shell_process_that_is_lost_with_the_starter_begins_again(task_id: int) -> None:
    engine = an_engine(tasks=1)
    engine.started(task_id)
    for _ in ("begin", "before"):
        engine.returns(task_id)
    engine.shell_ends(-9, task_id, lost=True)
    assert [kill.task_id for kill in engine.kills] == [task_id]
    engine.dies(-9, task_id)
    problem = ended_task(engine, task_id).problem
    assert problem is not None
    assert problem.code == Code.INTERRUPTED.code
    order = engine.order(str(task_id))
    assert (order.node, order.state) == ("first", OrderState.RUNNING)
    assert order.task_id != task_id


# -- when members come and go


@pytest.mark.parametrize("at", ["begin", "before", "shell", "after", "end"])
def test_whoever_leads_next_goes_on_wherever_the_step_is(at: str) -> None:
    engine = an_engine()
    for phase in ("begin", "before", "shell", "after", "end"):
        if phase == at:
            before = engine.task(2).server
            engine.next_leader()
            after = engine.task(2).server
            assert before is not None
            assert after is not None
            assert (after.phase, after.shell_values, after.shell_problem) == (
                before.phase, before.shell_values, before.shell_problem)
        if phase == "begin":
            engine.started(2)
        if phase == "shell":
            engine.shell_ends(4, 2, first_line="said", return_values="a=b\n")
        elif phase == "end":
            engine.ends(2)
        else:
            engine.returns(2, decided=phase == "after")
    order = engine.order("2")
    assert (order.node, order.state_text, order.params.get("a")) == ("second", "said", "b")
    ended_task(engine)


def test_its_step_begins_again_when_the_member_dies() -> None:
    engine = with_shell(tasks=1)
    decision = engine.tell(CrewSeen(()))
    assert Kind.ORDER_STEP_ENDED in [change.kind for change in decision.changes]
    assert (engine.order("2").node, engine.order("2").state) == ("first", OrderState.WAITING)
    assert [key for key in engine.rows if key.task_id == 2] == []
    late = engine.reported(ServerEnded(2, 0), recorded=True)
    assert [change.kind for change in engine.tell(late).changes] == [Kind.TASK_REPORTED]
