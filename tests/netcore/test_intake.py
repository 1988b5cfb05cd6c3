"The leading member hears of the steps that others run: by word, or in the database; and who is there."

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.sharing_line import SharingLine
from netcore.cluster import intake
from netcore.cluster.intake import Intake
from scheduler.cluster.assignment import Heard, Mate, Report, ReportKey
from scheduler.cluster.wire import report_of, reports_in_words
from scheduler.messages import CrewSeen, Message, ProcessEnded, ProcessStarted, Reported
from scheduler.records import Cause, Task, TaskState
from tests.support.reactor import in_reactor, running_reactor, wait_for
from tests.support.sharing import ME, Shared

MATES = (Mate(ME.member_id, ME.run_token),)


class Leader(Shared):
    def __init__(self, directory: Path, url: str) -> None:
        super().__init__(directory, url)
        self.told: list[Message] = []
        self.logs: dict[str, bytes] = {}
        self.broken = 0
        self.line = SharingLine(url, "id")
        self.intake: Intake = in_reactor(
            Intake, running_reactor(), self.settings, self.told.extend, self._task, self.logs.__setitem__, self._break
        )

    def _task(self, task_id: int) -> Task | None:
        "There are two tasks: 7 runs at `ME`, 8 at somebody else."
        runs = {7: ME.run_token, 8: "r2"}
        return Task(task_id, "/a", TaskState.RUNNING, Cause.ORDER, log_file=f"{task_id}.log",
                    member_run=runs[task_id]) if task_id in runs else None  # fmt: skip

    def _break(self) -> None:
        self.broken += 1

    def reports(self, *messages: Any) -> list[Reported]:
        "`ME` records these, with logs; what is to be told of them."
        logs = [b"a log" if isinstance(each, ProcessEnded) else None for each in messages]
        rows = [report_of(each, ME.run_token, log) for each, log in zip(messages, logs, strict=True)]
        self.line.put(ME, rows)
        return [Reported(row.key, ME.run_token, message) for row, message in zip(rows, messages, strict=True)]


@pytest.fixture
def leader(tmp_path: Path, database_url: str) -> Iterator[Leader]:
    made = Leader(tmp_path, database_url)
    yield made
    made.intake.stop()
    wait_for(lambda: not made.intake._thread.is_alive())
    made.line.close()
    made.close()


def test_reports_are_told_once_in_their_order_until_they_are_dropped(leader: Leader) -> None:
    first = leader.reports(ProcessStarted(7, 99), ProcessEnded(7, 0), ProcessEnded(8, 0))
    leader.intake.start()
    wait_for(lambda: len(leader.told) == 3)
    assert leader.told == first
    assert leader.logs == {"7.log": b"a log"}, "only of a task that the reporter runs"
    second = leader.reports(ProcessEnded(9, 0))
    leader.intake.look_now()
    wait_for(lambda: len(leader.told) == 4)
    assert leader.told[3:] == second
    leader.drop(*((Report, each.report) for each in first))
    again = leader.reports(ProcessEnded(10, 0))
    wait_for(lambda: leader.told[4:] == again)


def test_a_bell_is_enough_where_nobody_looks(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LOOK_EVERY", 1e6)
    leader = Leader(tmp_path, sqlite_url)
    try:
        leader.intake.start()
        first = leader.reports(ProcessEnded(7, 0))
        leader.intake.look_now()
        wait_for(lambda: leader.told == first)
        second = leader.reports(ProcessEnded(9, 0))
        leader.intake.look_now()
        wait_for(lambda: leader.told == [*first, *second])
    finally:
        leader.intake.stop()
        wait_for(lambda: not leader.intake._thread.is_alive())
        leader.line.close()
        leader.close()


def test_who_has_gone_is_told_after_what_they_had_recorded(leader: Leader) -> None:
    told = leader.reports(ProcessEnded(7, 0))
    leader.intake.see(MATES)
    leader.intake.start()
    wait_for(lambda: len(leader.told) == 2)
    assert leader.told == [*told, CrewSeen(MATES)]
    leader.intake.see(())
    wait_for(lambda: leader.told[2:] == [CrewSeen(())])


def test_words_are_told_at_once_and_are_not_recorded(leader: Leader) -> None:
    ends = ProcessEnded(7, 3), ProcessEnded(8, 0)
    words = reports_in_words([report_of(end, ME.run_token, b"\xfflog") for end in ends])
    in_reactor(leader.intake.listen, [words])
    keys = [ReportKey(end.task_id, Heard.ENDED) for end in ends]
    assert leader.told == [
        Reported(key, ME.run_token, end, recorded=False) for key, end in zip(keys, ends, strict=True)
    ]
    assert leader.logs == {"7.log": b"\xfflog"}
    leader.intake.stop()
    in_reactor(leader.intake.listen, [words])
    assert len(leader.told) == 2
    leader.intake.start()


def test_when_it_can_hear_nothing_any_more_that_is_told(leader: Leader) -> None:
    leader.line.put(ME, [Report(7, Heard.ENDED, ME.run_token, "{}")])
    with leader.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE step_reports SET heard = 'nonsense'")
    leader.intake.start()
    wait_for(lambda: leader.broken == 1)
