"""Left-over processes are real ones here: started as an engine starts them, and then forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from netcore.leftovers import LeftOver, end_leftovers, find_leftovers
from netcore.run_mark import VARIABLE, RunMark, read_mark
from netcore.spool import Spool

OLD = RunMark("a/b", "old")
NEW = RunMark("a/b", "new")
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / "log", tmp_path / "run")
    made.prepare()
    return made


@pytest.fixture
def start(spool: Spool) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start_one(script: str, mark: RunMark = OLD, task_id: int = 7, where: Spool = spool) -> subprocess.Popen[bytes]:
        environment = os.environ | {VARIABLE: mark.of_task(task_id), "SCHEDULER_RETURN_VALUES": where.returns_path(7)}
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"{script}"],
            env=environment,
            start_new_session=True,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start_one
    for process in started:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_a_process_of_an_earlier_run_is_found_and_ended(spool: Spool, start: Start) -> None:
    process = start("echo ready; exec sleep 60")
    assert find_leftovers(NEW, spool) == [LeftOver(7, process.pid, gone=False)]
    assert end_leftovers(NEW, spool) == [LeftOver(7, process.pid)]
    assert process.wait(30) == -signal.SIGTERM
    assert end_leftovers(NEW, spool) == []


def test_its_descendants_end_too_even_without_mark_or_outside_of_the_group(spool: Spool, start: Start) -> None:
    process = start("env -i /bin/sleep 60 & setsid sleep 60 & echo ready; wait")
    found = end_leftovers(NEW, spool)
    assert process.pid in {left_over.pid for left_over in found}
    assert process.stdout is not None
    assert process.stdout.read() == b""  # comes to an end when the last of them has let go of it


def test_who_ignores_sigterm_is_killed(spool: Spool, start: Start) -> None:
    process = start("trap '' TERM; echo ready; while :; do sleep 0.05; done")
    assert process.pid in {left_over.pid for left_over in end_leftovers(NEW, spool, grace=0.1)}
    assert process.wait(30) == -signal.SIGKILL


def test_a_stopped_process_is_ended(spool: Spool, start: Start) -> None:
    process = start("echo ready; kill -STOP $$; exec sleep 60")
    end_leftovers(NEW, spool)
    assert process.wait(30) == -signal.SIGTERM


@pytest.mark.parametrize("mark", [RunMark("a/b", "new"), RunMark("a", "old"), RunMark("b", "old")])
def test_own_processes_and_those_of_others_stay(spool: Spool, start: Start, mark: RunMark) -> None:
    process = start("echo ready; exec sleep 60", mark)
    assert end_leftovers(NEW, spool) == []
    assert process.poll() is None


def test_another_members_processes_stay(spool: Spool, start: Start, tmp_path: Path) -> None:
    process = start("echo ready; exec sleep 60", where=Spool(tmp_path / "log", tmp_path / "other"))
    assert end_leftovers(NEW, spool) == []
    assert process.poll() is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a/b/12/token", ("a/b", 12, "token")), ("/12/t", ("", 12, "t")), ("a/x/t", None), ("12/t", None), ("", None)],
)
def test_marks_are_read(value: str, expected: tuple[str, int, str] | None) -> None:
    mark = read_mark(value)
    assert (mark and (mark.scheduler_id, mark.task_id, mark.token)) == expected


def test_every_run_has_its_own_token() -> None:
    assert RunMark.draw("a").token != RunMark.draw("a").token
