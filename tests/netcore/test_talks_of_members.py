"A member runs task servers for the leading one: it makes each call once, and what they say is heard or recorded."

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.batch import boot_seconds
from models.sharing_line import SharingLine
from netcore.cluster import talks
from netcore.cluster.hands import Hands
from scheduler.actions import Kill, Launch
from scheduler.cluster.assignment import Assignment, AssignmentKey, Heard, Report, Wanted
from scheduler.cluster.wire import (
    TAKE_BACK,
    assignment_in_words,
    launched,
    message_of,
    reports_from_words,
    shell_call,
    together_in_words,
)  # fmt: skip
from scheduler.definitions import Script
from scheduler.messages import Said
from tests.support.processes import lives
from tests.support.reactor import in_reactor, running_reactor, wait_for
from tests.support.sharing import ME, Shared, a_kill

SCRIPT = """import os
def spooler_process():
    order = spooler_task.order
    with open({began!r}, "a") as file:
        file.write(order.id + chr(10))
    if order.id == "ask":
        spooler.execute_xml("<show_state/>")
    if order.id == "lock":
        spooler_task.try_hold_lock("/lock")
    if order.id == "stay":
        import time
        while True:
            time.sleep(0.02)
    return True"""

MONITOR = """def spooler_process_before():
    spooler_log.info("said before")
    return True
def spooler_process_after(result):
    spooler_log.info("said after")
    return result"""
#: a shell process that tells its number
STAYS = 'echo "$$" > "{0}/shell.new"; mv "{0}/shell.new" "{0}/shell"; exec sleep 600'


class Leader(Shared):
    "What a leading member says to `ME`, and hears from it. `deaf`: it hears no words; `mute`: nor does the member."

    def __init__(self, directory: Path, url: str) -> None:
        super().__init__(directory, url)
        self.deaf = self.mute = False
        self.said: list[dict[str, Any]] = []
        self.heard = 0
        #: by word, and as rows, which go when they are read
        self.reports: list[Report] = []
        self.rows: list[Report] = []
        self.found: dict[int, Any] = {}
        self.line = SharingLine(url, "id")
        self.hands: Hands = in_reactor(
            Hands, running_reactor(), self.settings, self.opened, self.environ, boot_seconds, self._hear, lambda: None
        )
        in_reactor(self.hands.start)

    def _hear(self, words: bytes) -> bool:
        if words and not self.deaf:
            self.reports += reports_from_words(words)
        return bool(words)

    def start(self) -> None:
        script = SCRIPT.format(began=str(self.directory / "began"))
        self._start(script=script)
        self.call({"type": "open"})
        self.hears("result")

    def embraces(self, shell: str) -> None:
        "Monitors have let the shell process with this script begin."
        self._start(monitors=[["m", 0, MONITOR]])
        self.call({"type": "before"})
        self.hears("result")
        launch = Launch(7, "/a", Script("shell", shell), {}, "task.a.7.log", "a:7", joins=True)
        self.call(shell_call(launch))

    def _start(self, **fields: Any) -> None:
        begin = {
            "type": "begin", "job": {"path": "/a", "order": True, **fields}, "task": {"id": 7},
            "scheduler": {"id": "id"}, "log": {"title": "Task a:7"},
        }  # fmt: skip
        launch = Launch(7, "/a", Script("python", ""), {}, "task.a.7.log", "a:7", begin=begin)
        ((assignment,), _) = launched(launch, ME.run_token)
        self._tell(assignment)
        self.hears("started", "result")

    def call(self, message: dict[str, Any], *before: dict[str, Any]) -> Assignment:
        "`before`: calls whose words were lost, and which the row still holds."
        self.said += [*before, message]
        return self._tell(self.row(*before, message))

    def row(self, *messages: dict[str, Any]) -> Assignment:
        body = {"said": len(self.said), "heard": self.heard, "messages": messages, "server": {}}
        return Assignment(7, Wanted.CALL, ME.run_token, json.dumps(body))

    def step(self, order: str, *ahead: str) -> dict[str, Any]:
        fields: dict[str, Any] = {"ahead": [_order(each) for each in ahead], "number": 1, "within": 60} if ahead else {}
        return {"type": "process", "order": _order(order), **fields}

    def _tell(self, assignment: Assignment) -> Assignment:
        self.record(assignment)
        if not self.mute:
            in_reactor(self.hands.listen, [together_in_words([assignment_in_words(assignment)])])
        return assignment

    def entries(self) -> list[Any]:
        "What was said and recorded so far, each once, by its number."
        rows = self.line.reports()
        self.rows += rows
        self.drop(*((Report, row.key) for row in rows))
        for report in (*self.reports, *rows):
            said = message_of(report)
            assert isinstance(said, Said)
            assert report.heard is Heard.SAID
            for number, entry in enumerate(said.entries, said.first):
                assert self.found.setdefault(number, entry) == entry
        assert sorted(self.found) == list(range(1, len(self.found) + 1))
        return list(self.found.values())

    def hears(self, *words: str) -> list[Any]:
        "Waits until these came after what was heard before."
        wait_for(lambda: [each[0] for each in self.entries()][self.heard :] == list(words))
        new = self.entries()[self.heard :]
        self.heard += len(words)
        return new

    def shell(self) -> int:
        "The process of `STAYS`."
        file = self.directory / "shell"
        return int(wait_for(lambda: file.exists() and file.read_text().strip()))

    def began(self) -> list[str]:
        file = self.directory / "began"
        return file.read_text().split() if file.exists() else []


def _order(order: str) -> dict[str, Any]:
    return {"id": order, "chain": "/c", "state": "1", "params": {}}


