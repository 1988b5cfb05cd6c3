"""The disk of the logs is full: the job fails with a clear error, the engine stays up and heals with the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine import EngineProcess


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    "A file system of 256 KiB."
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(place)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode != 0:
        if os.environ.get("CI") == "true":
            pytest.fail("a small file system cannot be mounted here")
        pytest.skip("mounting a small file system needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_for_logs_fails_the_job_and_not_the_engine(tmp_path: Path, small_disk: Path) -> None:
    with EngineProcess(tmp_path, arguments=[f"-log-dir={small_disk}"]) as engine:
        engine.shell_job("/work", "echo fine", 'stop_on_error="no"')
        engine.start()
        ballast = small_disk / "ballast"
        with open(ballast, "wb") as file:
            _fill(file.fileno())
        engine.command('<start_job job="/work"/>')
        [entry] = engine.wait_until(lambda: _ended(engine, 1), what="the failed task")
        # each writes a line: the last page of the log is full now, too
        engine.command("<commands>" + '<modify_job job="/work" cmd="unstop"/>' * 90 + "</commands>")
        state = engine.command('<show_state what="none"/>')
        assert (state.get("waiting_errno"), state.get("waiting_errno_text")) == ("28", "No space left on device")
        assert state.get("waiting_errno_filename") == state.get("log_file")
        assert entry.get("error_code") == "STELLWERK-022"
        assert "No space left" in entry.get("error_text", "")
        ballast.unlink()
        engine.command('<start_job job="/work"/>')
        [entry] = engine.wait_until(lambda: _ended(engine, 2), what="the next task")
        assert (entry.get("error"), entry.get("exit_code")) == ("0", "0")
        assert engine.command('<show_state what="none"/>').get("waiting_errno") is None
        assert engine.alive


def _fill(file: int) -> None:
    block = b"\0" * 4096
    while block:
        try:
            os.write(file, block)
        except OSError:
            block = block[: len(block) // 2]


def _ended(engine: EngineProcess, task: int):
    entries = engine.command('<show_history job="/work"/>').findall("history.entry")
    return [entry for entry in entries if entry.get("task") == str(task) and entry.get("end_time")]
