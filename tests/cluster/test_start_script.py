"`bin/jobscheduler.sh` with two members on this machine."

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.engine import CONFIG, ROOT
from tests.support.ports import held_port
from tests.support.waiting import wait_until


class Scripted:
    "A member that is started and asked by the script alone."

    def __init__(self, directory: Path, name: str, url: str, options: str) -> None:
        self.port = held_port()
        self.data = directory / name
        self.environ = os.environ | {
            "SCHEDULER_ID": "script", "SCHEDULER_PORT": str(self.port), "SCHEDULER_DATA": str(self.data),
            "SCHEDULER_CONFIG": str(directory / "config"), "DATABASE_URL": url, "SCHEDULER_CLUSTER_OPTIONS": options,
            "SCHEDULER_PYTHON": sys.executable,
        }  # fmt: skip

    def __call__(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(ROOT / "bin" / "jobscheduler.sh"), *words], env=self.environ, capture_output=True, text=True,
            timeout=180, check=False)
        return done.returncode, done.stdout + done.stderr

    @property
    def pid_file(self) -> Path:
        return self.data / "var" / f"script.{self.port}.pid"

    @property
    def pid(self) -> int:
        return int(self.pid_file.read_text())

    def end(self) -> None:
        with suppress(OSError, ValueError):
            os.kill(self.pid, signal.SIGKILL)


@pytest.fixture
def members(tmp_path: Path, sqlite_url: str) -> Iterator[tuple[Scripted, Scripted]]:
    (tmp_path / "config" / "live").mkdir(parents=True)
    forward = '<params><param name="scheduler.cluster.forward_commands" value="yes"/></params>'
    (tmp_path / "config" / "scheduler.xml").write_text(CONFIG.replace("<config>", f"<config>{forward}"))
    (tmp_path / "config" / "live" / "hello.job.xml").write_text(
        '<job><script language="shell">true</script></job>')
    pair = (Scripted(tmp_path, "primary", sqlite_url, "-exclusive"),
            Scripted(tmp_path, "backup", sqlite_url, "-exclusive -backup"))
    yield pair
    for member in pair:
        member.end()


def test_a_cluster_is_run_by_the_script_alone(members: tuple[Scripted, Scripted]) -> None:
    primary, backup = members
    assert primary("status")[0] == 1
    assert primary("start")[0] == 0
    assert "runs already" in primary("start")[1]
    assert backup("start")[0] == 0
    assert primary("status")[0] == 0
    code, text = backup("status")
    assert code == 3
    assert "waiting_for_activation" in text
    code, text = primary("command", '<show_state what="none"/>')
    assert code == 0
    assert "<state " in text
    # what the waiting one cannot do is sent on, refusals come back
    code, text = backup("command", '<start_job job="/hello"/>')
    assert code == 0
    assert '<task job="/hello"' in text
    code, text = backup("command", '<start_job job="/nobody"/>')
    assert code == 1
    assert "SCHEDULER-161" in text
    assert primary("terminate_fail-safe")[0] == 0
    wait_until(lambda: backup("status")[0] == 0, what="the backup at work")
    assert primary("start")[0] == 0
    assert backup("terminate_cluster")[0] == 0
    wait_until(lambda: primary("status")[0] == 1, what="the end of the other one")
    assert "does not run" in backup("stop")[1]
    assert primary("nonsense")[0] == 2


def test_every_other_word_of_the_script(members: tuple[Scripted, Scripted]) -> None:
    primary, backup = members
    assert backup("start_exclusive")[0] == 0, "without its usual options it is a primary, and begins"
    wait_until(lambda: backup("status")[0] == 0, what="a member at work")
    assert "waits" not in backup("status")[1]
    code, text = backup("stop")
    assert (code, "has ended" in text) == (0, True)
    assert backup("restart")[0] == 0, "what does not run is started"
    assert backup("status")[0] == 3
    assert primary("start")[0] == 0
    assert primary("status")[0] == 0

    # a plain restart keeps the work here
    before, began = primary.pid, lines(primary, "ready")
    assert primary("restart")[0] == 0
    wait_until(lambda: lines(primary, "ready") == began + 1 and primary("status")[0] == 0, 60, "its new life")
    assert primary.pid == before
    assert backup("status")[0] == 3

    # an abort or a kill is what a backup is there for
    assert primary("abort")[0] == 0
    wait_until(lambda: backup("status")[0] == 0, what="the backup at work")
    assert primary("abort")[0] == 0, "nothing to do"
    assert primary("start")[0] == 0
    assert backup("kill")[0] == 0
    assert backup("status")[0] == 1
    wait_until(lambda: primary("status")[0] == 0, what="the primary at work")
    assert backup("start")[0] == 0

    # all of them, and all come back
    both = [(member, lines(member, "waiting", "ready")) for member in members]
    assert primary("restart_cluster")[0] == 0
    for member, count in both:
        wait_until(lambda: lines(member, "waiting", "ready") > count, 60, "its new life")  # noqa: B023
    wait_until(lambda: primary("status")[0] == 0, 60, "the primary at work")
    assert backup("status")[0] == 3
    assert primary("terminate_cluster")[0] == 0
    wait_until(lambda: backup("status")[0] == 1, what="the end of the other one")


def test_whoever_starts_it_again_before_it_answers_starts_no_second_one(members: tuple[Scripted, Scripted]) -> None:
    primary, _ = members
    go, slow = primary.data.with_name("go"), primary.data.with_name("slow")
    slow.write_text(f'#!/bin/sh\nwhile [ ! -e "{go}" ]; do sleep 0.1; done\nexec {sys.executable} "$@"\n')
    slow.chmod(0o755)
    primary.environ["SCHEDULER_PYTHON"] = str(slow)
    first = subprocess.Popen([str(ROOT / "bin" / "jobscheduler.sh"), "start"], env=primary.environ)
    try:
        wait_until(lambda: primary.pid_file.exists() and primary.pid_file.read_text(), what="that it is under way")
        assert "runs already" in primary("start")[1]
    finally:
        go.touch()
        assert first.wait(180) == 0
    assert primary("stop")[0] == 0


def lines(member: Scripted, *events: str) -> int:
    "How often a member has said one of them."
    said = (member.data / "var" / f"script.{member.port}.out").read_text()
    return sum(said.count(f'"event": "{event}"') for event in events)


def test_the_script_is_plain_shell() -> None:
    for file in ("jobscheduler.sh", "jobscheduler_environment_variables.sh"):
        subprocess.run(["sh", "-n", str(ROOT / "bin" / file)], check=True)