@pytest.fixture
def leader(tmp_path: Path, database_url: str) -> Iterator[Leader]:
    yield from _leader(tmp_path, database_url)


@pytest.fixture
def on_sqlite(tmp_path: Path, sqlite_url: str) -> Iterator[Leader]:
    yield from _leader(tmp_path, sqlite_url)


def _leader(directory: Path, url: str) -> Iterator[Leader]:
    made = Leader(directory, url)
    yield made
    in_reactor(made.hands.stop)
    wait_for(lambda: not made.hands._thread.is_alive())
    made.line.close()
    made.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    "Members never take a word for lost."
    monkeypatch.setattr(talks, "PATIENCE", 1e6)


@pytest.mark.usefixtures("patient")
def test_a_task_server_is_called_and_answers_by_words(on_sqlite: Leader) -> None:
    leader = on_sqlite
    leader.start()
    call = leader.call(leader.step("a"))
    leader._tell(call)  # once more
    ((_, result),) = leader.hears("result")
    assert (result["call"], result["returned"], leader.began()) == ("process", True, ["a"])
    leader.call(leader.step("ask"))
    assert leader.hears("command") == [["command", 1, "<show_state/>"]]
    leader.call({"type": "answer", "id": 1, "text": "<spooler/>"})
    leader.hears("result")
    leader.call(leader.step("lock"))
    assert leader.hears("lock") == [["lock", 2, "/lock", True]]
    leader.call({"type": "answer", "id": 2, "held": True})
    leader.hears("result")
    leader.call({"type": "end"})
    assert leader.hears("result", "ended")[1][:3] == ["ended", 0, []]
    assert leader.reports[-1].log is not None
    assert b"Process" in leader.reports[-1].log
    assert leader.rows == []
    leader.drop((Assignment, AssignmentKey(7, Wanted.LAUNCH)), (Assignment, AssignmentKey(7, Wanted.CALL)))
    wait_for(lambda: in_reactor(lambda: leader.hands.idle_since) is not None)


def test_without_words_everything_goes_through_the_database(leader: Leader) -> None:
    leader.deaf = leader.mute = True
    leader.start()
    leader.call(leader.step("b"), leader.step("a"))  # both calls stand in one row
    leader.hears("result", "result")
    assert leader.began() == ["a", "b"]
    leader.record(a_kill(7))
    leader.hears("ended")
    assert leader.rows[-1].log is not None
    assert leader.reports == []


@pytest.mark.usefixtures("patient")
def test_what_was_handed_ahead_is_taken_back(on_sqlite: Leader) -> None:
    leader = on_sqlite
    leader.start()
    leader.call(leader.step("stay", "a", "b"))
    wait_for(leader.began)
    leader.call(TAKE_BACK)
    assert leader.hears("left") == [["left", [2, 3]]]


@pytest.mark.parametrize("words", [True, False], ids=["by words", "without words"])
def test_monitors_embrace_a_shell_process_and_both_write_one_log(on_sqlite: Leader, words: bool) -> None:
    leader = on_sqlite
    leader.deaf = leader.mute = not words
    leader.embraces('echo "said by shell"; echo x=y > "$SCHEDULER_RETURN_VALUES"; exit 3')
    ((_, told),) = leader.hears("shell")
    assert (told["exit_code"], told["first_line"], told["return_values"]) == (3, "said by shell", "x=y\n")
    leader.call({"type": "after", "returned": False})
    ((_, result),) = leader.hears("result")
    assert result["returned"] is False
    leader.call({"type": "end"})
    assert leader.hears("result", "ended")[1][:3] == ["ended", 0, []]
    log = (*leader.reports, *leader.rows)[-1].log or b""
    places = [log.find(text) for text in (b"said before", b"said by shell", b"said after")]
    assert -1 < places[0] < places[1] < places[2]


def test_a_call_ends_the_shell_process_and_nothing_else(on_sqlite: Leader) -> None:
    leader = on_sqlite
    leader.embraces(STAYS.format(leader.directory))
    shell = leader.shell()
    leader.call(shell_call(Kill(7, 0, "enough")))
    ((_, told),) = leader.hears("shell")
    assert told["exit_code"] == -9
    assert not lives(shell)
    leader.call({"type": "after", "returned": False})
    leader.hears("result")


def test_when_the_task_server_dies_first_its_shell_process_is_killed_before_that_is_told(on_sqlite: Leader) -> None:
    leader = on_sqlite
    leader.embraces(STAYS.format(leader.directory))
    shell = leader.shell()
    os.kill(leader.entries()[0][1], signal.SIGTERM)
    exit_code = leader.hears("result", "ended")[1][1]
    assert exit_code == -signal.SIGTERM
    assert not lives(shell)
    log = (*leader.reports, *leader.rows)[-1].log or b""
    assert b"the task server has ended" in log


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("embraces", [False, True], ids=["alone", "with a shell process"])
def test_a_task_server_that_nobody_wants_any_more_is_killed(on_sqlite: Leader, embraces: bool) -> None:
    leader = on_sqlite
    leader.embraces(STAYS.format(leader.directory)) if embraces else leader.start()
    pids = [leader.entries()[0][1], *([leader.shell()] if embraces else [])]
    leader.drop((Assignment, AssignmentKey(7, Wanted.LAUNCH)), (Assignment, AssignmentKey(7, Wanted.CALL)))
    wait_for(lambda: not any(map(lives, pids)))


def test_task_servers_end_with_the_member(on_sqlite: Leader) -> None:
    leader = on_sqlite
    leader.start()
    pid = leader.entries()[0][1]
    in_reactor(leader.hands.stop)
    wait_for(lambda: not lives(pid))
