"""Real task servers under the real reactor: started, called, asked for locks and commands, killed, dead."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from netcore.brief_calls import Receiver
from netcore.run_mark import VARIABLE, RunMark
from netcore.spool import Spool
from netcore.task_server_connection import TaskServerConnection
from netcore.task_servers import TaskServers
from scheduler.actions import Call, Kill, Launch, TakeBack
from scheduler.definitions import Script
from scheduler.messages import (
    CalledBack,
    CallReturned,
    LockAsked,
    Message,
    ServerEnded,
    ServerStarted,
    StartFailed,
    StepsReturned,
    TakenBack,
)
from taskserver.messages import encode
from tests.support.processes import lives
from tests.support.reactor import in_reactor, running_reactor, wait_for

LOG = "task.a,b.1.log"


class Rig:
    def __init__(self, directory: Path) -> None:
        self.messages: list[Message] = []
        self.commands: list[tuple[str, int]] = []
        self.answer: Deferred[str] = succeed("<answer/>")
        self.spool = Spool(directory / "log", directory / "run")
        self.spool.prepare()
        base = {"PATH": os.environ["PATH"], "BASE": "yes"}
        self.mark = mark = RunMark.draw("test")
        self.servers = TaskServers(
            running_reactor(), self.spool, self.messages.append, base, mark, None, self.execute
        )

    def execute(self, text: str, task_id: int) -> Deferred[str]:
        self.commands.append((text, task_id))
        return self.answer

    def launch(self, script: str, task_id: int = 1, **environment: str) -> None:
        begin = {
            "type": "begin", "job": {"path": "/a/b", "order": True, "script": script}, "task": {"id": task_id},
            "scheduler": {"id": "test"}, "log": {"title": f"Task a/b:{task_id}"},
        }  # fmt: skip
        action = Launch(task_id, "/a/b", Script("python", script), environment, LOG, f"a/b:{task_id}", begin=begin)
        in_reactor(self.servers.expect, action)
        self.servers.launch(action)

    def call(self, kind: str, **fields: Any) -> None:
        self.servers.call(Call(1, {"type": kind, **fields}))

    def process(self, order_id: str = "1", **fields: Any) -> dict[str, Any]:
        self.call("process", order={"id": order_id, "chain": "/c", "state": "100", "params": {}, **fields})
        return self.result()

    def result(self) -> dict[str, Any]:
        "The next result that nobody has looked at; fails at once when none can come any more."
        ends = (CallReturned, StartFailed, ServerEnded)
        try:
            message = wait_for(lambda: next((m for m in list(self.messages) if isinstance(m, ends)), None))
        except AssertionError as error:
            error.add_note(f"There is {self.messages}, runs {self.servers.running}, log {self.spool.read_log(LOG)!r}")
            raise
        assert isinstance(message, CallReturned), (message, self.spool.read_log(LOG))
        self.messages.remove(message)
        return dict(message.result)

    def of(self, kind: type[Any]) -> Any:
        return wait_for(lambda: next((m for m in list(self.messages) if isinstance(m, kind)), None))

    def log(self) -> str:
        return (self.spool.take_log(LOG) or b"").decode()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    in_reactor(made.servers.stop)


def test_a_task_server_begins_and_serves_steps_and_ends(rig: Rig) -> None:
    rig.launch("import os\ndef spooler_process():\n    print('step', os.environ['BASE'], os.environ['OWN'])", OWN="too")
    pid = rig.of(ServerStarted).pid
    assert rig.result()["call"] == "begin"
    first = rig.process("1")
    second = rig.process("2")
    assert (first["returned"], second["returned"]) == (True, True)
    assert second["log_end"] > first["log_end"] > 0
    rig.call("end")
    assert rig.result()["call"] == "end"
    ended = rig.of(ServerEnded)
    assert ended == ServerEnded(1, 0, usage=ended.usage)
    assert ended.usage is not None
    assert ended.usage.seconds > 0
    lines = rig.log().splitlines()
    assert lines[0].endswith("(Task a/b:1) Task 1 of job /a/b starts")
    assert [line for line in lines if "Task a/b:1" not in line] == ["step yes too"] * 2
    assert lines[-1].endswith(f"Process {pid} ended with exit code 0")
    assert rig.servers.running == set()
    assert os.listdir(rig.spool.returns_dir) == []


def test_a_task_server_carries_the_mark_of_its_engine(rig: Rig) -> None:
    rig.launch(f"import os\nprint(os.environ[{VARIABLE!r}])")
    rig.result()
    assert rig.mark.of_task(1) in (rig.spool.read_log(LOG) or b"").decode()


def test_programs_of_a_script_do_not_get_the_connection(rig: Rig) -> None:
    rig.launch("import subprocess\ndef spooler_process():\n    subprocess.run(['ls', '-l', '/proc/self/fd'])")
    rig.result()
    rig.process()
    assert b"socket" not in (rig.spool.read_log(LOG) or b"")


def test_a_script_gives_a_command_and_gets_the_answer(rig: Rig) -> None:
    rig.launch("def spooler_process():\n    return spooler.execute_xml('<x/>') == '<answer/>'")
    rig.result()
    assert rig.process()["returned"] is True
    assert rig.commands == [("<x/>", 1)]
    assert rig.of(CalledBack) == CalledBack(1)


def test_a_command_that_breaks_down_is_an_exception_of_the_script(rig: Rig) -> None:
    rig.answer = fail(RuntimeError("a mistake of the program"))
    rig.launch("def spooler_process():\n    spooler.execute_xml('<x/>')")
    rig.result()
    assert rig.process()["returned"] is None


def test_a_lock_is_asked_for_and_the_answer_reaches_the_script(rig: Rig) -> None:
    rig.launch("def spooler_process():\n    return spooler_task.try_hold_lock('/l')")
    rig.result()
    rig.call("process", order={"id": "1", "chain": "/c", "state": "1", "params": {}})
    asked = rig.of(LockAsked)
    assert (asked.lock, asked.exclusive) == ("/l", True)
    rig.call("answer", id=asked.request, held=True)
    assert rig.result()["returned"] is True


def test_large_messages_pass_both_ways(rig: Rig) -> None:
    rig.launch("def spooler_process():\n    p = spooler_task.order.params\n    p['copy'] = p['big'] + 'x'")
    rig.result()
    big = "ä" * 1_000_000
    assert rig.process(params={"big": big})["order"]["params"]["copy"] == big + "x"


def hand(rig: Rig, *orders: str) -> None:
    first, *others = [{"id": order_id, "chain": "/c", "state": "100", "params": {}} for order_id in orders]
    rig.call("process", order=first, ahead=others, number=1, within=60)


def results_of_steps(rig: Rig) -> list[dict[str, Any]]:
    "Of all so far, whether they came together or not."
    found: list[dict[str, Any]] = []
    for message in list(rig.messages):
        if isinstance(message, StepsReturned):
            found += map(dict, message.results)
        elif isinstance(message, CallReturned) and message.result["call"] == "process":
            found.append(dict(message.result))
    return found


def test_steps_that_are_handed_ahead_are_all_told_in_their_sequence(rig: Rig) -> None:
    rig.launch("def spooler_process():\n    spooler_task.order.state_text = spooler_task.order.id")
    rig.result()
    hand(rig, *map(str, range(20)))
    wait_for(lambda: len(results_of_steps(rig)) == 20)
    assert [result["order"]["state_text"] for result in results_of_steps(rig)] == [str(n) for n in range(20)]


def test_what_has_not_begun_is_taken_back_and_told_by_its_numbers(rig: Rig, tmp_path: Path) -> None:
    go = tmp_path / "go"
    script = f"""
