"""Jobs and their tasks: starting, stopping, errors, delays, kills, timeouts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduler.actions import Kill, Launch
from scheduler.commands.add_order import AddOrder
from scheduler.commands.kill_task import KillTask
from scheduler.commands.modify_job import ModifyJob
from scheduler.commands.modify_spooler import ModifySpooler
from scheduler.commands.show_job import ShowJob
from scheduler.commands.start_job import StartJob
from scheduler.definitions import ErrorDelay, NodeDefinition
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.messages import GraceOver, ProcessStarted, StartFailed, TimeReached
from scheduler.params import Params
from scheduler.records import Cause, JobState, TaskState
from scheduler.timers import FEWEST
from scheduler.why import why_job
from tests.support.worlds import Engine, a_chain, a_job, an_order


def test_a_job_without_trigger_starts_only_by_command() -> None:
    engine = Engine(a_job())
    assert not engine.launched
    assert why_job(engine.world, engine.world.jobs["/job"])[0].kind == "no_start"
    engine.command(StartJob(job="/job"))
    assert engine.world.jobs["/job"].state is JobState.RUNNING
    engine.run()
    assert engine.world.jobs["/job"].state is JobState.PENDING
    assert (engine.tasks[1].cause, engine.tasks[1].state) == (Cause.QUEUE, TaskState.ENDED)


def test_a_start_for_later_waits_in_the_queue() -> None:
    engine = Engine(a_job())
    engine.command(StartJob(job="/job", at="now+30"))
    assert not engine.launched
    engine.later(30)
    assert engine.launched
    assert engine.tasks[1].cause is Cause.QUEUE_AT


def test_no_more_tasks_run_at_once_than_allowed() -> None:
    engine = Engine(a_job(tasks=2))
    for _ in range(5):
        engine.command(StartJob(job="/job"))
    assert len(engine.launched) == 2
    engine.end()
    assert len(engine.launched) == 2
    engine.run()
    assert len(engine.tasks) == 5


def test_the_process_class_limits_all_jobs_together_and_the_longest_waiting_is_next() -> None:
    engine = Engine(a_job("/a", tasks=9), a_job("/b"), a_job("/c"), max_processes=2)
    for path in ("/a", "/a", "/b", "/c", "/a"):
        engine.command(StartJob(job=path))
    assert [launch.job for launch in engine.launched.values()] == ["/a", "/a"]
    assert why_job(engine.world, engine.world.jobs["/b"])[0].kind == "waiting_for_process"
    engine.end()
    assert [launch.job for launch in engine.launched.values()] == ["/a", "/b"]
    engine.end()
    assert [launch.job for launch in engine.launched.values()] == ["/b", "/c"]
    engine.run()
    assert len(engine.tasks) == 5


@pytest.mark.parametrize(("stop_on_error", "state"), [(True, JobState.STOPPED), (False, JobState.PENDING)])
def test_an_error_stops_the_job_unless_told_otherwise(stop_on_error: bool, state: JobState) -> None:
    engine = Engine(a_job(stop_on_error=stop_on_error))
    engine.command(StartJob(job="/job"))
    engine.end(exit_code=1)
    assert engine.world.jobs["/job"].state is state
    assert engine.world.jobs["/job"].problem is not None


def test_a_stopped_job_keeps_its_queue_and_a_forced_start_unstops_it() -> None:
    engine = Engine(a_job())
    engine.command(ModifyJob(job="/job", cmd="stop"))
    engine.command(StartJob(job="/job", force=False))
    assert not engine.launched
    assert engine.world.queued_count("/job") == 1
    engine.command(StartJob(job="/job"))
    engine.run()
    assert len(engine.tasks) == 2


def test_stopping_waits_for_the_running_task() -> None:
    engine = Engine(a_job())
    engine.command(StartJob(job="/job"))
    engine.command(ModifyJob(job="/job", cmd="stop"))
    assert engine.world.jobs["/job"].state is JobState.STOPPING
    engine.end()
    assert engine.world.jobs["/job"].state is JobState.STOPPED


def test_delay_after_error_starts_the_task_again_with_its_parameters_until_it_says_stop() -> None:
    delays = (ErrorDelay(1, 10.0), ErrorDelay(2, 20.0), ErrorDelay(3, None))
    engine = Engine(a_job(stop_on_error=True, delays_after_error=delays))
    engine.command(StartJob(job="/job", params=Params({"x": "1"})))
    engine.end(exit_code=1)
    assert not engine.launched
    engine.later(10)
    assert engine.tasks[2].cause is Cause.DELAY_AFTER_ERROR
    assert dict(engine.tasks[2].params) == {"x": "1"}
    engine.end(exit_code=1)
    engine.later(19)
    assert not engine.launched
    engine.later(1)
    engine.end(exit_code=1)
    assert engine.world.jobs["/job"].state is JobState.STOPPED
    assert not engine.world.queued_count("/job")


def test_a_good_task_ends_the_series_of_errors() -> None:
    engine = Engine(a_job(delays_after_error=(ErrorDelay(1, 0.0), ErrorDelay(2, None))))
    engine.command(StartJob(job="/job"))
    engine.run([1])
    assert engine.world.jobs["/job"].errors_in_a_row == 0
    engine.command(StartJob(job="/job"))
    engine.run([1])
    assert engine.world.jobs["/job"].state is JobState.PENDING


@pytest.mark.parametrize(
    ("values", "grace"),
    [({}, 0.0), ({"timeout": 5.0}, 5.0), ({"timeout": None}, None)],
)
def test_killing_by_command_follows_the_given_ladder(values: dict[str, Any], grace: float | None) -> None:
    engine = Engine(a_job())
    engine.command(StartJob(job="/job"))
    decision = engine.command(KillTask(id=1, job="/job", immediately=True, **values))
    assert next(action for action in decision.actions if isinstance(action, Kill)).grace == grace
    engine.end(exit_code=-9)
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.code == "SCHEDULER-728"
    assert engine.tasks[1].exit_code == -9


def test_timeout_of_kill_task_needs_immediately() -> None:
    engine = Engine(a_job())
    with pytest.raises(WorkloadError) as refusal:
        engine.command(KillTask(id=1, job="/job", timeout=5.0))
    assert refusal.value.code is Code.ONLY_WITH


def test_a_queued_task_is_taken_out_by_killing_it() -> None:
    engine = Engine(a_job())
    engine.command(StartJob(job="/job", at="now+60"))
    engine.command(KillTask(id=1, job="/job"))
    assert not engine.world.queued_count("/job")
    engine.later(60)
    assert not engine.launched


def test_a_timeout_kills_the_task_and_is_its_error() -> None:
    engine = Engine(a_job(timeout=30.0))
    engine.command(StartJob(job="/job"))
    engine.tell(ProcessStarted(1, 99))
    assert not engine.later(29).actions
    kill = engine.later(1).actions[0]
    assert isinstance(kill, Kill)
    assert kill.grace == 0.0
    assert engine.world.tasks[1].state is TaskState.KILLING
    engine.end(exit_code=-9)
    assert engine.tasks[1].problem is not None
    assert engine.tasks[1].problem.code == "SCHEDULER-272"


def test_a_process_that_cannot_be_started_is_an_error_of_the_task() -> None:
    engine = Engine(a_job(), a_chain(), an_order())
    engine.launched.clear()
    engine.tell(StartFailed(1, Problem("STELLWERK-022", "disk full")))
    assert engine.steps[1, 1].problem == Problem("STELLWERK-022", "disk full")
    assert engine.runs[1].failed


def test_a_paused_scheduler_starts_nothing_until_it_continues() -> None:
    engine = Engine(a_job())
    engine.command(ModifySpooler(cmd="pause"))
    engine.command(StartJob(job="/job"))
    assert not engine.launched
    engine.command(ModifySpooler(cmd="continue"))
    assert engine.launched


def test_at_the_end_of_the_engine_killed_steps_are_interrupted_and_not_failed() -> None:
    engine = Engine(a_job(stop_on_error=True), a_chain(), an_order())
    engine.command(ModifySpooler(cmd="terminate", timeout=3.0))
    kills = engine.tell(GraceOver()).actions
    assert [type(action) for action in kills] == [Kill]
    engine.end(exit_code=-15)
    assert (engine.order().node, engine.order().in_task) == ("first", False)
    assert engine.world.jobs["/job"].errors_in_a_row == 0
    assert engine.steps[1, 1].problem is not None
    assert engine.steps[1, 1].problem.code == "STELLWERK-021"
    assert not engine.launched


def test_parameters_of_the_start_beat_those_of_the_job() -> None:
    engine = Engine(a_job(params={"a": "job", "b": "job"}))
    engine.world.configured = Params({"a": "scheduler", "b": "scheduler", "c": "scheduler"})
    engine.command(StartJob(job="/job", params=Params({"A": "start"})))
    environment = launch_of(engine).environment
    assert environment["SCHEDULER_PARAM_A"] == "start"
    assert environment["SCHEDULER_PARAM_B"] == "job"
    assert environment["SCHEDULER_PARAM_C"] == "scheduler"


def test_parameters_of_the_order_beat_all_others_and_node_parameters_reach_only_their_node() -> None:
    order = an_order(params={"a": "order", "first/x": "here", "second/y": "there"})
    engine = Engine(a_job(params={"a": "job"}), a_chain(), order)
    environment = launch_of(engine).environment
    assert environment["SCHEDULER_PARAM_A"] == "order"
    assert environment["SCHEDULER_PARAM_X"] == "here"
    assert "SCHEDULER_PARAM_Y" not in environment
    assert environment["SCHEDULER_ORDER_ID"] == "1"
    assert environment["SCHEDULER_ORDER_STATE"] == "first"
    assert environment["SCHEDULER_JOB_NAME"] == "job"


def launch_of(engine: Engine) -> Launch:
    return next(iter(engine.launched.values()))


def test_a_changed_job_or_variable_is_seen_by_the_next_task() -> None:
    from scheduler.changes import Change, Kind
    from scheduler.records import Variable

    engine = Engine(a_job(environment=(("TOOL", "one"),)))
    seen = []
    for step in range(3):
        engine.command(StartJob(job="/job", environment=(("OWN", str(step)),) if step == 2 else ()))
        seen.append(dict(launch_of(engine).environment))
        engine.run()
        if step == 0:
            engine.files(a_job(environment=(("TOOL", "two"),)))
            engine.world.apply(Change(Kind.VARIABLE_SET, "x", put=(Variable("x", "new"),)))
    assert [environment["TOOL"] for environment in seen] == ["one", "two", "two"]
    assert [environment.get("SCHEDULER_PARAM_X") for environment in seen] == [None, "new", "new"]
    assert [environment.get("OWN") for environment in seen] == [None, None, "2"]
    assert [environment["SCHEDULER_TASK_ID"] for environment in seen] == ["1", "2", "3"]


def test_a_task_that_never_starts_by_itself_does_not_keep_others_waiting() -> None:
    engine = Engine(a_job())
    engine.command(StartJob(job="/job", at="never"))
    engine.command(StartJob(job="/job"))
    assert list(engine.launched) == [2]
    engine.run()
    assert engine.world.queued_count("/job") == 1


def test_a_command_that_is_refused_at_the_instant_of_a_timeout_does_not_swallow_it() -> None:
    engine = Engine(a_job(timeout=10.0))
    engine.command(StartJob(job="/job"))
    engine.tell(ProcessStarted(1, 4711))
    engine.now += timedelta(seconds=10)
    with pytest.raises(WorkloadError):
        engine.command(StartJob(job="/none"))
    assert [type(action) for action in engine.tell(TimeReached()).actions] == [Kill]


def test_timeouts_of_ended_tasks_are_forgotten_long_before_they_would_have_come() -> None:
    engine = Engine(a_job(timeout=86400.0))
    for _ in range(3 * FEWEST):
        engine.command(StartJob(job="/job"))
        engine.end()
    engine.command(StartJob(job="/job"))
    engine.tell(ProcessStarted(3 * FEWEST + 1, 4711))
    assert len(engine.world._timers) <= FEWEST + 1
    assert any(isinstance(action, Kill) for action in engine.later(86400).actions), "those of running tasks are kept"


def test_what_becomes_so_by_time_alone_is_shown() -> None:
    engine = Engine(a_job("/a"), a_job("/b"), a_job("/c", tasks=0), a_chain("/chain", NodeDefinition("1", "/c")),
                    max_processes=1)  # fmt: skip
    engine.command(StartJob(job="/a"))
    engine.command(StartJob(job="/b", at="now+5"))
    engine.command(AddOrder(job_chain="/chain", id="1", at="now+5"))

    def shown(job: str, what: str = "") -> str:
        return engine.command(ShowJob(job=job, what=what)).reply or ""

    assert "waiting_for_process" not in shown("/b")
    assert "next_start_time" in shown("/c", "job_orders")
    engine.later(5)
    assert 'waiting_for_process="yes"' in shown("/b")
    assert "next_start_time" not in shown("/c", "job_orders")
    engine.command(ModifyJob(job="/b", cmd="stop"))
    assert "waiting_for_process" not in shown("/b"), "a stopped job waits for nothing"
