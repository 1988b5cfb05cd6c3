"Commands about jobs and their run times: `start_job` and `modify_job`."

from __future__ import annotations

from typing import Any

import pytest

from scheduler.commands.modify_job import COMMANDS, ModifyJob
from scheduler.commands.show_job import ShowJob
from scheduler.commands.start_job import StartJob
from scheduler.copying import replace
from scheduler.errors import Code, WorkloadError
from scheduler.records import JobState
from tests.support.job_clock import JobClock, job_with
from tests.support.run_times import run_time

MORNING = '<run_time><period begin="08:00" end="09:00"/></run_time>'
NOON = '<run_time><period single_start="12:00"/></run_time>'


@pytest.mark.parametrize(
    ("now", "start", "expected"),
    [
        ("07:00", {"at": "period"}, ("03-01 08:00", "queue")),
        ("07:00", {"at": "period", "force": False}, ("03-01 08:00", "queue")),
        ("07:00", {}, ("03-01 07:00", "queue")),
        ("07:00", {"at": "now+60"}, ("03-01 07:01", "queue_at")),
        ("07:00", {"after": 90.0}, ("03-01 07:01:30", "queue_at")),
        ("07:00", {"at": "2024-03-01 08:30", "after": 60.0}, ("03-01 07:01", "queue_at")),
        ("07:00", {"at": "2024-03-01 08:30", "force": False}, ("03-01 08:30", "queue_at")),
        ("07:00", {"force": False}, ("03-01 08:00", "queue")),
        ("07:00", {"at": "2024-02-01 08:30"}, ("03-01 07:00", "queue_at")),
        ("08:59:30", {"at": "now+60", "force": False}, ("03-02 08:00", "queue_at")),
    ],
)
def test_a_task_starts_when_it_is_asked_to_and_unforced_ones_only_in_a_period(
    now: str, start: dict[str, Any], expected: tuple[str, str]
) -> None:
    engine = JobClock(f"2024-03-01 {now}", job_with(MORNING))
    engine.command(StartJob(job="/job", **start))
    assert engine.starts_until("2024-03-03 00:00") == [expected]


def test_a_forced_task_passes_those_that_wait_for_a_period() -> None:
    engine = JobClock("2024-03-01 07:00", job_with(MORNING))
    for force in (False, False, True):
        engine.command(StartJob(job="/job", force=force))
    assert engine.starts_until("2024-03-01 07:30") == [("03-01 07:00", "queue")]
    assert engine.tasks[3].ended_at is not None
    assert len(engine.starts_until("2024-03-01 08:30")) == 2


@pytest.mark.parametrize("start", [{"at": "period"}, {"force": False}, {"at": "now+60", "force": False}])
@pytest.mark.parametrize("text", [NOON, '<run_time><date date="2024-02-29"><period repeat="60"/></date></run_time>'])
def test_an_unforced_task_is_refused_when_no_period_is_ahead(text: str, start: dict[str, Any]) -> None:
    engine = JobClock("2024-03-01 07:00", job_with(text))
    with pytest.raises(WorkloadError) as refusal:
        engine.command(StartJob(job="/job", **start))
    assert refusal.value.code is Code.NO_PERIOD
    assert not engine.world.queued_count("/job")


def test_a_job_whose_schedule_is_missing_keeps_unforced_tasks_for_later() -> None:
    engine = JobClock("2024-03-01 07:00", job_with('<run_time schedule="/plan"/>'))
    engine.command(StartJob(job="/job", force=False))
    assert engine.world.queued_count("/job") == 1


@pytest.mark.parametrize(
    ("start", "state", "starts"),
    [
        ({}, JobState.PENDING, 1),
        ({"at": "period"}, JobState.PENDING, 1),
        ({"at": "period", "force": False}, JobState.STOPPED, 0),
        ({"force": False}, JobState.STOPPED, 0),
    ],
)
def test_force_unstops_a_stopped_job(start: dict[str, Any], state: JobState, starts: int) -> None:
    engine = JobClock("2024-03-01 08:10", job_with(MORNING))
    engine.command(ModifyJob(job="/job", cmd="stop"))
    engine.command(StartJob(job="/job", **start))
    assert len(engine.starts_until("2024-03-01 08:20")) == starts
    assert engine.world.jobs["/job"].state is state


@pytest.mark.parametrize("cmd", [None, "start", "wake"])
def test_a_job_in_state_error_takes_no_start_and_only_unstop_helps(cmd: str | None) -> None:
    engine = JobClock("2024-03-01 08:10", job_with(MORNING))
    _put(engine, state=JobState.ERROR)
    if cmd == "wake":
        engine.command(ModifyJob(job="/job", cmd="wake"))
        assert not engine.launched
    else:
        with pytest.raises(WorkloadError) as refusal:
            engine.command(ModifyJob(job="/job", cmd=cmd) if cmd else StartJob(job="/job"))
        assert refusal.value.code is Code.JOB_IN_ERROR
    engine.command(ModifyJob(job="/job", cmd="unstop"))
    assert engine.world.jobs["/job"].state is JobState.PENDING


def _put(engine: JobClock, **values: Any) -> None:
    from scheduler.changes import Change, Kind

    job = replace(engine.world.jobs["/job"], **values)
    engine.world.apply(Change(Kind.JOB_CHANGED, "/job", put=(job,)))


