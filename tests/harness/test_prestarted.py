"Programs that begin with their modules imported are processes like any other."

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import prestarted
from tests.support.prestarted import Prestarted, PrestartedProgram, Program
from tests.support.waiting import wait_until

ENGINE = ["engine", "-id=alone", "-port=0", "-ip-address=127.0.0.1"]


@pytest.fixture(scope="module")
def programs() -> Iterator[Prestarted]:
    found = Prestarted()
    yield found
    found.close()


def begin(programs: Prestarted, directory: Path, *words: str, **environ: str) -> Program:
    environment = {**os.environ, **environ}
    with open(directory / "out", "ab") as out, open(directory / "err", "ab") as err:
        command = [sys.executable, "-m", "netcore", *words]
        return programs.start(command, stdout=out, stderr=err, cwd=directory, env=environment)


def test_exit_status_and_words_are_the_programs_own(programs: Prestarted, tmp_path: Path) -> None:
    process = begin(programs, tmp_path, "nonsense")
    assert isinstance(process, PrestartedProgram)
    assert process.wait(60) == process.poll() == 2
    assert (tmp_path / "err").read_text().startswith("usage: ")
    process.kill()  # nobody is hit


def test_they_run_in_their_own_session_and_directory_until_a_signal_ends_them(
    programs: Prestarted, tmp_path: Path
) -> None:
    process = begin(programs, tmp_path, *ENGINE)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        assert process.poll() is None
        wait_until(lambda: str(process.pid) in at_work_in(tmp_path), what="it in its directory")
        assert os.getsid(process.pid) == process.pid
    finally:
        process.kill()
    assert process.wait(60) == -signal.SIGKILL


def test_what_changes_how_programs_begin_is_started_in_the_usual_way(programs: Prestarted, tmp_path: Path) -> None:
    process = begin(programs, tmp_path, "nonsense", LD_BIND_NOW="1")
    assert isinstance(process, subprocess.Popen)
    assert process.wait(60) == 2


def test_one_that_begins_too_late_is_ended_and_not_taken_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (late := tmp_path / "late").mkdir()
    programs = Prestarted()
    with monkeypatch.context() as impatient:
        impatient.setattr(prestarted, "PATIENCE", 0.0)
        with pytest.raises(AssertionError, match="has not begun"):
            begin(programs, late, *ENGINE)
    process = begin(programs, tmp_path, *ENGINE)
    try:
        wait_until(lambda: str(process.pid) in at_work_in(tmp_path), what="it in its directory")
        wait_until(lambda: not at_work_in(late), what="the end of the late one")
    finally:
        process.kill()
        process.wait(60)
        programs.close()


def at_work_in(directory: Path) -> list[str]:
    "Processes that have it as their directory."
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").resolve(strict=True) == directory.resolve():
                found.append(entry.name)
    return found
