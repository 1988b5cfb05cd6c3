"One process for many steps: idle, delayed, waiting for locks, asked to end, killed, dead."

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduler.answers.task import state_word
from scheduler.commands.kill_task import KillTask
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.start_job import StartJob
from scheduler.definitions import LockDefinition, MonitorDefinition, MonitorUse, ProcessClassDefinition, Script
from scheduler.errors import Code, WorkloadError
from scheduler.messages import CallReturned, EndRequested, FileGone, FilesChanged, GraceOver, StartFailed
from scheduler.records import Cause, ObjectKind, TaskState
from scheduler.why import why_order
from tests.support.run_times import run_time
from tests.support.served import Served, a_monitored_job, a_python_job
from tests.support.worlds import START, a_chain, a_job, an_order

REQUESTS = [KillTask(id=1, job="/job"), ModifyJob(job="/job", cmd="end"), ModifyJob(job="/job", cmd="stop")]


def a_served(*more: Any, **values: Any) -> Served:
    return Served(a_python_job(**values), a_chain(), *more).add()


# -- steps


def test_fifty_orders_need_one_task() -> None:
    engine = Served(a_python_job(), a_chain())
    for number in range(50):
        engine.add(str(number))
    engine.opened()
    for _ in range(100):
        engine.returns()
    assert len(engine.begun) == 1
    assert len(engine.runs) == 50
    assert all(run.ended_at is not None for run in engine.runs.values())
    assert engine.task().steps == 100
    assert engine.phase() == "idle"


def test_two_orders_are_worked_on_by_two_tasks_when_the_job_may_have_them() -> None:
    engine = Served(a_python_job(tasks=2), a_chain()).add("1").add("2")
    assert len(engine.begun) == 2


def test_the_states_have_the_words_of_the_protocol() -> None:
    engine = a_served()
    words = [state_word(engine.task())]
    engine.started()
    words.append(state_word(engine.task()))
    for _ in range(2):
        engine.returns()
        words.append(state_word(engine.task()))
    engine.returns()
    engine.returns()
    words.append(state_word(engine.task()))
    engine.later(5)
    words.append(state_word(engine.task()))
    assert words == ["starting", "starting", "opening", "running", "running_waiting_for_order", "ending"]


def test_the_step_knows_its_part_of_the_log() -> None:
    engine = Served(a_python_job(), a_chain()).add("1").add("2")
    engine.started()
    engine.returns(log_end=100)
    engine.returns(log_end=150)
    engine.returns(log_end=220)
    engine.returns(log_end=300)
    assert [(s.log_begin, s.log_end) for s in list(engine.steps.values())[:2]] == [(150, 220), (220, 300)]


def test_a_step_is_told_the_node_and_changed_variables() -> None:
    engine = a_served()
    engine.opened()
    told = engine.order_of_call()
    assert (told["id"], told["state"], told["next_state"], told["error_state"]) == ("1", "first", "second", "failed")
    assert "variables" not in engine.calls[1][-1]


def test_a_job_without_orders_is_called_again_until_it_returns_false() -> None:
    engine = Served(a_python_job(order=False))
    engine.command(StartJob(job="/job"))
    engine.opened()
    assert engine.call() == "process"
    engine.returns()
    engine.returns()
    engine.returns(returned=False)
    assert engine.call() == "end"
    engine.ends()
    assert (engine.tasks[1].steps, engine.tasks[1].problem) == (3, None)


def test_the_next_step_waits_for_the_delay_that_the_script_wants() -> None:
    engine = Served(a_python_job(order=False))
    engine.command(StartJob(job="/job"))
    engine.opened()
    engine.returns(task={"delay": 30})
    assert state_word(engine.task()) == "running_delayed"
    assert len(engine.calls[1]) == 3
    engine.later(30)
    assert len(engine.calls[1]) == 4


# -- the end


def test_an_idle_task_ends_when_its_idle_time_is_over() -> None:
    engine = a_served(idle_timeout=5.0)
    engine.opened()
    engine.returns()
    engine.returns()
    engine.later(4.9)
    assert engine.phase() == "idle"
    engine.later(0.2)
    engine.ends()
    assert engine.tasks[1].state is TaskState.ENDED
    assert engine.job().state == "pending"


