"Logs that an earlier life has left: brought in once, over nothing that is stored."

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models import read
from models.batch import TaskLog
from models.connect import create, reading, writing
from models.left_logs import add_log
from netcore import left_logs
from netcore.left_logs import LeftLogs
from netcore.spool import LONG, Spool
from scheduler.records import TaskState
from tests.support.rows import SCHEDULER, Rows, a_task
from tests.support.waiting import wait_until


class Rig:
    def __init__(self, directory: Path, url: str, rows: Rows) -> None:
        self.spool = Spool(directory / "log", directory / "run")
        self.spool.prepare()
        self.rows = rows
        self.left = LeftLogs(url, SCHEDULER, self.spool)
        self._store = create(url, "reader")

    def leave(self, task_id: int, content: bytes = b"left\n") -> Path:
        file = Path(self.spool.log_path(name(task_id)))
        file.write_bytes(content)
        return file

    def stored(self, task_id: int) -> bytes | None:
        with reading(self._store) as connection:
            return read.task_log(connection, SCHEDULER, task_id)

    def close(self) -> None:
        self.left.stop()
        self._store.dispose()


def name(task_id: int) -> str:
    return f"task.job.{task_id}.log"


@pytest.fixture
def rig(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(left_logs, "PAUSE", 0.01)
    monkeypatch.setattr(left_logs, "LONG_PAUSE", 0.05)
    with Rows(database_url) as rows:
        made = Rig(tmp_path, database_url, rows)
        yield made
        made.close()


def test_each_file_has_its_fate(rig: Rig) -> None:
    ended = {task_id: a_task(task_id, log_file=name(task_id)) for task_id in (1, 2, 3)}
    rig.rows.put(ended[1])
    rig.rows.put(ended[2], logs=[TaskLog(2, b"left\n")])
    rig.rows.put(ended[3], logs=[TaskLog(3, b"stored by another\n")])
    rig.rows.put(a_task(4, log_file="task.other.4.log"))
    rig.rows.put(a_task(5, state=TaskState.RUNNING, log_file=name(5)))
    files = {task_id: rig.leave(task_id) for task_id in range(1, 7)}
    rig.left.start()
    rig.left.start()
    wait_until(lambda: not files[1].exists() and not files[2].exists(), 30, "that they are brought in")
    rig.rows.put(a_task(5, log_file=name(5)))
    wait_until(lambda: not files[5].exists(), 30, "that the one is brought in whose task ended later")
    assert [task_id for task_id, file in files.items() if file.exists()] == [3, 4, 6]
    assert [rig.stored(task_id) for task_id in (1, 2, 3, 4, 5)] == [
        b"left\n", b"left\n", b"stored by another\n", None, b"left\n",
    ]  # fmt: skip


def test_many_are_brought_in_and_a_huge_one_stays_whole(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_logs, "ASKED_MOST", 7)
    monkeypatch.setattr(left_logs, "STORED_MOST", 2)
    many = range(1, 14)
    for task_id in many:
        rig.rows.put(a_task(task_id, log_file=name(task_id)))
        rig.leave(task_id, str(task_id).encode())
    huge = rig.leave(many[0], b"x" * (17 << 20))
    rig.left.start()
    wait_until(lambda: not list(rig.spool.left_over_logs()), 60, "that all are brought in")
    assert [rig.stored(task_id) for task_id in many[1:]] == [str(task_id).encode() for task_id in many[1:]]
    assert b"bytes are left out" in (rig.stored(many[0]) or b"")
    assert Path(f"{huge}{LONG}").stat().st_size == 17 << 20


def test_a_task_that_runs_or_is_forgotten_has_no_log_stored(rig: Rig, database_url: str) -> None:
    rig.rows.put(a_task(1, state=TaskState.RUNNING, log_file=name(1)))
    store = create(database_url, "services")
    with writing(store) as connection:
        assert [add_log(connection, SCHEDULER, TaskLog(task_id, b"x")) for task_id in (1, 2)] == [None, None]
    store.dispose()
    assert rig.stored(1) is None
