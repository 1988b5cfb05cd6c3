"""Real processes under the real reactor: what they see, what they leave, how they end."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netcore.cluster.permit import StartPermit
from netcore.processes import Processes
from netcore.run_mark import VARIABLE, RunMark
from netcore.spool import Spool
from netcore.starter.ending import RETURN_VALUES_MAX
from scheduler.actions import Kill, Launch
from scheduler.definitions import Script
from scheduler.errors import Code
from scheduler.messages import Message, ProcessEnded, ProcessStarted, StartFailed
from tests.support.processes import lives
from tests.support.reactor import in_reactor, reactor, running_reactor, wait_for


def start(processes: Processes, action: Launch) -> None:
    "What the conductor and the scribe do with a start."
    processes.expect(action)
    processes.launch(action)


class Rig:
    "Processes in a temporary spool, with everything they reported."

    def __init__(self, directory: Path, permit: StartPermit | None = None) -> None:
        self.messages: list[Message] = []
        self.spool = Spool(directory / "log", directory / "run")
        self.spool.prepare()
        base = {"PATH": os.environ["PATH"], "BASE": "yes", "BOTH": "base", VARIABLE: "an/1/ancestor"}
        self.mark = mark = RunMark.draw("test")
        self.processes = Processes(running_reactor(), self.spool, self.messages.append, base, mark, permit=permit)

    def launch(
        self, text: str, task_id: int = 1, environment: dict[str, str] | None = None, log: str = "", wait: bool = True
    ) -> None:
        "Start a task; when this returns its process exists or could not be made."
        script = Script("shell", text)
        log_file = log or f"task.a,b.{task_id}.log"
        action = Launch(task_id, "/a/b", script, environment or {}, log_file, f"a/b:{task_id}")
        in_reactor(start, self.processes, action)
        if wait:
            wait_for(lambda: any(self.of(kind, task_id) for kind in (ProcessStarted, StartFailed, ProcessEnded)))

    def kill(self, task_id: int, grace: float | None, reason: str = "") -> None:
        in_reactor(self.processes.kill, Kill(task_id, grace, reason))

    def ended(self, task_id: int = 1) -> ProcessEnded:
        return wait_for(lambda: self.of(ProcessEnded, task_id))

    def of(self, kind: type[Any], task_id: int) -> Any:
        return next((m for m in list(self.messages) if isinstance(m, kind) and m.task_id == task_id), None)

    def run(self, text: str, **more: Any) -> ProcessEnded:
        self.launch(text, **more)
        return self.ended(more.get("task_id", 1))

    def log(self, task_id: int = 1) -> str:
        content = self.spool.take_log(f"task.a,b.{task_id}.log")
        assert content is not None
        return content.decode("utf-8", "replace")

    def output(self, task_id: int = 1) -> list[str]:
        "The log without the engine's own lines."
        return [line for line in self.log(task_id).splitlines() if f"(Task a/b:{task_id})" not in line]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    in_reactor(made.processes.stop)


def test_a_task_starts_runs_and_ends(rig: Rig) -> None:
    ended = rig.run("echo first; echo second >&2; echo a=b >> $SCHEDULER_RETURN_VALUES; exit 3")
    assert ended.pid is not None
    assert ended.pid > 0
    assert [type(message) for message in rig.messages] in ([ProcessEnded], [ProcessStarted, ProcessEnded])
    assert ended.usage is not None
    assert ended == ProcessEnded(1, 3, "first", "a=b\n", ended.pid, usage=ended.usage)
    assert rig.output() == ["first", "second"]
    lines = rig.log().splitlines()
    assert "[info]   (Task a/b:1) Task 1 of job /a/b starts" in lines[0]
    assert f"(Task a/b:1) Process {ended.pid} ended with exit code 3; stdout and stderr" in lines[-1]
    assert os.listdir(rig.spool.returns_dir) == []
    assert rig.processes.running == set()


def test_standard_input_is_empty_and_no_other_descriptor_is_open(rig: Rig) -> None:
    rig.run("cat; for f in /proc/self/fd/*; do [ -e $f ] && readlink $f; done; true")
    log = rig.spool.log_path("task.a,b.1.log")
    expected = {"/dev/null", log, rig.spool.script("x")}
    open_files = rig.output()
    assert len([name for name in open_files if name == log]) == 2
    assert [name for name in open_files if name not in expected and not name.startswith(rig.spool.scripts_dir)] == []


def test_the_environment_is_the_engines_then_the_tasks_then_ours(rig: Rig) -> None:
    rig.run(f'echo "$BASE $BOTH $OWN ${VARIABLE}"', environment={"BOTH": "task", "OWN": "x y"})
    assert rig.output() == [f"yes task x y {rig.mark.of_task(1)}"]


def test_an_impossible_environment_is_refused_and_said(rig: Rig) -> None:
    rig.launch("true", environment={"A": "nul\0byte"})
    assert rig.of(StartFailed, 1).problem.code == Code.NOT_STARTED.code
    assert "[ERROR]" in rig.log()
    assert os.listdir(rig.spool.returns_dir) == []


def test_a_process_is_leader_of_its_own_session(rig: Rig) -> None:
    rig.launch("exec sleep 60")
    pid = rig.of(ProcessStarted, 1).pid
    assert os.getpgid(pid) == os.getsid(pid) == pid
    rig.kill(1, 0)
    assert rig.ended().exit_code == -signal.SIGKILL


def test_signals_that_the_engine_ignores_end_a_job(rig: Rig) -> None:
    rig.launch("kill -PIPE $$; exit 0")
    assert rig.ended().exit_code == -signal.SIGPIPE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#!/bin/sh\nexit 7", 7),
        ("#!/usr/bin/env -S sh -e\nfalse\nexit 0", 1),
        ("#!/no/such/interpreter\n", 127),
        ("exit 9", 9),
    ],
)
def test_the_first_line_may_name_an_interpreter(rig: Rig, text: str, expected: int) -> None:
    assert rig.run(text).exit_code == expected


@pytest.mark.parametrize("text", ["echo there", "#!/bin/sh\necho there"])
def test_a_vanished_script_is_written_again(rig: Rig, text: str) -> None:
    os.unlink(rig.spool.script(text))
    assert rig.run(text).first_line == "there"


def test_a_script_that_somebody_writes_to_is_replaced(rig: Rig) -> None:
    text = "#!/bin/sh\necho there"
    with open(rig.spool.script(text), "ab"):  # ETXTBSY, as long as it is open
        assert rig.run(text).first_line == "there"


def test_one_file_serves_all_tasks_with_the_same_script(rig: Rig) -> None:
    rig.run("echo same")
    rig.run("echo same", task_id=2)
    rig.run("echo other", task_id=3)
    files = [Path(rig.spool.scripts_dir, name) for name in os.listdir(rig.spool.scripts_dir)]
    assert sorted(file.read_text() for file in files) == ["echo other\n", "echo same\n"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o700}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (b"", ""),
        (b"\nsecond\n", ""),
        (b"no line end", "no line end"),
        (b"dos line\r\nnext", "dos line"),
        ("grün".encode(), "grün"),
        (b"gr\xfcn\n", "grün"),
        (b"x" * 100, "x" * 100),
        (b"x" * 101, "x" * 99 + "…"),
        ("ü".encode() * 150, "ü" * 99 + "…"),
        (b"a" + "€".encode() * 150, "a" + "€" * 98 + "…"),
        ("🎵".encode() * 101, "🎵" * 99 + "…"),
        (b"a\0b\x1b[31m\tc\n", "ab[31m\tc"),
    ],
)
def test_the_first_line_of_output_is_told(rig: Rig, tmp_path: Path, output: bytes, expected: str) -> None:
    (tmp_path / "output").write_bytes(output)
    assert rig.run(f"cat {tmp_path}/output").first_line == expected


def test_the_end_line_stands_alone_also_when_the_output_has_no_line_end(rig: Rig) -> None:
    rig.run("printf unfinished")
    assert rig.output() == ["unfinished"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("rm $SCHEDULER_RETURN_VALUES", ""),
        ("rm $SCHEDULER_RETURN_VALUES; mkfifo $SCHEDULER_RETURN_VALUES", ""),
        ("rm $SCHEDULER_RETURN_VALUES; ln -s /etc/passwd $SCHEDULER_RETURN_VALUES", ""),
        ("printf 'a=\\374' > $SCHEDULER_RETURN_VALUES", "a=ü"),
        ("printf 'a=\\000' > $SCHEDULER_RETURN_VALUES", "a=\ufffd"),
    ],
)
def test_strange_return_value_files_do_no_harm(rig: Rig, command: str, expected: str) -> None:
    assert rig.run(command).return_values == expected
    assert os.listdir(rig.spool.returns_dir) == []


def test_return_values_without_end_become_a_line_that_fails_the_task(rig: Rig) -> None:
    ended = rig.run(f"head -c {RETURN_VALUES_MAX + 1} /dev/zero | tr '\\0' = > $SCHEDULER_RETURN_VALUES")
    assert "=" not in ended.return_values
    assert str(RETURN_VALUES_MAX) in ended.return_values
    assert "[ERROR]" in rig.log()


def test_a_full_disk_is_a_start_failure(rig: Rig) -> None:
    os.symlink("/dev/full", rig.spool.log_path("full.log"))
    rig.launch("true", log="full.log")  # not followed
    assert rig.of(StartFailed, 1).problem.code == Code.NO_LOG.code
    os.rename(rig.spool.log_dir, f"{rig.spool.log_dir}.away")
    rig.launch("true", task_id=2)
    assert rig.of(StartFailed, 2).problem.code == Code.NO_LOG.code
    assert rig.processes.running == set()


def test_kill_at_once_ends_the_whole_group(rig: Rig) -> None:
    rig.launch("sleep 60 & echo $!; sleep 60; true")
    child = int(wait_for(rig.output)[0])
    rig.kill(1, 0, "by command")
    assert rig.ended().exit_code == -signal.SIGKILL
    wait_for(lambda: not lives(child))
    assert "SIGKILL: by command" in rig.log()


def test_sigterm_comes_first_and_sigkill_after_the_grace(rig: Rig) -> None:
    rig.launch("trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; done")
    wait_for(lambda: "ready" in rig.output())
    rig.kill(1, 0.4)
    assert rig.ended().exit_code == -signal.SIGKILL
    assert "asked" in rig.output()


def test_a_process_that_follows_sigterm_ends_its_own_way(rig: Rig) -> None:
    rig.launch("trap 'exit 4' TERM; echo ready; while :; do sleep 0.05; done")
    wait_for(lambda: "ready" in rig.output())
    rig.kill(1, 3600)
    assert rig.ended().exit_code == 4
    assert [call for call in in_reactor(reactor.getDelayedCalls) if call.getTime() > reactor.seconds() + 1800] == []
    assert rig.processes.running == set()


def test_sigterm_alone_waits_for_ever(rig: Rig) -> None:
    rig.launch("trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; done")
    wait_for(lambda: "ready" in rig.output())
    rig.kill(1, None)
    wait_for(lambda: "asked" in rig.output())
    assert rig.of(ProcessEnded, 1) is None
    rig.kill(1, 0)
    assert rig.ended().exit_code == -signal.SIGKILL


def test_a_stopped_process_can_be_ended_by_sigterm(rig: Rig) -> None:
    rig.launch("kill -STOP $$; exit 0")
    pid = rig.of(ProcessStarted, 1).pid
    wait_for(lambda: " T " in Path(f"/proc/{pid}/stat").read_text())
    rig.kill(1, None)
    assert rig.ended().exit_code == -signal.SIGTERM


def test_background_processes_end_with_their_task(rig: Rig) -> None:
    ended = rig.run("sleep 60 & echo $!")
    assert ended.exit_code == 0
    wait_for(lambda: not lives(int(ended.first_line)))


def test_a_kill_that_comes_before_or_during_the_start_is_carried_out(tmp_path: Path) -> None:
    many, now, proved = 30, 100.0, [0.0]
    rig = Rig(tmp_path, StartPermit(lambda: proved[0], lambda: now))

    def launch_many_and_kill_all() -> None:
        for task_id in range(1, many + 1):
            action = Launch(task_id, "/a/b", Script("shell", "exec sleep 60"), {}, f"task.a,b.{task_id}.log", "a/b")
            start(rig.processes, action)
        assert rig.processes.running == set(range(1, many + 1))
        rig.processes.kill_all()
        proved[0] = now  # until here the launcher's threads had to wait with what they had begun

    in_reactor(launch_many_and_kill_all)
    for task_id in range(1, many + 1):
        assert rig.ended(task_id).exit_code == -signal.SIGKILL
    assert rig.of(ProcessStarted, many) is None, "its start had not begun"
    assert rig.processes.running == set()
    in_reactor(rig.processes.stop)


def test_many_tasks_start_and_end_and_leave_nothing_open(rig: Rig) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))
    count = 24

    def launch_all() -> None:
        for task_id in range(1, count + 1):
            script = Script("shell", "exit $SCHEDULER_TASK_ID")
            environment = {"SCHEDULER_TASK_ID": str(task_id)}
            start(rig.processes, Launch(task_id, "/a/b", script, environment, f"task.a,b.{task_id}.log", "a/b"))

    in_reactor(launch_all)
    assert [rig.ended(task_id).exit_code for task_id in range(1, count + 1)] == list(range(1, count + 1))
    wait_for(lambda: len(os.listdir("/proc/self/fd")) <= descriptors)


def test_a_receiver_that_fails_does_not_stop_the_others(rig: Rig) -> None:
    received: list[Message] = []

    def fail(message: Message) -> None:
        received.append(message)
        raise ZeroDivisionError

    processes = Processes(running_reactor(), rig.spool, fail, {}, RunMark.draw("test"))
    for task_id in (1, 2):
        action = Launch(task_id, "/a/b", Script("shell", "true"), {}, f"task.a,b.{task_id}.log", "a/b")
        in_reactor(start, processes, action)
    wait_for(lambda: sum(isinstance(message, ProcessEnded) for message in received) == 2)
    in_reactor(processes.stop)


def test_stop_ends_everything_without_a_word(rig: Rig) -> None:
    rig.launch("trap '' TERM; sleep 60")
    pid = rig.of(ProcessStarted, 1).pid
    rig.messages.clear()
    in_reactor(rig.processes.stop)
    wait_for(lambda: not lives(pid))
    rig.launch("true", task_id=2, wait=False)
    assert rig.messages == []
    assert rig.processes.running == set()


def test_stop_ends_also_what_the_reactor_has_not_heard_of_yet(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    action = Launch(1, "/a/b", Script("shell", f"echo $$ > {file}.new; mv {file}.new {file}; sleep 60"), {}, "l", "a/b")

    def launch_and_stop() -> None:
        start(rig.processes, action)
        wait_for(file.exists)
        rig.processes.stop()
        wait_for(lambda: not lives(int(file.read_text())))

    in_reactor(launch_and_stop)
    assert rig.messages == []