def test_an_order_begins_the_idle_time_anew() -> None:
    engine = a_served(idle_timeout=5.0)
    engine.opened()
    engine.returns()
    engine.returns()
    engine.later(3)
    engine.add("2")
    engine.returns()
    engine.returns()
    engine.later(3)
    assert engine.phase() == "idle"
    engine.later(2.1)
    assert engine.call() == "end"


def test_min_tasks_are_kept_although_their_idle_time_is_over() -> None:
    engine = Served(a_python_job(tasks=3, min_tasks=2, idle_timeout=1.0), a_chain())
    assert list(engine.begun) == [1, 2]
    assert {task.cause for task in engine.tasks.values()} == {Cause.MIN_TASKS}
    for number in (1, 2):
        engine.opened(number)
    engine.later(2)
    assert [engine.phase(number) for number in (1, 2)] == ["idle", "idle"]


def test_force_idle_timeout_ends_them_and_others_take_their_place() -> None:
    engine = Served(a_python_job(tasks=1, min_tasks=1, idle_timeout=1.0, force_idle_timeout=True), a_chain())
    engine.opened()
    engine.later(2)
    engine.ends()
    assert list(engine.begun) == [1, 2]


def test_a_task_that_ends_at_once_is_not_replaced_for_min_tasks() -> None:
    engine = Served(a_python_job(tasks=1, min_tasks=1), a_chain())
    engine.started()
    engine.returns(returned=False)
    engine.ends()
    assert list(engine.begun) == [1]


def test_min_tasks_of_a_shell_job_start_nothing() -> None:
    engine = Served(a_job(order=True, min_tasks=0), a_chain())
    assert not engine.launched


@pytest.mark.parametrize("command", REQUESTS)
def test_a_task_that_is_asked_to_end_ends_after_its_step(command: object) -> None:
    engine = a_served()
    engine.add("2")
    engine.opened()
    engine.command(command)
    assert engine.call() == "process"
    engine.returns()
    assert engine.call() == "end"
    assert engine.order().node == "second"


@pytest.mark.parametrize("command", REQUESTS)
def test_an_idle_task_that_is_asked_to_end_ends_at_once(command: object) -> None:
    engine = a_served()
    engine.opened()
    engine.returns()
    engine.returns()
    engine.command(command)
    assert engine.call() == "end"


def test_a_task_asked_to_end_before_its_first_step_gives_its_order_back() -> None:
    engine = a_served()
    engine.started()
    engine.command(KillTask(id=1, job="/job"))
    engine.command(ModifyJob(job="/job", cmd="stop"))
    engine.returns()
    engine.returns()
    assert engine.call() == "end"
    assert (engine.order().node, engine.order().task_id) == ("first", None)


def test_the_end_of_the_engine_ends_idle_tasks() -> None:
    engine = a_served()
    engine.opened()
    engine.returns()
    engine.returns()
    engine.tell(EndRequested())
    assert engine.call() == "end"


def test_a_task_ends_after_its_step_when_the_engine_ends() -> None:
    engine = a_served()
    engine.opened()
    engine.tell(EndRequested())
    engine.returns()
    assert engine.call() == "end"


def test_tasks_killed_at_the_end_of_the_engine_begin_their_step_again() -> None:
    engine = a_served()
    engine.opened()
    engine.tell(EndRequested())
    engine.tell(GraceOver())
    assert [kill.server for kill in engine.kills] == [True]
    engine.dies(-15)
    assert (engine.order().node, engine.order().task_id) == ("first", None)
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.code == "STELLWERK-021"


def test_the_end_of_the_period_ends_idle_tasks() -> None:
    until = (START + timedelta(seconds=60)).strftime("%H:%M:%S")
    times = run_time(f'<run_time time_zone="UTC"><period begin="00:00" end="{until}"/></run_time>')
    engine = a_served(idle_timeout=None, run_time=times)
    engine.opened()
    engine.returns()
    engine.returns()
    assert engine.phase() == "idle"
    engine.later(61)
    assert engine.call() == "end"


def test_a_changed_file_ends_idle_tasks() -> None:
    engine = a_served()
    engine.opened()
    engine.returns()
    engine.returns()
    engine.files(a_python_job(title="new"), written_at=START + timedelta(seconds=1))
    assert engine.call() == "end"
    engine.ends()
    assert engine.job().definition.title == "new"