STOPPED, STOPPING, PENDING, RUNNING = JobState.STOPPED, JobState.STOPPING, JobState.PENDING, JobState.RUNNING
#: cmd -> state before: state after, and how many more tasks are wanted or run
EFFECTS: dict[str, dict[JobState, tuple[JobState, int]]] = {
    "stop": {PENDING: (STOPPED, 0), RUNNING: (STOPPING, 0), STOPPED: (STOPPED, 0), STOPPING: (STOPPING, 0)},
    "unstop": {PENDING: (PENDING, 0), RUNNING: (RUNNING, 0), STOPPED: (PENDING, 0), STOPPING: (RUNNING, 0)},
    "start": {PENDING: (RUNNING, 1), RUNNING: (RUNNING, 1), STOPPED: (RUNNING, 1), STOPPING: (RUNNING, 1)},
    "wake": {PENDING: (RUNNING, 1), RUNNING: (RUNNING, 0), STOPPED: (RUNNING, 1), STOPPING: (STOPPING, 0)},
    "wake_when_in_period": {PENDING: (RUNNING, 1), RUNNING: (RUNNING, 1), STOPPED: (STOPPED, 0),
                            STOPPING: (STOPPING, 0)},
    "end": {PENDING: (PENDING, 0), RUNNING: (RUNNING, 0), STOPPED: (STOPPED, 0), STOPPING: (STOPPING, 0)},
    "suspend": {PENDING: (PENDING, 0), RUNNING: (RUNNING, 0), STOPPED: (STOPPED, 0), STOPPING: (STOPPING, 0)},
    "continue": {PENDING: (PENDING, 0), RUNNING: (RUNNING, 0), STOPPED: (PENDING, 0), STOPPING: (RUNNING, 0)},
    "disable": {PENDING: (STOPPED, 0), RUNNING: (STOPPING, 0), STOPPED: (STOPPED, 0), STOPPING: (STOPPING, 0)},
    "enable": {PENDING: (PENDING, 0), RUNNING: (RUNNING, 0), STOPPED: (STOPPED, 0), STOPPING: (STOPPING, 0)},
    "reread": {PENDING: (PENDING, 0), RUNNING: (RUNNING, 0), STOPPED: (STOPPED, 0), STOPPING: (STOPPING, 0)},
}  # fmt: skip


@pytest.mark.parametrize(("cmd", "before"), [(cmd, before) for cmd, each in EFFECTS.items() for before in each])
def test_each_command_of_modify_job_has_its_effect_in_each_state(cmd: str, before: JobState) -> None:
    engine = JobClock("2024-03-01 08:10", job_with(MORNING))
    if before in (RUNNING, STOPPING):
        engine.command(StartJob(job="/job"))
    if before in (STOPPED, STOPPING):
        engine.command(ModifyJob(job="/job", cmd="stop"))
    assert engine.world.jobs["/job"].state is before
    tasks = len(engine.tasks)
    decision = engine.command(ModifyJob(job="/job", cmd=cmd))
    assert decision.reply == "<ok/>"
    state, more = EFFECTS[cmd][before]
    assert engine.world.jobs["/job"].state is state
    engine.run()
    assert len(engine.tasks) - tasks == more
    assert engine.world.jobs["/job"].enabled is (cmd != "disable")


def test_every_command_of_modify_job_is_in_the_table() -> None:
    assert set(COMMANDS) == {*EFFECTS, "remove"}


def test_a_run_time_by_command_holds_until_the_file_is_read_again() -> None:
    engine = JobClock("2024-03-01 08:10", job_with(MORNING))
    engine.command(ModifyJob(job="/job", cmd="stop", run_time=(run_time(NOON), NOON)))
    assert NOON in (engine.command(ShowJob(job="/job", what="run_time")).reply or "")
    engine.command(ModifyJob(job="/job", cmd="unstop"))
    assert engine.starts_until("2024-03-01 12:10") == [("03-01 12:00", "period_single")]
    engine.files(job_with(MORNING))
    assert not engine.starts_until("2024-03-03 00:00")


def test_a_woken_job_needs_no_period() -> None:
    engine = JobClock("2024-03-01 07:00", job_with(MORNING))
    engine.command(ModifyJob(job="/job", cmd="wake"))
    assert engine.starts_until("2024-03-01 07:10") == [("03-01 07:00", "wake")]


def test_enable_does_not_unstop() -> None:
    engine = JobClock("2024-03-01 08:10", job_with(MORNING))
    engine.command(ModifyJob(job="/job", cmd="disable"))
    engine.command(ModifyJob(job="/job", cmd="enable"))
    job = engine.world.jobs["/job"]
    assert (job.enabled, job.state) == (True, JobState.STOPPED)


def test_a_job_that_is_enabled_in_its_file_again_stays_stopped() -> None:
    engine = JobClock("2024-03-01 08:10", job_with(MORNING, enabled=False))
    assert (engine.world.jobs["/job"].enabled, engine.world.jobs["/job"].state) == (False, JobState.STOPPED)
    engine.files(job_with(MORNING))
    assert (engine.world.jobs["/job"].enabled, engine.world.jobs["/job"].state) == (True, JobState.STOPPED)
