"""What a process writes and how it runs: standard error apart, the first line, levels, the job's log, priority."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netcore.processes import Processes
from netcore.run_mark import RunMark
from netcore.spool import Spool
from scheduler.actions import Launch, TaskLogLine
from scheduler.definitions import Script
from scheduler.messages import Message, ProcessEnded
from tests.support.reactor import in_reactor, running_reactor, wait_for
from tests.support.waiting import wait_until


class Rig:
    def __init__(self, directory: Path) -> None:
        self.messages: list[Message] = []
        self.spool = Spool(directory / "log", directory / "run")
        self.spool.prepare()
        self.processes = Processes(
            running_reactor(), self.spool, self.messages.append, {"PATH": os.environ["PATH"]}, RunMark.draw("test")
        )

    def run(self, text: str, task_id: int = 1, **more: Any) -> ProcessEnded:
        self.start(text, task_id, **more)
        return self.ended(task_id)

    def start(self, text: str, task_id: int = 1, **more: Any) -> None:
        action = Launch(
            task_id, "/a", Script("shell", text), {}, f"task.a.{task_id}.log", f"a:{task_id}", **more
        )  # fmt: skip
        in_reactor(self.processes.expect, action)
        self.processes.launch(action)

    def ended(self, task_id: int = 1) -> ProcessEnded:
        return wait_for(lambda: next(
            (m for m in list(self.messages) if isinstance(m, ProcessEnded) and m.task_id == task_id), None
        ))  # fmt: skip

    def log(self, task_id: int = 1) -> list[str]:
        return (self.spool.take_log(f"task.a.{task_id}.log") or b"").decode().splitlines()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    in_reactor(made.processes.stop)


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("echo out; echo err >&2", "out"),
        ("echo err >&2", ""),
        ("echo err >&2; exit 1", "err"),
        ("true", ""),
        ("exec 2>&1; echo both >&2", "both"),
    ],
)
def test_the_first_line_is_that_of_stdout_and_of_a_failure_without_any_that_of_stderr(
    rig: Rig, script: str, line: str
) -> None:
    assert rig.run(script).first_line == line


def test_both_streams_stand_in_the_log_in_their_sequence_when_they_have_one_level(rig: Rig) -> None:
    ended = rig.run("echo 1; echo 2 >&2; echo 3; echo 4 >&2")
    assert ended.stderr == ""
    assert [line for line in rig.log() if len(line) == 1] == ["1", "2", "3", "4"]


def test_stderr_with_a_level_of_its_own_follows_in_the_log_with_that_level(rig: Rig) -> None:
    ended = rig.run("echo bad >&2; echo out; printf 'worse\\n\\n' >&2", stderr_level="error")
    assert (ended.first_line, ended.stderr) == ("out", "bad")
    long = rig.run("printf '%0999d\\n' 7 >&2", task_id=2, stderr_level="error")
    assert long.stderr == f"{7:0999}", "an error is told as it is"
    longer = rig.run("printf '%01001d\\n' 7 >&2", task_id=3, stderr_level="error")
    assert longer.stderr == "0" * 999 + "…"
    log = rig.log()
    assert [line.partition(")")[2].strip() for line in log if "[ERROR]" in line] == ["[stderr] bad", "[stderr] worse"]
    assert "out" in log
    assert "ended with exit code 0" in log[-1]


def test_stderr_with_a_level_of_its_own_comes_into_the_log_while_the_task_runs(rig: Rig, tmp_path: Path) -> None:
    go = tmp_path / "go"
    script = f"echo early >&2; printf half >&2; while [ ! -e {go} ]; do sleep 0.05; done; echo out; echo ' late' >&2"
    rig.start(script, stderr_level="warn")
    wait_for(lambda: any("early" in line for line in rig.log()))
    assert not any("half" in line for line in rig.log())
    go.touch()
    ended = rig.ended()
    assert (ended.first_line, ended.stderr) == ("out", "early")
    log = rig.log()
    marked = [line.partition(")")[2].strip() for line in log if "[WARN]" in line]
    assert marked == ["[stderr] early", "[stderr] half late"]
    assert log.index("out") > 1


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo out", ""),
        ("true", ""),
        ("echo err >&2", "; all of its output is stderr"),
        ("echo out; echo err >&2", "; stdout and stderr stand in their sequence"),
        ("exec 2>&1; echo both >&2", ""),
    ],
)
def test_the_last_line_says_what_of_the_output_is_stderr(rig: Rig, script: str, said: str) -> None:
    rig.run(script)
    assert rig.log()[-1].endswith(f"ended with exit code 0{said}")


def test_stderr_that_is_less_important_than_the_log_is_left_out(rig: Rig) -> None:
    assert rig.run("echo detail >&2", stderr_level="debug").stderr == "detail"
    assert not any("detail" in line for line in rig.log())
    rig.run("echo detail >&2", 2, stderr_level="debug", log_level="debug9")
    assert any("[debug]" in line and "detail" in line for line in rig.log(2))


def test_a_log_with_level_error_holds_the_output_and_no_information_of_the_engine(rig: Rig) -> None:
    assert rig.run("echo out", log_level="error").first_line == "out"
    assert rig.log() == ["out"]


def test_a_very_long_output_with_stderr_apart_keeps_its_first_line(rig: Rig) -> None:
    ended = rig.run("echo first; head -c 200000 /dev/zero | tr '\\0' x; echo e >&2", stderr_level="warn")
    assert (ended.first_line, ended.stderr) == ("first", "e")
    assert "[WARN]" in rig.log()[-2]


def test_lines_about_an_ended_task_still_come_into_its_log(rig: Rig) -> None:
    rig.run("echo out")
    in_reactor(rig.processes.log, TaskLogLine(1, "task.a.1.log", "a:1", "warn", "SCHEDULER-711  too short"))
    assert "too short" in rig.log()[-1]
    assert "[WARN]" in Path(rig.spool.log_path("task.a.1.log")).read_text()


def test_the_log_of_the_job_holds_those_of_all_its_tasks(rig: Rig) -> None:
    for number in (1, 2):
        rig.run(f"echo run {number}", number, job_log="job.a.log")
    file = Path(rig.spool.log_path("job.a.log"))
    wait_until(lambda: file.exists() and file.read_text().count("ended with exit code 0") == 2, 30, "both logs")
    assert "run 1" in file.read_text()
    assert "run 2" in file.read_text()


def test_the_priority_holds_for_the_process_and_what_it_starts(rig: Rig) -> None:
    started = os.getpriority(os.PRIO_PROCESS, 0)
    script = "n=0; while [ $n -lt 200 ] && [ \"$(nice)\" = \"$1\" ]; do n=$((n+1)); done; nice"
    assert rig.run(script.replace("$1", str(started)), priority=7).first_line == "7"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may have any priority")
def test_a_priority_that_is_not_allowed_is_told_and_the_task_runs(rig: Rig) -> None:
    assert rig.run("echo ran; sleep 0.1", priority=-20).exit_code == 0
    assert any("Priority -20 is not possible" in line for line in rig.log())


def test_nothing_is_left_beside_the_logs(rig: Rig) -> None:
    rig.run("echo x >&2", stderr_level="warn")
    assert sorted(os.listdir(rig.spool.run_dir)) == ["scripts"] or "returns" in os.listdir(rig.spool.run_dir)
    assert not any(name.startswith("stderr") for name in os.listdir(rig.spool.run_dir))
