"Tasks that are ended before their time: which errors and exit codes they show."

from __future__ import annotations

import pytest

from scheduler.actions import Kill
from scheduler.commands.kill_task import AT_ONCE, KillTask
from scheduler.commands.start_job import StartJob
from scheduler.errors import Code, WorkloadError
from scheduler.messages import ProcessEnded, ProcessStarted
from tests.support.worlds import Engine, a_job


def running(**job: object) -> Engine:
    engine = Engine(a_job(**job))
    engine.command(StartJob(job="/job"))
    engine.tell(ProcessStarted(1, 1001))
    return engine


def test_a_timeout_shows_272_whatever_ended_the_process_in_the_end() -> None:
    for exit_code in (-15, -9, 0):
        engine = running(timeout=10.0, ignore_signals=(9, 15))
        [kill] = [action for action in engine.later(10).actions if isinstance(action, Kill)]
        assert kill.grace is not None
        engine.tell(ProcessEnded(1, exit_code))
        task = engine.tasks[1]
        assert task.problem is not None
        assert (task.problem.code, task.exit_code) == (Code.TIMED_OUT.code, exit_code)


@pytest.mark.parametrize(("timeout", "grace"), [(AT_ONCE, 0.0), (5.0, 5.0), (0.0, 0.0), (None, None)])
def test_a_kill_by_command_shows_728(timeout: float | None, grace: float | None) -> None:
    engine = running()
    decision = engine.command(KillTask(job="/job", id=1, immediately=True, timeout=timeout))
    assert [action.grace for action in decision.actions if isinstance(action, Kill)] == [grace]
    engine.tell(ProcessEnded(1, -9))
    task = engine.tasks[1]
    assert task.problem is not None
    assert (task.problem.code, task.exit_code) == (Code.KILLED.code, -9)


def test_a_timeout_without_immediately_is_refused() -> None:
    with pytest.raises(WorkloadError) as refusal:
        running().command(KillTask(job="/job", id=1, timeout=5.0))
    assert refusal.value.code is Code.ONLY_WITH