def test_an_idle_task_makes_room_for_another_job_of_its_process_class() -> None:
    few = ProcessClassDefinition("/few", 1)
    engine = Served(
        few, a_python_job(process_class="/few", idle_timeout=None), a_chain(), a_job("/other", process_class="/few")
    ).add()
    engine.opened()
    engine.returns()
    engine.returns()
    engine.command(StartJob(job="/other"))
    assert engine.call() == "end"
    engine.ends()
    assert list(engine.shells) == [2]


def test_a_job_that_lacks_its_monitor_is_incomplete_and_its_idle_task_ends() -> None:
    monitor = MonitorDefinition("/m", Script("python", "pass"))
    engine = Served(monitor, a_python_job(monitors=(MonitorUse("m", None, monitor="/m"),)), a_chain()).add()
    assert engine.begun[1]["job"]["monitors"] == [("m", 1, "pass")]
    engine.opened()
    engine.returns()
    engine.returns()
    engine.tell(FilesChanged((FileGone(ObjectKind.MONITOR, "/m"),)))
    assert engine.call() == "end"


# -- errors


def test_an_exception_ends_the_task() -> None:
    engine = a_served()
    engine.add("2")
    engine.opened()
    engine.returns(error={"text": "ValueError: no"})
    assert engine.call() == "end"
    assert engine.calls[1][-1]["failed"] is True
    engine.ends()
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.text == "ValueError: no"
    assert list(engine.begun) == [1, 2]


def test_a_killed_task_server_is_a_task_error_and_its_order_follows_stop_on_error() -> None:
    engine = a_served(stop_on_error=True)
    engine.opened()
    engine.dies(-9)
    assert (engine.order().node, engine.order().task_id) == ("first", None)
    assert engine.job().state == "stopped"
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.code == "SCHEDULER-279"


def test_a_task_server_that_goes_by_itself_is_a_task_error() -> None:
    engine = a_served()
    engine.opened()
    engine.dies(0)
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.code == "STELLWERK-025"
    assert engine.steps[1, 1].problem == engine.tasks[1].problem


def test_a_task_server_that_cannot_be_started_is_a_task_error() -> None:
    engine = a_served()
    problem = WorkloadError(Code.NOT_STARTED, problem="no").problem
    engine.tell(StartFailed(1, problem))
    assert engine.tasks[1].problem == problem


def test_a_call_that_takes_too_long_is_killed_but_not_a_task_that_lives_long() -> None:
    engine = a_served(timeout=10.0, idle_timeout=None)
    engine.opened()
    engine.later(6)
    engine.returns()
    engine.later(6)
    assert not engine.kills
    engine.later(4)
    assert [kill.server for kill in engine.kills] == [True]
    engine.dies(-15)
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.code == "SCHEDULER-272"


def test_an_idle_task_has_no_timeout() -> None:
    engine = a_served(timeout=10.0, idle_timeout=None)
    engine.opened()
    engine.returns()
    engine.returns()
    engine.later(1000)
    assert not engine.kills
    assert engine.phase() == "idle"


def test_kill_task_immediately_kills_the_task_server() -> None:
    engine = a_served()
    engine.opened()
    engine.command(KillTask(id=1, job="/job", immediately=True))
    (kill,) = engine.kills
    assert (kill.grace, kill.server) == (0.0, True)
    engine.dies(-9)
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.code == "SCHEDULER-728"


def test_a_step_that_was_cut_short_by_a_kill_leaves_its_order_to_the_end_of_the_process() -> None:
    engine = a_served()
    engine.opened()
    engine.command(KillTask(id=1, job="/job", immediately=True, timeout=5.0))
    engine.returns(error={"text": "The task is being terminated"}, terminated=True)
    assert engine.order().task_id == 1
    engine.dies(-15)
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.code == "SCHEDULER-728"


def test_a_killed_shell_process_leaves_its_monitors_their_say() -> None:
    engine = Served(a_monitored_job(), a_chain()).add()
    engine.started()
    engine.returns()
    engine.returns()
    engine.command(KillTask(id=1, job="/job", immediately=True, timeout=5.0))
    assert [kill.server for kill in engine.kills] == [False]
    engine.shell_ends(-15)
    assert engine.call() == "after"
    engine.returns(returned=False)
    engine.ends()
    assert engine.tasks[1].problem is not None
    assert (engine.tasks[1].problem.code, engine.tasks[1].exit_code) == ("SCHEDULER-728", -15)


