"What a member has to report: said, and kept until it was heard; or written as a row."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.batch import boot_seconds
from models.connect import create, writing
from models.errors import FenceError
from models.members import Member, put_member
from models.sharing_line import SharingLine
from netcore.cluster.reports import LOGS_MOST, PATIENCE, SAID_MOST, SILENCE_FIRST, Reports
from netcore.spool import Spool
from scheduler.cluster.assignment import Heard
from scheduler.cluster.wire import message_of, reports_from_words
from scheduler.errors import Problem
from scheduler.messages import ProcessEnded, ProcessStarted, StartFailed

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ME = Member("id/one:1", "one", 1, "1", NOW, "running", run_token="r1", distributed=True)


class Rig:
    "`said`: the words of each datagram; `deaf`: words cannot be sent. `asked` counts calls of `write_soon`."

    def __init__(self, directory: Path, url: str) -> None:
        self._url = url
        self.put(ME)
        self.spool = Spool(directory / "log", directory / "run")
        self.spool.prepare()
        self.line = SharingLine(url, "id")
        self.said: list[bytes] = []
        self.deaf = False
        self.asked = 0
        self.reports = Reports(ME, self.line, self.spool, self._say, self._ask)

    def put(self, member: Member) -> None:
        engine = create(self._url, "web")
        with writing(engine) as connection:
            put_member(connection, "id", member, NOW)
        engine.dispose()

    def _say(self, words: bytes) -> bool:
        if not self.deaf:
            self.said.append(words)
        return not self.deaf

    def _ask(self) -> None:
        self.asked += 1

    def end(self, task_id: int, log: bytes | None = b"log") -> ProcessEnded:
        "The step of a task ends; `log` None: it is too long to be at hand."
        file = f"task.a.{task_id}.log"
        Path(self.spool.log_path(file)).write_bytes(log if log is not None else b"long")
        if log is not None:
            self.spool.keep_log(file, log)
        self.reports.expect(task_id, file)
        message = ProcessEnded(task_id, 0, "line")
        self.reports.hear(message)
        return message

    def rows(self) -> list[tuple[int, Heard, bytes | None]]:
        return [(row.task_id, row.heard, row.log) for row in self.line.reports()]

    def has_log(self, task_id: int) -> bool:
        return Path(self.spool.log_path(f"task.a.{task_id}.log")).exists()


@pytest.fixture
def rig(tmp_path: Path, database_url: str) -> Iterator[Rig]:
    made = Rig(tmp_path, database_url)
    yield made
    made.line.close()


def test_an_end_that_is_heard_leaves_no_row_and_no_log(rig: Rig) -> None:
    message = rig.end(7, b"\xff\0 log")
    ((report,),) = [reports_from_words(words) for words in rig.said]
    assert (message_of(report), report.member_run, report.log) == (message, "r1", b"\xff\0 log")
    asked_at = boot_seconds()
    rig.reports.settle({7}, asked_at)
    assert rig.reports.open
    assert rig.has_log(7)
    rig.reports.settle((), asked_at)
    assert not rig.reports.open
    assert not rig.has_log(7)
    assert not rig.reports.write()
    assert rig.rows() == []


def test_a_look_that_began_before_it_was_said_proves_nothing(rig: Rig) -> None:
    before = boot_seconds()
    rig.end(7)
    rig.reports.settle((), before)
    assert rig.reports.open


def test_what_nobody_has_heard_is_written_and_members_are_silent_for_a_while(rig: Rig) -> None:
    rig.end(7)
    lost_at = boot_seconds() + 1000
    rig.reports.settle({7}, lost_at)
    assert rig.asked == 1
    assert rig.reports.write()
    assert rig.rows() == [(7, Heard.ENDED, b"log")]
    assert not rig.has_log(7)
    assert not rig.reports.open
    rig.end(8)
    assert len(rig.said) == 1
    assert rig.reports.write()
    assert (8, Heard.ENDED, b"log") in rig.rows()


def test_the_silence_becomes_longer_until_somebody_hears(rig: Rig) -> None:
    def lose(task_id: int) -> float:
        rig.reports._silent_until = 0.0
        rig.end(task_id)
        asked_at = boot_seconds() + PATIENCE
        rig.reports.settle({task_id}, asked_at)
        return rig.reports._silent_until - asked_at

    assert [lose(1), lose(2)] == pytest.approx([SILENCE_FIRST, 2 * SILENCE_FIRST])
    rig.reports._silent_until = 0.0
    rig.end(3)
    rig.reports.settle((), boot_seconds())
    assert lose(4) == pytest.approx(SILENCE_FIRST)


def test_begins_failures_and_long_logs_are_rows(rig: Rig) -> None:
    rig.reports.expect(1, "task.a.1.log")
    rig.reports.hear(ProcessStarted(1, 99))
    rig.reports.expect(2, "task.a.2.log")
    rig.reports.hear(StartFailed(2, Problem("X-1", "no")))
    rig.end(3, None)
    rig.end(4, b"x" * (LOGS_MOST + 1))
    rig.deaf = True
    rig.end(5)
    assert rig.said == []
    rig.reports.write()
    assert [(task_id, heard) for task_id, heard, _ in rig.rows()] == [
        (1, Heard.STARTED), (2, Heard.FAILED), (3, Heard.ENDED), (4, Heard.ENDED), (5, Heard.ENDED)
    ]  # fmt: skip
    assert {task_id: log for task_id, _, log in rig.rows()}[3] == b"long"


def test_what_ends_at_once_is_said_at_once_in_datagrams_that_are_not_too_long(rig: Rig) -> None:
    with rig.reports.together():
        for task_id in range(SAID_MOST + 1):
            rig.end(task_id, b"")
    assert [len(reports_from_words(words)) for words in rig.said] == [SAID_MOST, 1]
    with rig.reports.together():
        for task_id in (100, 101, 102):
            rig.end(task_id, b"x" * (LOGS_MOST // 2))
    assert [len(reports_from_words(words)) for words in rig.said[2:]] == [2, 1]


def test_a_member_that_was_declared_dead_can_write_nothing(rig: Rig) -> None:
    rig.put(replace(ME, dead=True))
    rig.reports.hear(ProcessStarted(1, 99))
    with pytest.raises(FenceError):
        rig.reports.write()
    assert rig.rows() == []
