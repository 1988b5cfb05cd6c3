"`bin/jobscheduler.sh` with two members on this machine."

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.engine import CONFIG, ROOT
from tests.support.ports import held_port
from tests.support.postgres import PostgresServer
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

    @property
    def runs(self) -> bool:
        return self.pid_file.exists() and Path(f"/proc/{self.pid}/exe").exists()

    def said(self, event: str) -> int:
        "How often it has told this event."
        out = self.pid_file.with_suffix(".out")
        return out.read_text().count(f'"event": "{event}"') if out.exists() else 0

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


def test_members_are_started_and_asked_by_the_script_alone(members: tuple[Scripted, Scripted]) -> None:
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
    assert primary("nonsense")[0] == 2


def test_one_ends_and_the_other_goes_on_or_both_end(members: tuple[Scripted, Scripted]) -> None:
    primary, backup = started(members)
    with new_life(backup, "ready"):
        assert primary("terminate_fail-safe")[0] == 0
    assert backup("status")[0] == 0
    with new_life(primary, "waiting"):
        assert primary("start")[0] == 0
    # at once: also a member that the one at work has not seen yet is told
    code, text = backup("terminate_cluster")
    assert (code, "has ended" in text) == (0, True)
    wait_until(lambda: not primary.runs, what="the end of the other one")
    assert primary("status")[0] == 1
    assert "does not run" in backup("stop")[1]


def test_a_backup_begins_when_it_is_started_as_a_primary(members: tuple[Scripted, Scripted]) -> None:
    _, backup = members
    with new_life(backup, "ready"):
        assert backup("start_exclusive")[0] == 0, "without its usual options it is a primary, and begins"
    assert backup("status")[0] == 0
    code, text = backup("stop")
    assert (code, "has ended" in text) == (0, True)
    assert backup("restart")[0] == 0, "what does not run is started"
    assert backup("status")[0] == 3


def test_one_member_or_all_of_them_start_again(members: tuple[Scripted, Scripted]) -> None:
    primary, backup = started(members)
    before = primary.pid
    with new_life(primary, "ready"):
        assert primary("restart")[0] == 0
    assert primary("status")[0] == 0, "a plain restart keeps the work here"
    assert primary.pid == before
    assert backup("status")[0] == 3

    with new_life(primary, "ready"), new_life(backup, "waiting"):
        assert primary("restart_cluster")[0] == 0
    assert primary("status")[0] == 0
    assert backup("status")[0] == 3


def test_an_abort_or_a_kill_is_what_a_backup_is_there_for(members: tuple[Scripted, Scripted]) -> None:
    primary, backup = started(members)
    with new_life(backup, "ready"):
        assert primary("abort")[0] == 0
    assert backup("status")[0] == 0
    assert primary("abort")[0] == 0, "nothing to do"
    assert primary("start")[0] == 0
    with new_life(primary, "ready"):
        assert backup("kill")[0] == 0
    assert backup("status")[0] == 1
    assert primary("status")[0] == 0


def test_where_a_member_is_does_not_depend_on_where_the_script_is_called(members: tuple[Scripted, Scripted]) -> None:
    primary, _ = members
    primary.environ["SCHEDULER_DATA"] = "primary"
    code, text = primary("start")
    assert (code, "begin with a slash; one of them is primary" in text) == (2, True)


@pytest.mark.postgres
def test_a_member_that_waits_for_work_on_tables_that_it_does_not_know_is_refused(
    members: tuple[Scripted, Scripted], postgres_server: PostgresServer
) -> None:
    _, backup = members
    backup.environ["DATABASE_URL"] = url = postgres_server.create_database()
    code, text = backup("start")
    assert code == 1
    assert "run `python -m models upgrade`" in text
    postgres_server.drop_database(url)


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


def started(members: tuple[Scripted, Scripted]) -> tuple[Scripted, Scripted]:
    "The first one works, the other one waits."
    for member in members:
        assert member("start")[0] == 0
    return members


@contextmanager
def new_life(member: Scripted, event: str) -> Iterator[None]:
    "What is done in it leads to this event of the member, which nobody asks meanwhile: a question is a process."
    before = member.said(event)
    yield
    wait_until(lambda: member.said(event) > before, what=f"that it is {event}")


def test_the_script_is_plain_shell() -> None:
    for file in ("jobscheduler.sh", "jobscheduler_environment_variables.sh"):
        subprocess.run(["sh", "-n", str(ROOT / "bin" / file)], check=True)