def test_a_shell_process_whose_task_server_dies_is_killed() -> None:
    engine = Served(a_monitored_job(stop_on_error=True), a_chain()).add()
    engine.started()
    engine.returns()
    engine.returns()
    engine.dies(-9)
    assert [(kill.server, kill.grace) for kill in engine.kills] == [(False, 0)]
    engine.shell_ends(-9)
    assert engine.order().task_id is None
    assert engine.tasks[1].problem is not None


def test_repeat_starts_the_job_again_and_goes_before_stop_on_error() -> None:
    engine = Served(a_python_job(order=False, stop_on_error=True))
    engine.command(StartJob(job="/job"))
    engine.opened()
    engine.returns(error={"text": "ValueError: no"}, task={"repeat": 60})
    engine.ends()
    assert engine.job().state == "pending"
    engine.later(60)
    assert list(engine.begun) == [1, 2]


# -- locks


def test_a_lock_of_a_step_is_given_back_after_it() -> None:
    engine = Served(LockDefinition("/l"), a_python_job(idle_timeout=None), a_chain()).add()
    engine.opened()
    assert engine.asks_lock("/l") is True
    assert engine.asks_lock("/l") is True
    assert dict(engine.world.holders_of("/l")) == {1: True}
    engine.returns()
    assert not engine.world.holders_of("/l")


def test_a_lock_of_the_opening_is_held_until_the_end() -> None:
    engine = Served(LockDefinition("/l"), a_python_job(idle_timeout=None), a_chain()).add()
    engine.started()
    engine.returns()
    assert engine.asks_lock("/l") is True
    engine.returns()
    engine.returns()
    assert dict(engine.world.holders_of("/l")) == {1: True}


def test_a_step_that_waits_for_a_lock_is_called_again_when_it_is_free() -> None:
    engine = Served(LockDefinition("/l"), a_python_job(tasks=2, idle_timeout=None), a_chain()).add("1").add("2")
    engine.opened(1)
    engine.opened(2)
    assert engine.asks_lock("/l", task_id=1) is True
    assert engine.asks_lock("/l", task_id=2) is False
    engine.returns(2, again_when_locks=True)
    assert state_word(engine.task(2)) == "running_waiting_for_locks"
    assert engine.order("2").task_id == 2
    assert [(obstacle.kind, obstacle.object) for obstacle in why_order(engine.world, engine.order("2"))] == [
        ("waiting_for_lock", "/l")
    ]
    calls = len(engine.calls[2])
    engine.returns(1)
    assert len(engine.calls[2]) == calls + 1
    assert (engine.call(2), engine.order_of_call(2)["id"]) == ("process", "2")


@pytest.mark.parametrize(("lock", "code"), [("/l", "SCHEDULER-161"), ("../l", "SCHEDULER-461")])
def test_a_lock_that_there_is_not_is_refused(lock: str, code: str) -> None:
    engine = a_served()
    engine.opened()
    engine.asks_lock(lock)
    assert engine.calls[1][-1]["code"] == code


def test_permanent_orders_come_to_an_idle_task_round_after_round() -> None:
    engine = Served(a_python_job(idle_timeout=None), a_chain(), an_order("p"))
    engine.opened()
    engine.returns()
    engine.returns()
    assert engine.phase() == "idle"
    assert engine.order("p").node == "first"


def test_a_suspended_job_begins_no_further_step_until_it_goes_on() -> None:
    engine = a_served(idle_timeout=None).add("2")
    engine.opened()
    engine.command(ModifyJob(job="/job", cmd="suspend"))
    assert state_word(engine.task()) == "running"
    engine.returns()
    assert state_word(engine.task()) == "suspended"
    engine.command(ModifyJob(job="/job", cmd="continue"))
    assert engine.call() == "process"
    assert state_word(engine.task()) == "running"


def test_a_result_that_nobody_has_asked_for_changes_nothing() -> None:
    engine = a_served()
    engine.opened()
    before = engine.order()
    for call in ("begin", "open", "before", "after"):
        engine.tell(CallReturned(1, {"call": call, "ok": True, "returned": True, "log_end": 0}))
    assert engine.order() == before
    assert engine.call() == "process"


def test_a_start_by_command_takes_the_place_of_an_idle_task() -> None:
    engine = a_served(idle_timeout=None)
    engine.opened()
    engine.returns()
    engine.returns()
    engine.command(StartJob(job="/job"))
    assert engine.call() == "end"
    engine.ends()
    assert list(engine.begun) == [1, 2]
