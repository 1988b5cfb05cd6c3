"""Names, modes and contents of spool files, on a real file system."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from netcore.spool import NAME_MAX, Spool, returns_place, task_of_log


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / "log", tmp_path / "run")
    made.prepare()
    return made


def write_log(spool: Spool, file: str, content: bytes) -> None:
    descriptor = spool.open_log(file)
    os.write(descriptor, content)
    os.close(descriptor)


def test_files_and_directories_are_for_their_owner_only(spool: Spool) -> None:
    write_log(spool, "task.a.1.log", b"")
    spool.make_returns(1)
    spool.script("echo")
    for top in (spool.log_dir, spool.run_dir):
        for directory, _, files in os.walk(top):
            assert stat.S_IMODE(os.stat(directory).st_mode) == 0o700
            for file in files:
                mode = 0o700 if directory == spool.scripts_dir else 0o600
                assert stat.S_IMODE(os.stat(os.path.join(directory, file)).st_mode) == mode


def test_a_log_is_appended_to_wherever_somebody_has_read(spool: Spool) -> None:
    descriptor = spool.open_log("task.a.1.log")
    os.write(descriptor, b"one\n")
    assert os.pread(descriptor, 10, 0) == b"one\n"
    os.write(descriptor, b"two\n")
    os.close(descriptor)
    assert spool.take_log("task.a.1.log") == b"one\ntwo\n"


@pytest.mark.parametrize("file", ["../x", "a/b", "", ".", "..", "a\0b"])
def test_a_log_stays_in_its_directory(spool: Spool, file: str) -> None:
    with pytest.raises(ValueError, match="no file name"):
        spool.open_log(file)
    assert spool.read_log(file) is None
    assert spool.take_log(file) is None
    spool.discard(file)


def test_a_link_in_place_of_a_log_is_not_followed(spool: Spool, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    os.symlink(victim, spool.log_path("task.a.1.log"))
    with pytest.raises(OSError, match="symbolic"):
        spool.open_log("task.a.1.log")
    assert victim.read_text() == "kept"


@pytest.mark.parametrize(("offset", "limit", "expected"), [(0, 100, b"0123456789"), (4, 3, b"456"), (10, 5, b"")])
def test_a_part_of_a_log_can_be_read(spool: Spool, offset: int, limit: int, expected: bytes) -> None:
    write_log(spool, "task.a.1.log", b"0123456789")
    assert spool.read_log("task.a.1.log", offset, limit) == expected
    assert spool.read_log("task.a.2.log", offset, limit) is None


def test_of_a_huge_log_begin_and_end_are_taken(spool: Spool) -> None:
    write_log(spool, "task.a.1.log", b"begin" + b"x" * 90 + b"end.." + b"\n")
    taken = spool.take_log("task.a.1.log", limit=12)
    assert taken is not None
    assert taken.startswith(b"beginx\n")
    assert taken.endswith(b"\nend..\n")
    assert b"89 bytes are left out" in taken


def test_a_discarded_log_is_gone(spool: Spool) -> None:
    write_log(spool, "task.a.1.log", b"x")
    spool.discard("task.a.1.log")
    spool.discard("task.a.1.log")
    assert spool.take_log("task.a.1.log") is None


def test_a_name_too_long_for_a_file_is_shortened_and_stays_different(spool: Spool) -> None:
    long = "ü" * 200
    files = [f"task.{long}{end}.{task_id}.log" for end in "ab" for task_id in (1, 2)]
    paths = {spool.log_path(file) for file in files}
    assert len(paths) == len(files)
    for file in files:
        write_log(spool, file, file[-8:].encode())
        assert spool.take_log(file) == file[-8:].encode()
    assert max(len(os.fsencode(name)) for name in os.listdir(spool.log_dir)) <= NAME_MAX
    assert sorted(task_id for task_id, _ in spool.left_over_logs()) == [1, 1, 2, 2]


def test_left_over_task_logs_are_found(spool: Spool) -> None:
    for name in ("task.a,b.12.log", "task.c.d.13.log", "scheduler.log", "task.a.log", "order.a.1.log"):
        write_log(spool, name, b"")
    assert sorted(spool.left_over_logs()) == [(12, "task.a,b.12.log"), (13, "task.c.d.13.log")]
    assert task_of_log("task.a,b.x.log") is None


def test_no_directory_means_no_left_overs(tmp_path: Path) -> None:
    assert list(Spool(tmp_path / "none", tmp_path / "run").left_over_logs()) == []


def test_preparing_clears_scripts_and_return_values_but_keeps_logs(spool: Spool) -> None:
    write_log(spool, "task.a.1.log", b"kept")
    script = spool.script("echo")
    returns = spool.make_returns(1)
    spool.prepare()
    assert not os.path.exists(script)
    assert not os.path.exists(returns)
    assert spool.take_log("task.a.1.log") == b"kept"
    assert spool.script("echo") == script
    assert Path(script).read_text() == "echo\n"


def test_return_values_are_read_once(spool: Spool) -> None:
    path = spool.make_returns(5)
    assert spool.take_returns(5, 100) == b""
    Path(spool.make_returns(5)).write_bytes(b"a=b")
    assert spool.take_returns(5, 3) == b"a=b"
    assert not os.path.exists(path)
    Path(spool.make_returns(5)).write_bytes(b"a=bc")
    assert spool.take_returns(5, 3) is None
    assert not os.path.exists(path)


def test_return_values_are_kept_in_memory_only_where_the_place_is_ours_alone(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    place = returns_place("/run/x", str(memory))
    assert place.startswith(f"{memory}/stellwerk-")
    assert place != returns_place("/run/y", str(memory))
    (memory / f"stellwerk-{os.geteuid()}").chmod(0o755)
    assert returns_place("/run/x", str(memory)) == "/run/x/returns"
    assert returns_place("/run/x", str(tmp_path / "none" / "there" / "\0")) == "/run/x/returns"
