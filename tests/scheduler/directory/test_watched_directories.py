"Jobs that start when a directory changes."

from __future__ import annotations

from typing import Any

import pytest

from scheduler.commands.modify_job import ModifyJob
from scheduler.definitions import DirectoryWatch
from scheduler.records import Cause
from tests.support.directories import FileEngine
from tests.support.worlds import a_job

IN = "/in"


def an_engine(*files: str, regex: str = "", directories: tuple[str, ...] = (IN,), **values: Any) -> FileEngine:
    watches = tuple(DirectoryWatch(directory, regex) for directory in directories)
    disk = {directory: dict.fromkeys(files, 1.0) for directory in directories}
    return FileEngine(a_job(directory_watches=watches, **values), disk=disk)


def triggered(engine: FileEngine) -> str:
    "The trigger files of the one task that runs."
    (launch,) = engine.launched.values()
    return launch.environment["SCHEDULER_TASK_TRIGGER_FILES"]


def test_a_new_file_starts_the_job_for_the_cause_directory() -> None:
    engine = an_engine(directories=(IN, "/other"))
    assert engine.launched == {}
    engine.disk[IN]["a"] = 1.0
    engine.later(10)
    (task,) = engine.world.tasks.values()
    assert task.cause is Cause.DIRECTORY
    assert task.client == f"directory {IN}", "which of its directories it was"


def test_a_hint_of_the_system_starts_it_at_once() -> None:
    engine = an_engine()
    engine.later(1)
    engine.disk[IN]["a"] = 1.0
    engine.hint(IN)
    assert len(engine.launched) == 1


def test_files_that_are_there_at_the_beginning_start_a_job_with_a_regular_expression_once() -> None:
    engine = an_engine("a", "b", regex=".")
    assert len(engine.launched) == 1
    engine.run()
    engine.later(60)
    assert engine.launched == {}


def test_files_that_are_there_at_the_beginning_start_no_job_without_regular_expression() -> None:
    engine = an_engine("a", "b")
    assert engine.launched == {}


@pytest.mark.parametrize(("regex", "starts"), [("", 1), ("a", 0)])
def test_a_vanished_file_counts_only_without_regular_expression(regex: str, starts: int) -> None:
    engine = an_engine("a", regex=regex)
    engine.run()
    del engine.disk[IN]["a"]
    engine.later(10)
    assert len(engine.launched) == starts


def test_a_file_that_does_not_fit_starts_nothing() -> None:
    engine = an_engine(regex=r"\.csv$")
    engine.disk[IN]["a.txt"] = 1.0
    engine.later(10)
    assert engine.launched == {}


def test_changes_while_the_job_runs_lead_to_one_start_afterwards() -> None:
    engine = an_engine("a", regex=".")
    engine.disk[IN]["b"] = 1.0
    engine.later(10)
    engine.disk[IN]["c"] = 1.0
    engine.later(10)
    assert len(engine.launched) == 1
    engine.end()
    assert triggered(engine) == "/in/a;/in/b;/in/c"
    engine.end()
    assert engine.launched == {}


def test_all_files_that_fit_are_trigger_files_of_all_directories() -> None:
    engine = an_engine(regex=r"\.csv$", directories=("/one", "/two"))
    engine.disk["/one"]["1.csv"] = 1.0
    engine.disk["/two"] |= {"2.csv": 1.0, "2.txt": 1.0}
    engine.later(10)
    assert triggered(engine) == "/one/1.csv", "the other directory is not read yet"
    engine.end()
    assert triggered(engine) == "/one/1.csv;/two/2.csv"


def test_without_regular_expression_there_are_no_trigger_files() -> None:
    engine = an_engine()
    engine.disk[IN]["a"] = 1.0
    engine.later(10)
    assert triggered(engine) == ""


def test_a_path_with_a_semicolon_is_left_out_and_told() -> None:
    engine = an_engine("a;b", "c", regex=".")
    assert triggered(engine) == "/in/c"
    assert len(engine.said("SCHEDULER-975")) == 1


def test_without_regular_expression_a_semicolon_is_nothing_to_tell() -> None:
    engine = an_engine()
    engine.disk[IN]["a;b"] = 1.0
    engine.later(10)
    assert engine.said("SCHEDULER-975") == []


def test_trigger_files_that_no_variable_could_hold_are_left_out_and_told() -> None:
    engine = an_engine(*(f"{number:05}" + "x" * 195 for number in range(2000)), regex=".")
    assert 90_000 < len(triggered(engine)) <= 100_000
    assert len(engine.said("STELLWERK-052")) == 1


def test_a_directory_that_becomes_unreadable_starts_one_task_and_is_watched_no_more() -> None:
    engine = an_engine("a")
    del engine.disk[IN]
    engine.later(10)
    assert len(engine.launched) == 1
    assert len(engine.said("SCHEDULER-300")) == 1
    engine.run()
    before = engine.readings
    engine.disk[IN] = {"b": 1.0}
    engine.later(600)
    assert engine.readings == before


def test_a_directory_that_is_missing_from_the_beginning_is_watched_as_soon_as_it_is_there() -> None:
    engine = FileEngine(a_job(directory_watches=(DirectoryWatch(IN, "."),)), disk={})
    assert engine.launched == {}
    engine.disk[IN] = {"a": 1.0}
    engine.later(60)
    assert triggered(engine) == "/in/a"


def test_watching_ends_with_the_stop_of_the_job_and_begins_anew_with_its_end() -> None:
    engine = an_engine("a", regex=".")
    engine.run()
    engine.command(ModifyJob(job="/job", cmd="stop"))
    before = engine.readings
    engine.disk[IN]["b"] = 1.0
    engine.later(60)
    engine.hint(IN)
    assert engine.readings == before
    assert engine.launched == {}
    engine.command(ModifyJob(job="/job", cmd="unstop"))
    assert triggered(engine) == "/in/a;/in/b"


def test_an_idle_engine_looks_every_ten_seconds() -> None:
    engine = an_engine("a")
    before = engine.readings
    for _ in range(60):
        engine.later(1)
    assert engine.readings - before == 6


def test_another_regular_expression_begins_anew() -> None:
    engine = an_engine("a.csv", regex="nothing")
    engine.files(a_job(directory_watches=(DirectoryWatch(IN, "csv"),)))
    assert triggered(engine) == "/in/a.csv"


def test_the_trigger_files_are_kept_with_the_task() -> None:
    engine = an_engine("a", regex=".")
    (task,) = engine.world.tasks.values()
    assert task.trigger_files == "/in/a"
