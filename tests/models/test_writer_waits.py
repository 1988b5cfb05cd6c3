"On SQLite one writes at a time: the engine's writer waits in its own way, and gives up after its patience."

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from models.batch import Writer
from models.bulk import sqlite
from models.errors import Unreachable
from scheduler.changes import Change, Kind
from scheduler.cluster.standing import Standing
from tests.support.records import NOW

CHANGE = Change(Kind.JOB_CHANGED, "/a")


@pytest.fixture
def other(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    "Somebody else who writes."
    connection = sqlite3.connect(str(Path(sqlite_url.removeprefix("sqlite:///"))), isolation_level=None, timeout=20)
    yield connection
    connection.close()


@pytest.fixture
def writer(sqlite_url: str) -> Iterator[Writer]:
    writer = Writer(sqlite_url, "s", "a")
    writer.open(NOW)
    yield writer
    writer.close()


def test_it_writes_when_the_others_transaction_has_ended(writer: Writer, other: sqlite3.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        begun = writer.proved_at
        written = pool.submit(_from_a_thread, writer)
        assert writer.proved_at == begun
        other.execute("COMMIT")
        assert written.result(30) == 1


def _from_a_thread(writer: Writer) -> int:
    "All methods of a writer belong to one thread: this one, from now on."
    writer.reopen()
    return writer.write([CHANGE], now=NOW)


def test_it_gives_up_after_its_patience_and_can_go_on_later(
    writer: Writer, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    other.execute("BEGIN IMMEDIATE")
    began = monotonic()
    with pytest.raises(Unreachable):
        writer.write([CHANGE], now=NOW)
    assert monotonic() - began >= 0.05
    other.execute("COMMIT")
    writer.reopen()
    assert writer.write([CHANGE], now=NOW) == 1
    writer.leave_as = Standing.FREE
    writer.close()
    assert other.execute("SELECT standing FROM leases").fetchone() == (Standing.FREE.value,)
