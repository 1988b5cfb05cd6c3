"The starter as a process of its own: who dies, what goes on, and what never starts."

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from netcore.cluster.permit import StartPermit
from netcore.leftovers import find_leftovers
from netcore.processes import Processes
from netcore.run_mark import RunMark
from netcore.spool import Spool
from scheduler.actions import Kill, Launch, TaskLogLine
from scheduler.definitions import Script
from scheduler.messages import Message, ProcessEnded, ProcessStarted
from tests.support.reactor import in_reactor, running_reactor, wait_for

ROOT = Path(__file__).resolve().parents[3]
#: what has no place in a process that is to be small
LARGE = {"twisted", "sqlalchemy", "lxml", "zope", "scheduler", "models", "dataclasses", "logging"}


class Clock:
    now = proved = 100.0


class Rig:
    "Processes with a starter, in a temporary spool. `breaths`: how many messages came at once."

    def __init__(self, directory: Path, gathers: float = 0.0) -> None:
        self.clock = Clock()
        self.breaths: list[int] = []
        self.messages: list[Message] = []
        self.spool = Spool(directory / "log", directory / "run")
        self.spool.prepare()
        self.permit = StartPermit(lambda: self.clock.proved)
        self.clock.proved = float("inf")
        base = {"PATH": os.environ["PATH"]}
        #: its own: what a lost starter leaves is ended on the whole machine, where other tests run, too
        self.mark = RunMark.draw("test")
        self.processes = Processes(
            running_reactor(), self.spool, self.messages.append, base, self.mark, permit=self.permit,
            together=self._together, gathers=gathers,
        )  # fmt: skip

    @contextmanager
    def _together(self) -> Iterator[None]:
        before = len(self.messages)
        yield
        self.breaths.append(len(self.messages) - before)

    @property
    def starter(self) -> int:
        "Its process id."
        found = wait_for(lambda: self.processes._starter)
        return found.pid

    def launch(self, task_id: int, text: str) -> None:
        action = Launch(task_id, "/a", Script("shell", text), {}, f"task.a.{task_id}.log", f"a:{task_id}")
        in_reactor(self.processes.expect, action)
        self.processes.launch(action)

    def of(self, kind: type[Any], task_id: int) -> Any:
        return next((m for m in list(self.messages) if isinstance(m, kind) and m.task_id == task_id), None)

    def ended(self, task_id: int) -> ProcessEnded:
        return wait_for(lambda: self.of(ProcessEnded, task_id))

    def log(self, task_id: int) -> str:
        return (self.spool.take_log(f"task.a.{task_id}.log") or b"").decode()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    in_reactor(made.processes.stop)


def gone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] in ("Z", "X")
    except FileNotFoundError:
        return True


def test_when_the_starter_dies_its_tasks_end_and_are_told_as_lost_and_another_one_goes_on(rig: Rig) -> None:
    first = rig.starter
    rig.launch(1, "sleep 60 & echo $!; exec sleep 60")
    process = wait_for(lambda: rig.of(ProcessStarted, 1)).pid
    background = int(wait_for(lambda: [line for line in rig.log(1).splitlines() if line.isdigit()])[0])
    os.kill(first, signal.SIGKILL)
    rig.launch(2, "echo second")  # told to nobody, to the dead one, or to the next one
    assert rig.ended(1) == ProcessEnded(1, -signal.SIGKILL, lost=True)
    assert gone(process)
    assert gone(background)
    assert "[ERROR]" in rig.log(1)
    if rig.ended(2).lost:
        rig.launch(3, "echo second")
        assert rig.ended(3).first_line == "second"
    else:
        assert rig.ended(2).first_line == "second"
    assert rig.starter != first
    assert gone(first)
    assert rig.processes.running == set()


def test_processes_of_task_servers_outlive_the_starter(rig: Rig) -> None:
    mark, returns = rig.mark.of_task(1), rig.spool.returns_path(1)
    environment = {"STELLWERK_TASK": mark, "SCHEDULER_RETURN_VALUES": returns, "PATH": os.environ["PATH"]}
    server = subprocess.Popen(["sleep", "60"], env=environment, start_new_session=True)
    try:
        rig.processes.spared = lambda: {server.pid}
        rig.launch(1, "exec sleep 60")
        process = wait_for(lambda: rig.of(ProcessStarted, 1)).pid
        os.kill(rig.starter, signal.SIGKILL)
        assert rig.ended(1).lost
        assert gone(process)
        assert server.poll() is None
    finally:
        server.kill()
        server.wait()


def test_when_the_engine_dies_the_starter_ends_and_leaves_its_processes_to_be_found(rig: Rig) -> None:
    starter = rig.starter
    rig.launch(1, "exec sleep 60")
    process = wait_for(lambda: rig.of(ProcessStarted, 1)).pid
    connection = rig.processes._starter
    assert connection is not None
    rig.processes._starter = None  # as after the engine's death nobody speaks to it any more
    in_reactor(connection.close)
    wait_for(lambda: gone(starter))
    assert not gone(process)
    left = find_leftovers(RunMark("test", "another run"), rig.spool)
    assert [(each.task_id, each.pid) for each in left if each.pid == process] == [(1, process)]
    connection.reap()
    os.kill(process, signal.SIGKILL)


