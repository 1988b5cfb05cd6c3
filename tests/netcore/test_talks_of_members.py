"A member runs task servers for the leading one: it makes each call once, and what they say is heard or recorded."

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.batch import boot_seconds
from models.sharing_line import SharingLine
from netcore.cluster import talks
from netcore.cluster.hands import Hands
from scheduler.actions import Launch
from scheduler.cluster.assignment import Assignment, AssignmentKey, Heard, Report, Wanted
from scheduler.cluster.wire import (
    TAKE_BACK,
    assignment_in_words,
    launched,
    message_of,
    reports_from_words,
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
        begin = {
            "type": "begin", "job": {"path": "/a", "order": True, "script": script}, "task": {"id": 7},
            "scheduler": {"id": "id"}, "log": {"title": "Task a:7"},
        }  # fmt: skip
        launch = Launch(7, "/a", Script("python", script), {}, "task.a.7.log", "a:7", begin=begin)
        ((assignment,), _) = launched(launch, ME.run_token)
        self._tell(assignment)
        self.hears("started", "result")
        self.call({"type": "open"})
        self.hears("result")

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


@pytest.mark.usefixtures("patient")
def test_a_task_server_that_nobody_wants_any_more_is_killed(on_sqlite: Leader) -> None:
    leader = on_sqlite
    leader.start()
    pid = leader.entries()[0][1]
    leader.drop((Assignment, AssignmentKey(7, Wanted.LAUNCH)), (Assignment, AssignmentKey(7, Wanted.CALL)))
    wait_for(lambda: not lives(pid))


def test_task_servers_end_with_the_member(on_sqlite: Leader) -> None:
    leader = on_sqlite
    leader.start()
    pid = leader.entries()[0][1]
    in_reactor(leader.hands.stop)
    wait_for(lambda: not lives(pid))
