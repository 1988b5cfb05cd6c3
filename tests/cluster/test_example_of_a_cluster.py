"The examples for operators: two members by a Procfile, and a unit of systemd."

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.engine import ROOT
from tests.support.ports import held_port
from tests.support.waiting import PATIENCE, wait_until

EXAMPLE = ROOT / "examples" / "cluster"


@pytest.fixture
def lines(tmp_path: Path) -> dict[str, str]:
    "The commands of the Procfile by name, beside a copy of what they need; with ports that nobody else has."
    directory = tmp_path / "examples" / "cluster"
    shutil.copytree(EXAMPLE, directory, ignore=shutil.ignore_patterns("var"))
    (tmp_path / "bin").symlink_to(ROOT / "bin")
    commands = (line.partition(": ")[::2] for line in (EXAMPLE / "Procfile").read_text().splitlines() if line[0] != "#")
    return {
        name: command.replace(f"SCHEDULER_PORT={port}", f"SCHEDULER_PORT={held_port()}")
        for port, (name, command) in zip((4444, 4445), commands, strict=True)
    }


def begin(command: str, directory: Path, said: Path) -> subprocess.Popen[bytes]:
    environ = os.environ | {"SCHEDULER_HOME": str(ROOT), "SCHEDULER_PYTHON": sys.executable}
    with open(said, "wb") as file:
        return subprocess.Popen(
            ["sh", "-c", f"exec env {command}"], cwd=directory, env=environ, stdout=file, stderr=file,
            start_new_session=True)


def test_of_the_two_members_of_the_procfile_the_first_works_and_the_second_waits(
    lines: dict[str, str], tmp_path: Path
) -> None:
    assert list(lines) == ["primary", "backup"]
    processes = []
    try:
        for (name, command), word in zip(lines.items(), ("SCHEDULER-806", "SCHEDULER-833"), strict=True):
            said = tmp_path / f"{name}.out"
            processes.append(begin(command, tmp_path / "examples" / "cluster", said))
            wait_until(lambda: word in said.read_text(), 60, f"{word} of {name}")  # noqa: B023
    finally:
        for process in processes:
            process.terminate()
        assert [process.wait(PATIENCE) for process in processes] == [0] * len(processes)


def test_the_unit_of_systemd_runs_the_script_and_lets_it_end_in_order() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(EXAMPLE / "stellwerk@.service")
    service = unit["Service"]
    script, word = service["ExecStart"].split()
    assert (ROOT / "bin" / Path(script).name).exists()
    assert f"\n    {word}) engine " in (ROOT / "bin" / "jobscheduler.sh").read_text()
    # the engine is told first, and who is killed then has had longer than its tasks get
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > int(service["Environment"].removeprefix("TERM_TIMEOUT="))
    assert service["Restart"] == "on-failure"