def test_nothing_starts_without_a_recent_proof_and_what_waits_starts_with_the_next_one(rig: Rig) -> None:
    rig.clock.proved = 0.0
    rig.processes.proved()
    rig.launch(1, "echo one")
    rig.launch(2, "echo two")
    in_reactor(rig.processes.kill, Kill(1, None))
    assert rig.ended(1) == ProcessEnded(1, -signal.SIGTERM), "it was taken back, so there was no process"
    assert rig.of(ProcessEnded, 2) is None
    assert not os.path.exists(rig.spool.log_path("task.a.2.log"))
    rig.clock.proved = float("inf")
    rig.processes.proved()
    assert rig.ended(2).first_line == "two"


def test_what_is_decided_about_a_task_before_its_start_is_recorded_holds(rig: Rig) -> None:
    action = Launch(1, "/a", Script("shell", "echo never"), {}, "task.a.1.log", "a:1")
    in_reactor(rig.processes.expect, action)
    in_reactor(rig.processes.kill, Kill(1, 0))
    assert rig.processes.running == {1}
    rig.processes.launch(action)
    ended = rig.ended(1)
    assert ended.exit_code == -signal.SIGKILL
    assert ended.first_line == ""


def test_signals_that_end_an_engine_in_order_leave_the_starter_at_work(rig: Rig) -> None:
    rig.launch(1, "echo one")
    assert rig.ended(1).first_line == "one"
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(rig.starter, number)
    rig.launch(2, "echo two")
    assert rig.ended(2).first_line == "two"


def test_many_large_ends_come_through(rig: Rig) -> None:
    size = 900_000
    for task_id in range(1, 9):
        rig.launch(task_id, f"head -c {size} /dev/zero | tr '\\0' x > $SCHEDULER_RETURN_VALUES")
    assert {len(rig.ended(task_id).return_values) for task_id in range(1, 9)} == {size}


def test_a_line_of_the_engine_is_in_the_log_whoever_was_faster(rig: Rig) -> None:
    for task_id in range(1, 21):
        rig.launch(task_id, "echo said")
        in_reactor(rig.processes.log, TaskLogLine(task_id, f"task.a.{task_id}.log", f"a:{task_id}", "warn", "late"))
    for task_id in range(1, 21):
        rig.ended(task_id)
        line = TaskLogLine(task_id, f"task.a.{task_id}.log", f"a:{task_id}", "warn", "later")
        in_reactor(rig.processes.log, line)
        lines = rig.log(task_id).splitlines()
        assert "said" in lines
        assert lines[-1].endswith("later")


def test_more_scripts_than_are_known_by_number(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netcore.starter.connection._SCRIPTS_MAX", 3)
    for task_id in (*range(1, 8), 1, 4):
        rig.messages.clear()
        rig.launch(task_id, f"echo {task_id}")
        assert rig.ended(task_id).first_line == str(task_id)


def test_the_starter_is_small() -> None:
    program = "import netcore.starter.program, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert LARGE & set(found.stdout.split()) == set()


def test_an_end_waits_for_others_that_have_just_begun_but_for_nobody_else(tmp_path: Path) -> None:
    rig = Rig(tmp_path, gathers=1e6)
    try:
        rig.launch(1, "exit 1")
        assert rig.ended(1).exit_code == 1
        # what is told of the third one as a process that takes its time is told with the end of the second one
        rig.launch(3, f'read line < "{fifo(tmp_path)}"')
        rig.launch(2, "exit 2")
        assert rig.ended(2).exit_code == 2
        wait_for(lambda: rig.of(ProcessStarted, 3))
        assert rig.of(ProcessEnded, 3) is None
    finally:
        in_reactor(rig.processes.stop)


def test_ends_of_processes_that_began_together_are_told_together(tmp_path: Path) -> None:
    rig = Rig(tmp_path, gathers=1e6)

    def together() -> bool:
        rig.messages.clear()
        rig.breaths.clear()
        os.kill(rig.starter, signal.SIGSTOP)
        for task_id in range(1, 5):
            rig.launch(task_id, "exit 0")
        os.kill(rig.starter, signal.SIGCONT)
        for task_id in range(1, 5):
            rig.ended(task_id)
        return rig.breaths[0] >= 4

    try:
        # a starter that is not stopped at once takes one start before the others, which is right, but not always
        assert any(together() for _ in range(10))
    finally:
        in_reactor(rig.processes.stop)


def fifo(directory: Path) -> Path:
    "Nobody writes into it."
    path = directory / "fifo"
    os.mkfifo(path)
    return path