import os, time
def spooler_process():
    while not os.path.exists({str(go)!r}):
        time.sleep(0.01)
"""
    rig.launch(script)
    rig.result()
    hand(rig, "a", "b", "c")
    rig.servers.take_back(TakeBack(1))
    assert rig.of(TakenBack) == TakenBack(1, (2, 3))
    go.touch()
    assert rig.result()["returned"] is True
    assert rig.process("d")["returned"] is True


def test_the_end_of_a_task_server_tells_what_it_has_not_begun(rig: Rig) -> None:
    rig.launch("import os\ndef spooler_process():\n    if spooler_task.order.id == 'b': os._exit(3)")
    rig.result()
    hand(rig, "a", "b", "c", "d")
    ended = rig.of(ServerEnded)
    assert ended == ServerEnded(1, 3, left=(3, 4), usage=ended.usage)
    assert len(results_of_steps(rig)) == 1


def test_requests_and_results_keep_their_sequence_when_they_come_together(rig: Rig) -> None:
    rig.launch("def spooler_process():\n    return spooler_task.try_hold_lock('/l')")
    rig.result()
    hand(rig, "a", "b")
    for request in (1, 2):
        wait_for(partial(_is_asked, rig, request))
        assert len(results_of_steps(rig)) == request - 1
        rig.call("answer", id=request, held=True)
    wait_for(lambda: len(results_of_steps(rig)) == 2)


def _is_asked(rig: Rig, request: int) -> bool:
    return any(isinstance(message, LockAsked) and message.request == request for message in list(rig.messages))


def test_sigkill_is_told_with_the_signal(rig: Rig) -> None:
    rig.launch("import time\ndef spooler_process():\n    time.sleep(600)")
    rig.result()
    rig.call("process")
    in_reactor(rig.servers.kill, Kill(1, 0, "no more", server=True))
    ended = rig.of(ServerEnded)
    assert (ended.exit_code, ended.left) == (-signal.SIGKILL, ())
    assert "SIGKILL: no more" in rig.log()


def test_sigterm_lets_the_script_tidy_up_and_all_its_messages_come_before_its_end(rig: Rig) -> None:
    rig.launch("import time\ndef spooler_process():\n    print('go', flush=True)\n    time.sleep(600)")
    rig.result()
    rig.call("process")
    wait_for(lambda: b"go" in (rig.spool.read_log(LOG) or b""))
    in_reactor(rig.servers.kill, Kill(1, 30, "", server=True))
    assert rig.of(ServerEnded).exit_code == -signal.SIGTERM
    assert [rig.result()["call"], rig.result()["call"]] == ["process", "end"]
    assert isinstance(rig.messages[-1], ServerEnded)


def test_a_task_server_that_ignores_sigterm_is_killed_after_the_grace(rig: Rig) -> None:
    rig.launch("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf')\ntime.sleep(600)")
    wait_for(lambda: b"deaf" in (rig.spool.read_log(LOG) or b""))
    in_reactor(rig.servers.kill, Kill(1, 0.1, "", server=True))
    assert rig.of(ServerEnded).exit_code == -signal.SIGKILL


def test_a_task_server_without_log_is_not_started(rig: Rig) -> None:
    os.rmdir(rig.spool.log_dir)
    rig.launch("pass")
    assert rig.of(StartFailed).problem.code == "STELLWERK-022"
    assert rig.servers.running == set()


def test_a_kill_before_the_start_is_carried_out(rig: Rig) -> None:
    rig.launch("import time\ntime.sleep(600)")
    in_reactor(rig.servers.kill, Kill(1, 0, "", server=True))
    assert rig.of(ServerEnded).exit_code == -signal.SIGKILL


def test_stopping_kills_what_runs(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.launch("import time\ndef spooler_process():\n    time.sleep(600)")
    pid = rig.of(ServerStarted).pid
    in_reactor(rig.servers.stop)
    wait_for(lambda: not lives(pid))


# -- the connection by itself


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_messages_survive_any_chunking(size: int) -> None:
    ours, theirs = socket.socketpair()
    received: list[Any] = []
    broken: list[str] = []
    connection = TaskServerConnection(running_reactor(), ours, received.extend, broken.append, Receiver())
    in_reactor(connection.start)
    data = encode({"a": 1}) + encode({"b": "ü" * 20}) + encode({"c": None})
    for begin in range(0, len(data), size):
        theirs.sendall(data[begin : begin + size])
    wait_for(lambda: len(received) == 3)
    assert received == [{"a": 1}, {"b": "ü" * 20}, {"c": None}]
    in_reactor(connection.close)
    theirs.close()


def test_what_is_no_message_is_told_once() -> None:
    ours, theirs = socket.socketpair()
    broken: list[str] = []
    connection = TaskServerConnection(running_reactor(), ours, lambda _: None, broken.append, Receiver())
    in_reactor(connection.start)
    theirs.sendall(b"rubbish\nmore\n")
    wait_for(lambda: broken)
    in_reactor(connection.close)
    assert len(broken) == 1
    theirs.close()
