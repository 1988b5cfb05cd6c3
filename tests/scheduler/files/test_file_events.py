"""Jobs that watch over the hot folder, and what the log says about files."""

from __future__ import annotations

from scheduler.actions import LogLine
from scheduler.errors import Problem
from scheduler.messages import Activated, FileGone, FilesChanged
from scheduler.records import JobState, ObjectKind
from scheduler.surroundings import Surroundings
from tests.support.worlds import START, Engine, a_job, read

EVENTS = Surroundings(add_event="/watch/add", modify_event="/watch/modify", delete_event="/watch/delete")
WATCHERS = [a_job(f"/watch/{word}", tasks=10) for word in ("add", "modify", "delete")]


def watched(*jobs: str) -> Engine:
    engine = Engine(*WATCHERS, *(a_job(path) for path in jobs), active=False)
    engine.world.surroundings = EVENTS
    engine.tell(Activated())
    return engine


def starts(engine: Engine) -> list[tuple[str, str]]:
    "Which watcher runs for which event."
    return [(a.job, a.environment["SCHEDULER_LIVE_EVENT"]) for a in engine.launched.values()]


def test_files_that_are_there_at_the_start_are_no_events() -> None:
    assert starts(watched("/a")) == []


def test_every_event_starts_its_job_with_parameters_and_variables() -> None:
    engine = watched()
    engine.files(a_job("/sub/new"))
    [launch] = engine.launched.values()
    assert launch.job == "/watch/add"
    assert engine.tasks[launch.task_id].client == "file /live/sub/new.job.xml"
    for prefix in ("", "SCHEDULER_PARAM_"):
        assert launch.environment[f"{prefix}SCHEDULER_LIVE_EVENT"] == "add"
        assert launch.environment[f"{prefix}SCHEDULER_LIVE_FILEBASE"] == "new.job.xml"
        assert launch.environment[f"{prefix}SCHEDULER_LIVE_FILEPATH"] == "/live/sub/new.job.xml"
    engine.files(a_job("/sub/new", title="changed"))
    engine.tell(FilesChanged((FileGone(ObjectKind.JOB, "/sub/new"),)))
    assert starts(engine) == [("/watch/add", "add"), ("/watch/modify", "modified"), ("/watch/delete", "deleted")]


def test_an_event_leaves_a_stopped_watcher_stopped() -> None:
    from scheduler.commands.modify_job import ModifyJob

    engine = watched()
    engine.command(ModifyJob(job="/watch/add", cmd="stop"))
    engine.files(a_job("/new"))
    assert starts(engine) == []
    assert engine.world.jobs["/watch/add"].state is JobState.STOPPED


def test_a_watcher_that_is_missing_is_told_and_nothing_else_happens() -> None:
    engine = watched()
    engine.world.surroundings = Surroundings(add_event="/nowhere")
    decision = engine.files(a_job("/new"))
    assert "/new" in engine.world.jobs
    assert [a.level for a in decision.actions if isinstance(a, LogLine)] == ["info", "warn"]


def test_warnings_of_an_object_stand_in_the_log_when_it_is_read() -> None:
    warning = Problem("SCHEDULER-337", "There is no signal 'SIGNONE' on this platform")
    decision = Engine().tell(FilesChanged((read(a_job("/a", warnings=(warning,)), START),)))
    assert [a.text for a in decision.actions if isinstance(a, LogLine) and a.level == "warn"] == [f"/a: {warning}"]
