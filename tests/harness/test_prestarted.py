"Programs that begin with their modules imported are processes like any other."

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.prestarted import Prestarted, PrestartedProgram, Program

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
        assert os.getsid(process.pid) == process.pid
        assert Path(f"/proc/{process.pid}/cwd").resolve() == tmp_path.resolve()
    finally:
        process.kill()
    assert process.wait(60) == -signal.SIGKILL


def test_what_changes_how_programs_begin_is_started_in_the_usual_way(programs: Prestarted, tmp_path: Path) -> None:
    process = begin(programs, tmp_path, "nonsense", LD_BIND_NOW="1")
    assert isinstance(process, subprocess.Popen)
    assert process.wait(60) == 2
