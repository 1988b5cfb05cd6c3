"Files of the hot folder are written all or not at all."

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netcore.folder_writer import write_all
from scheduler.errors import Code, WorkloadError


def names(directory: Path) -> list[str]:
    return sorted(str(file.relative_to(directory)) for file in directory.rglob("*") if file.is_file())


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_all(str(tmp_path), [("a.job.xml", b"<job/>"), ("sub/deep/b.job.xml", b"<job a=''/>")])
    assert names(tmp_path) == ["a.job.xml", "sub/deep/b.job.xml"]
    assert (tmp_path / "sub/deep/b.job.xml").read_bytes() == b"<job a=''/>"


def test_when_one_cannot_be_written_all_is_as_before(tmp_path: Path) -> None:
    (tmp_path / "a.job.xml").write_bytes(b"old")
    (tmp_path / "z.job.xml").mkdir()
    (tmp_path / "z.job.xml" / "inside").write_bytes(b"")
    with pytest.raises(WorkloadError) as refusal:
        write_all(str(tmp_path), [("a.job.xml", b"new"), ("n.job.xml", b"new"), ("z.job.xml", b"new")])
    assert refusal.value.code is Code.NOT_WRITTEN
    assert (tmp_path / "a.job.xml").read_bytes() == b"old"
    assert names(tmp_path) == ["a.job.xml", "z.job.xml/inside"]


@pytest.mark.parametrize(
    "name", ["../outside.job.xml", "link/outside.job.xml", "a\0.job.xml", "sibling/../../x.job.xml"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    live = tmp_path / "live"
    live.mkdir()
    (tmp_path / "live-other").mkdir()
    (live / "link").symlink_to(tmp_path / "live-other")
    with pytest.raises(WorkloadError) as refusal:
        write_all(str(live), [("good.job.xml", b"x"), (name, b"x")])
    assert refusal.value.code is Code.NOT_WRITTEN
    assert names(tmp_path) == []


def test_the_new_content_takes_the_place_of_the_old_at_once(tmp_path: Path) -> None:
    file = tmp_path / "a.job.xml"
    file.write_bytes(b"old")
    before = file.stat().st_ino
    write_all(str(tmp_path), [("a.job.xml", b"new")])
    assert file.read_bytes() == b"new"
    assert file.stat().st_ino != before
    assert os.listdir(tmp_path) == ["a.job.xml"]
