"Logs that are second names of spare files: used again when they are stored, and never while somebody has them open."

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netcore.spool import SPARE, Spool
from netcore.starter import log_files
from netcore.starter.log_files import LogFiles


class Rig:
    def __init__(self, directory: Path) -> None:
        self.spool = Spool(directory / "log", directory / "run")
        self.spool.prepare()
        self.logs = LogFiles(self.spool)

    def write(self, task_id: int, content: bytes, short: bool = True) -> int:
        "The log of a task that ends; gives its inode."
        descriptor = self.logs.open(name(task_id))
        os.write(descriptor, content)
        inode = os.fstat(descriptor).st_ino
        os.close(descriptor)
        self.logs.give_back(name(task_id), short)
        return inode

    def store(self, task_id: int) -> bytes | None:
        "As the scribe does."
        content = self.spool.take_log(name(task_id))
        self.spool.discard(name(task_id))
        return content

    def spares(self) -> list[str]:
        return [each for each in os.listdir(self.spool.log_dir) if each.startswith(SPARE)]


def name(task_id: int) -> str:
    return f"task.a.{task_id}.log"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_the_file_of_a_stored_log_is_used_again_and_is_empty_then(rig: Rig) -> None:
    first = rig.write(1, b"one, and longer than two\n")
    assert rig.store(1) == b"one, and longer than two\n"
    second = rig.write(2, b"two\n")
    assert second == first
    assert rig.store(1) is None
    assert rig.store(2) == b"two\n"


def test_a_log_that_is_not_stored_yet_keeps_its_file(rig: Rig) -> None:
    first = rig.write(1, b"one\n")
    second = rig.write(2, b"two\n")
    assert second != first
    rig.store(2)
    later = {rig.write(3, b"three\n"), rig.write(4, b"four\n")}
    assert second in later
    assert first not in later
    assert rig.store(1) == b"one\n"


def test_a_file_that_somebody_has_open_is_not_used_again(rig: Rig) -> None:
    descriptor = rig.logs.open(name(1))
    try:
        rig.logs.give_back(name(1), True)
        rig.store(1)
        assert rig.write(2, b"two\n") != os.fstat(descriptor).st_ino
        os.write(descriptor, b"from a process that has stayed\n")
        assert rig.store(2) == b"two\n"
    finally:
        os.close(descriptor)


def test_a_reader_keeps_what_it_reads(rig: Rig) -> None:
    rig.write(1, b"one\n")
    with open(rig.spool.log_path(name(1)), "rb") as reader:
        rig.store(1)
        rig.write(2, b"two\n")
        assert reader.read() == b"one\n"


def test_the_file_of_a_long_log_goes_with_it(rig: Rig) -> None:
    rig.write(1, b"long", short=False)
    assert rig.spares() == []
    assert rig.store(1) == b"long"
    assert os.listdir(rig.spool.log_dir) == []


def test_there_are_only_so_many_spare_files(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "MOST", 2)
    rig.logs = LogFiles(rig.spool)
    for task_id in range(1, 6):
        rig.write(task_id, b"%d" % task_id)
    assert len(rig.spares()) == 2
    assert [rig.store(task_id) for task_id in range(1, 6)] == [b"1", b"2", b"3", b"4", b"5"]
    assert len(os.listdir(rig.spool.log_dir)) == 2


def test_a_spare_file_that_has_vanished_is_replaced(rig: Rig) -> None:
    rig.write(1, b"one\n")
    rig.store(1)
    os.unlink(os.path.join(rig.spool.log_dir, rig.spares()[0]))
    rig.write(2, b"two\n")
    assert rig.store(2) == b"two\n"


def test_what_has_the_name_of_a_log_already_is_treated_as_without_spare_files(rig: Rig, tmp_path: Path) -> None:
    Path(rig.spool.log_path(name(1))).write_text("of an earlier run")
    rig.write(1, b"one\n")
    assert rig.store(1) == b"one\n"
    os.symlink(tmp_path / "victim", rig.spool.log_path(name(2)))
    with pytest.raises(OSError, match="symbolic"):
        rig.write(2, b"two\n")
    rig.write(3, b"three\n")
    assert len(rig.spares()) == 1


def test_without_second_names_every_log_is_a_file_of_its_own(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    rig.write(1, b"one\n")
    rig.write(2, b"two\n")
    assert rig.spares() == []
    assert [rig.store(1), rig.store(2)] == [b"one\n", b"two\n"]


def test_nothing_is_left_in_the_end_nor_after_a_sudden_one(rig: Rig) -> None:
    rig.write(1, b"one\n")
    rig.logs.open(name(2))
    rig.logs.close()
    assert sorted(os.listdir(rig.spool.log_dir)) == [name(1), name(2)]
    LogFiles(rig.spool).open(name(3))
    assert len(rig.spares()) == 1
    rig.spool.prepare()
    assert sorted(os.listdir(rig.spool.log_dir)) == [name(1), name(2), name(3)]
