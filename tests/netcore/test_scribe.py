"""The scribe over a real database and a real reactor: order, askers, outage, fence, logs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select

from models.batch import Writer
from models.connect import create
from models.errors import FenceError, Unreachable
from models.members import Member
from models.read import last_journal_id, task_log
from models.tables import counters, journal, members
from netcore.scribe import Scribe
from netcore.spool import Spool
from scheduler.changes import Change, Kind
from scheduler.records import Counter, Task, TaskState
from tests.support.reactor import in_reactor, running_reactor
from tests.support.waiting import wait_until

NOW = datetime(2024, 1, 31, tzinfo=UTC)


class Unsteady:
    "A writer whose database can be taken away."

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.away = False
        self.batches: list[int] = []

    def write(self, changes: Any, logs: Any = (), **rest: Any) -> int:
        if self.away:
            raise Unreachable("the server does not answer")
        self.batches.append(len(changes))
        return self.writer.write(changes, logs, **rest)

    def reopen(self) -> None:
        if self.away:
            raise Unreachable("the server does not answer")
        self.writer.reopen()

    def close(self) -> None:
        self.writer.close()


class Bench:
    def __init__(self, url: str, directory: Path) -> None:
        self.url = url
        writer = Writer(url, "test", "test/box:1")
        writer.open(NOW)
        self.writer = Unsteady(writer)
        self.spool = Spool(directory / "log", directory / "run")
        self.spool.prepare()
        self.problems: list[str] = []
        self.fatal: list[Any] = []
        self.done: list[str] = []
        self.state = "running"
        self.scribe = Scribe(
            running_reactor(), self.writer, self.spool, self.member, self.problems.append, self.fatal.append,
            begun=lambda: self.done.append("all"),
        )  # fmt: skip
        in_reactor(self.scribe.start)

    def member(self) -> Member:
        return Member("test/box:1", "box", 1, "1", NOW, self.state)

    def record(self, *changes: Change) -> None:
        in_reactor(lambda: self.scribe.record(changes))

    def rows(self, table: Any) -> list[Any]:
        engine = create(self.url, "reader")
        try:
            with engine.connect() as connection:
                return list(connection.execute(select(table)))
        finally:
            engine.dispose()


@pytest.fixture
def bench(database_url: str, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(database_url, tmp_path)
    yield bench
    bench.writer.away = False
    in_reactor(bench.scribe.stop)


def begin(function: Any) -> None:
    "Call a function in the reactor's thread without waiting for its Deferred."
    running_reactor().callFromThread(function)


def counted(value: int) -> Change:
    return Change(Kind.TASK_QUEUED, "/job", put=(Counter("task", value),))


def test_what_is_recorded_is_committed_in_order_when_the_deferred_fires(bench: Bench) -> None:
    for value in range(1, 30):
        bench.record(counted(value))
        assert [row.value for row in bench.rows(counters)] == [value]
    assert sorted(row.id for row in bench.rows(journal)) == list(range(1, 30))


def test_what_gathers_during_a_commit_goes_into_one_batch(bench: Bench) -> None:
    def many() -> Any:
        from twisted.internet.defer import gatherResults

        return gatherResults([bench.scribe.record([counted(value)]) for value in range(1, 201)])

    in_reactor(many)
    assert sum(bench.writer.batches) == 200
    assert len(bench.writer.batches) < 20


def test_what_is_recorded_together_goes_into_one_batch_however_long_it_takes(bench: Bench) -> None:
    def slowly() -> Any:
        with bench.scribe.together():
            bench.scribe.record([counted(1)])
            Event().wait(0.2)
            return bench.scribe.record([counted(2)])

    # a heartbeat in between takes what is there, which is right, but not always
    assert any(in_reactor(slowly) is None and bench.writer.batches[-1] == 2 for _ in range(10))


def test_what_follows_a_commit_is_followed_by_one_word_for_all_of_it(bench: Bench) -> None:
    def both() -> Any:
        with bench.scribe.together():
            bench.scribe.record([counted(1)], lambda: bench.done.append("one"))
            return bench.scribe.record([counted(2)], lambda: bench.done.append("another"))

    # a heartbeat in between takes what is there, which is right, but not always
    def at_once() -> bool:
        bench.done.clear()
        in_reactor(both)
        wait_until(lambda: bench.done.count("all") == 2 or bench.done[1:] == ["another", "all"], what="the word")
        return bench.done == ["one", "another", "all"]

    assert any(at_once() for _ in range(10))
    bench.done.clear()
    in_reactor(bench.scribe.record, (), lambda: bench.done.append("nothing new"))
    wait_until(lambda: bench.done == ["nothing new", "all"], what="the word without a commit")


def test_an_outage_is_told_questions_go_on_and_nothing_is_lost(bench: Bench) -> None:
    bench.record(counted(1))
    bench.writer.away = True
    pending: list[Any] = []
    begin(lambda: bench.scribe.record([counted(2)]).addCallback(pending.append))
    wait_until(lambda: bench.problems, what="the problem")
    assert bench.problems == ["the server does not answer"]
    in_reactor(lambda: bench.scribe.record(()))
    assert not pending
    bench.writer.away = False
    wait_until(lambda: pending, what="the commit")
    assert bench.problems[-1] == ""
    assert [row.value for row in bench.rows(counters)] == [2]


def test_a_question_waits_for_what_was_recorded_before_it(bench: Bench) -> None:
    order: list[str] = []

    def both() -> Any:
        bench.scribe.record([counted(1)]).addCallback(lambda _: order.append("recorded"))
        return bench.scribe.record(()).addCallback(lambda _: order.append("asked"))

    in_reactor(both)
    assert order == ["recorded", "asked"]


def test_a_note_is_written_by_the_next_heartbeat_unless_it_is_forgotten(bench: Bench) -> None:
    in_reactor(lambda: bench.scribe.note(1, [counted(5)]))
    in_reactor(lambda: bench.scribe.note(2, [Change(Kind.JOB_CHANGED, "/job", put=(Counter("order", 1),))]))
    in_reactor(lambda: bench.scribe.forget(2))
    in_reactor(lambda: bench.scribe.record(()))
    assert not bench.rows(counters), "nobody waits for it"
    wait_until(lambda: bench.rows(counters), what="the note")
    assert [(row.name, row.value) for row in bench.rows(counters)] == [("task", 5)]


def test_a_deposed_scribe_writes_nothing_and_says_so(bench: Bench, database_url: str) -> None:
    bench.record(counted(1))
    successor = Writer(database_url, "test", "test/other:1")
    successor.open(NOW)
    begin(lambda: bench.scribe.record([counted(2)]))
    wait_until(lambda: bench.fatal, what="the end of the scribe")
    assert bench.fatal[0].check(FenceError)
    assert [row.value for row in bench.rows(counters)] == [1]
    successor.close()


def test_the_log_of_an_ended_task_is_stored_with_its_end_and_its_file_removed(bench: Bench) -> None:
    file = Path(bench.spool.log_path("task.job.7.log"))
    file.write_bytes(b"first line\nsecond\n" * 100)
    ended = Task(7, "/job", TaskState.ENDED, started_at=NOW, ended_at=NOW, log_file="task.job.7.log")
    bench.record(Change(Kind.TASK_ENDED, "/job", put=(ended,)))
    engine = create(bench.url, "reader")
    with engine.connect() as connection:
        assert task_log(connection, "test", 7) == b"first line\nsecond\n" * 100
        assert last_journal_id(connection, "test") == 1
    engine.dispose()
    wait_until(lambda: not file.exists(), what="the removal of the file")




def test_the_last_row_about_ourselves_says_that_we_have_ended(bench: Bench) -> None:
    bench.record(counted(1))
    bench.state = "stopped"
    in_reactor(bench.scribe.stop)
    assert [row.state for row in bench.rows(members)] == ["stopped"]
