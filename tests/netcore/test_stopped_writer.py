"Who is stopped within a transaction on SQLite is found and ended; nobody else is."

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from netcore import stopped_writer
from netcore.stopped_writer import end_stopped_writer, is_stopped, writer_of
from tests.support.engine import EngineProcess
from tests.support.transaction_holder import TransactionHolder
from tests.support.waiting import wait_until


@pytest.fixture
def url(sqlite_url: str) -> str:
    "In write-ahead mode, as every database that the product has made."
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return sqlite_url


def stop(holder: TransactionHolder) -> None:
    holder.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: is_stopped(holder.process.pid), what="the stop")


def test_it_is_killed_and_others_can_write(url: str) -> None:
    file = url.removeprefix("sqlite:///")
    with TransactionHolder(url) as holder:
        assert writer_of(file) == holder.process.pid
        stop(holder)
        end_stopped_writer(url)
        assert holder.process.wait(30) == -signal.SIGKILL
    assert writer_of(file) is None
    connection = sqlite3.connect(file, isolation_level=None, timeout=30)
    connection.execute("BEGIN IMMEDIATE")
    assert writer_of(file) == os.getpid()
    end_stopped_writer(url)  # never oneself
    connection.execute("ROLLBACK")
    connection.close()


def test_one_that_is_only_slow_lives_on(url: str) -> None:
    with TransactionHolder(url) as holder:
        end_stopped_writer(url)
        assert holder.process.poll() is None


def test_one_that_is_stopped_outside_of_a_transaction_lives_on(url: str, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    sqlite3.connect(other).execute("PRAGMA journal_mode=WAL").close()
    with TransactionHolder(f"sqlite:///{other}") as holder:
        stop(holder)
        end_stopped_writer(url)
        assert holder.process.poll() is None


def test_another_program_lives_on(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopped_writer, "_is_ours", lambda pid: False)
    with TransactionHolder(url) as holder:
        stop(holder)
        end_stopped_writer(url)
        assert holder.process.poll() is None


@pytest.mark.parametrize("url", ["postgresql://h/d", "sqlite:////nowhere/at/all.db", "sqlite://"])
def test_where_there_is_nobody_nothing_happens(url: str) -> None:
    end_stopped_writer(url)


def test_an_engine_goes_on_after_a_process_that_was_stopped_within_a_transaction(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/step", "exit 0")
        engine.start()
        with TransactionHolder(engine.database_url) as holder:
            stop(holder)
            engine.command('<start_job job="/step"/>')
            assert holder.process.wait(60) == -signal.SIGKILL
        engine.wait_until(lambda: engine.command('<show_history job="/step"/>').xpath("history.entry/@end_time"),
                          what="the end of the task")  # fmt: skip
        assert f"Process {holder.process.pid} is stopped within a transaction" in engine.stdout
