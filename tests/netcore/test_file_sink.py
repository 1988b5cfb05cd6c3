"Files of orders are removed and moved as they really are."

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from netcore import file_sink
from netcore.file_sink import dispose
from scheduler.actions import DisposeFile
from scheduler.definitions import FileOrderSink
from scheduler.errors import Code
from scheduler.messages import FileDisposed

REMOVE = FileOrderSink(remove=True)


def disposed(file: Path, sink: FileOrderSink | None, again: datetime | None = None) -> FileDisposed:
    return dispose(DisposeFile("/chain", "1", 1, str(file), sink, again))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "in" / "a"
    made.parent.mkdir()
    made.write_text("new")
    return made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


def test_a_file_is_removed(file: Path) -> None:
    assert disposed(file, REMOVE) == FileDisposed("/chain", "1", 1, remains=False)
    assert not file.exists()


def test_a_file_is_moved_over_one_of_its_name(file: Path, out: Path) -> None:
    (out / "a").write_text("old")
    assert disposed(file, FileOrderSink(move_to=str(out))).remains is False
    assert (out / "a").read_text() == "new"
    assert not file.exists()


def test_a_file_is_moved_to_another_file_system_in_one_piece(
    file: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = os.replace, list[str]()

    def replace(source: Any, target: Any) -> None:
        if os.path.dirname(source) != os.path.dirname(target):
            raise OSError(18, "Invalid cross-device link")
        seen.append(os.path.basename(source))
        real(source, target)

    monkeypatch.setattr(file_sink.os, "replace", replace)
    (out / "a").write_text("old")
    assert disposed(file, FileOrderSink(move_to=str(out))).remains is False
    assert [entry.name for entry in out.iterdir()] == ["a"]
    assert (out / "a").read_text() == "new"
    assert seen[0].startswith(".a.")


def test_a_copy_that_fails_leaves_the_file_and_nothing_half_done(
    file: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(source: Any, target: Any) -> None:
        raise OSError(18, "Invalid cross-device link")

    def copy2(source: Any, target: Any) -> None:
        Path(target).write_text("ha")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_sink.os, "replace", replace)
    monkeypatch.setattr(shutil, "copy2", copy2)
    done = disposed(file, FileOrderSink(move_to=str(out)))
    assert done.remains
    assert done.problem is not None
    assert "No space" in done.problem.text
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("target", ["missing", "in/a", ""])
def test_the_target_must_be_an_existing_directory(file: Path, tmp_path: Path, target: str) -> None:
    done = disposed(file, FileOrderSink(move_to=str(tmp_path / target) if target else "/nowhere"))
    assert done.remains
    assert done.problem is not None
    assert done.problem.code == Code.FILE_NOT_MOVED.code
    assert file.exists()


def test_a_file_is_not_moved_to_where_it_is(file: Path) -> None:
    done = disposed(file, FileOrderSink(move_to=f"{file.parent}/."))
    assert done.remains
    assert done.problem is not None


def test_a_directory_cannot_be_removed(tmp_path: Path) -> None:
    done = disposed(tmp_path, REMOVE)
    assert done.remains
    assert done.problem is not None
    assert done.problem.code == Code.FILE_NOT_REMOVED.code


@pytest.mark.parametrize("sink", [REMOVE, FileOrderSink(move_to="/tmp"), None])
def test_a_file_that_is_gone_is_gone(tmp_path: Path, sink: FileOrderSink | None) -> None:
    done = disposed(tmp_path / "gone", sink)
    assert (done.remains, done.problem) == (False, None)


def test_without_sink_the_file_is_only_looked_for(file: Path) -> None:
    assert disposed(file, None).remains
    assert file.exists()


def test_a_link_is_removed_and_not_what_it_leads_to(file: Path, out: Path) -> None:
    link = out / "link"
    link.symlink_to(file)
    assert disposed(link, REMOVE).remains is False
    assert file.exists()


def test_done_again_a_file_that_was_written_since_is_another_one(file: Path) -> None:
    before = datetime.now(UTC) - timedelta(hours=1)
    assert disposed(file, REMOVE, again=before).remains is False
    assert file.exists()


def test_done_again_the_file_of_the_order_is_removed(file: Path) -> None:
    after = datetime.now(UTC) + timedelta(hours=1)
    assert disposed(file, REMOVE, again=after).remains is False
    assert not file.exists()
