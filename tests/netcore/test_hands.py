"A member runs what is assigned to it, once, whatever way it heard of it; and reports it, or gives up when it must."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.batch import boot_seconds
from models.sharing_line import SharingLine
from netcore.cluster import hands, reports
from netcore.cluster.hands import Hands
from scheduler.cluster.assignment import Assignment, Heard, Report
from scheduler.cluster.wire import assignment_in_words, message_of, reports_from_words, together_in_words
from scheduler.messages import ProcessEnded
from tests.support.reactor import in_reactor, running_reactor, wait_for
from tests.support.sharing import ME, Shared, a_kill, a_start


class Member(Shared):
    "`said`: ends that were told; `rings`: how often without words. `deaf`: words cannot be sent."

    def __init__(self, directory: Path, url: str) -> None:
        super().__init__(directory, url)
        self.said: list[Report] = []
        self.rings = 0
        self.deaf = False
        self.lost = 0
        self.line = SharingLine(url, "id")
        self.hands: Hands = in_reactor(
            Hands, running_reactor(), self.settings, self.opened, self.environ, boot_seconds, self._tell, self._lose
        )
        in_reactor(self.hands.start)

    def _tell(self, words: bytes) -> bool:
        if words and not self.deaf:
            self.said += reports_from_words(words)
        self.rings += not words
        return bool(words) and not self.deaf

    def _lose(self) -> None:
        self.lost += 1

    def listen(self, assignment: Assignment) -> None:
        in_reactor(self.hands.listen, [together_in_words([assignment_in_words(assignment)])])

    def ends_recorded(self) -> list[ProcessEnded]:
        return [message_of(each) for each in self.line.reports() if each.heard is Heard.ENDED]  # type: ignore[misc]

    def lines(self, name: str) -> list[str]:
        file = self.directory / name
        return file.read_text().splitlines() if file.exists() else []

    def writes(self, task_id: int, text: str = "") -> Assignment:
        "A start that leaves a line in the file `began`."
        return a_start(task_id, f'echo {task_id} >> "{self.directory}/began"\n{text}')


@pytest.fixture
def member(tmp_path: Path, database_url: str) -> Iterator[Member]:
    made = Member(tmp_path, database_url)
    yield made
    in_reactor(made.hands.stop)
    wait_for(lambda: not made.hands._thread.is_alive())
    made.line.close()
    made.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    "Members never take a word for lost."
    monkeypatch.setattr(reports, "PATIENCE", 1e6)


@pytest.mark.usefixtures("patient")
def test_what_is_assigned_begins_once_and_its_end_is_said(member: Member) -> None:
    start = member.writes(7, "exit 3")
    member.record(start)
    member.listen(start)
    member.listen(start)
    wait_for(lambda: member.said)
    (report,) = member.said
    ended: Any = message_of(report)
    assert (ended.task_id, ended.exit_code, report.member_run) == (7, 3, ME.run_token)
    member.drop((Assignment, start.key))
    wait_for(lambda: in_reactor(lambda: member.hands.idle_since) is not None)
    member.listen(start)  # a datagram that was under way for long
    member.record(following := member.writes(8))
    wait_for(lambda: len(member.said) == 2)
    assert member.lines("began") == ["7", "8"]
    assert following.key.task_id == message_of(member.said[1]).task_id
    assert member.ends_recorded() == []


def test_a_word_or_a_bell_is_enough_where_nobody_looks(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "LOOK_EVERY", 1e6)
    member = Member(tmp_path, sqlite_url)
    try:
        start = member.writes(7)
        member.record(start)
        member.listen(start)
        wait_for(lambda: len(member.said) == 1)
        member.record(member.writes(8))
        member.hands.look_now()
        wait_for(lambda: len(member.said) == 2)
    finally:
        in_reactor(member.hands.stop)
        wait_for(lambda: not member.hands._thread.is_alive())
        member.line.close()
        member.close()


def test_without_words_everything_goes_through_the_database(member: Member) -> None:
    member.deaf = True
    member.record(member.writes(7))
    wait_for(member.ends_recorded)
    assert (member.lines("began"), member.said) == (["7"], [])
    wait_for(lambda: member.rings)


def test_an_end_that_nobody_has_heard_is_recorded(member: Member) -> None:
    member.record(member.writes(7))
    wait_for(member.ends_recorded)  # its assignment never goes
    assert [each.task_id for each in member.said] == [7]
    assert member.lines("began") == ["7"]


def test_a_step_is_killed_by_an_assignment_and_its_begin_is_recorded(member: Member) -> None:
    member.record(member.writes(7, "sleep 600"))
    wait_for(lambda: [each.heard for each in member.line.reports()] == [Heard.STARTED])
    member.record(a_kill(7))
    member.hands.look_now()
    wait_for(member.ends_recorded)  # the engine has written into its log, so that is read by the thread
    assert [ended.exit_code for ended in member.ends_recorded()] == [-9]


@pytest.mark.usefixtures("patient")
def test_a_member_that_leaves_waits_for_its_steps_and_for_what_it_has_to_report(member: Member) -> None:
    go = member.directory / "go"
    start = member.writes(7, f'while [ ! -e "{go}" ]; do sleep 0.05; done')
    member.record(start)
    member.listen(start)
    wait_for(lambda: member.lines("began"))
    over: list[int] = []
    in_reactor(lambda: member.hands.finish(None).addCallback(lambda _: over.append(1)) and None)
    go.touch()
    wait_for(lambda: member.said)
    assert over == []
    member.drop((Assignment, start.key))
    wait_for(lambda: over)


def test_a_member_that_was_declared_dead_learns_it_with_its_next_report(member: Member) -> None:
    member.put(replace(ME, dead=True))
    member.deaf = True
    member.record(member.writes(7))
    wait_for(lambda: member.lost == 1)
    assert member.ends_recorded() == []


def test_what_is_stopped_is_killed_and_not_reported(member: Member) -> None:
    pid = member.directory / "pid"
    member.record(a_start(7, f'echo $$ > "{pid}.new"; mv "{pid}.new" "{pid}"; sleep 600'))
    wait_for(pid.exists)
    in_reactor(member.hands.stop)
    wait_for(lambda: not Path(f"/proc/{pid.read_text().strip()}").exists())
    member.listen(member.writes(8))
    assert (member.said, member.ends_recorded(), member.lines("began")) == ([], [], [])
