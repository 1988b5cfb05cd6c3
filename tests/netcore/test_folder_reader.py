"""Looks at real folders: what is found, in which order, and what must not be mistaken for a deletion."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from netcore.folder_ageing import Ages
from netcore.folder_reader import FolderReader, Look
from scheduler.configuration import IncludeRequest
from scheduler.definitions import Definition, JobDefinition, Script
from scheduler.errors import Code, WorkloadError
from scheduler.messages import FileGone, FileRead
from scheduler.records import ObjectKind


def read(
    kind: ObjectKind,
    path: str,
    data: bytes,
    environ: Mapping[str, str],
    include: Callable[[IncludeRequest], bytes],
) -> Definition:
    "Stands in for the reading of XML: lines `live FILE` and `file FILE` include, `bad` is refused, `bug` breaks."
    text = data.decode()
    for line in data.decode().splitlines():
        word, _, name = line.partition(" ")
        if word == "live":
            text += include(IncludeRequest(live_file=name)).decode()
        elif word == "file":
            text += include(IncludeRequest(file=name)).decode()
        elif word == "bad":
            raise WorkloadError(Code.NO_SCRIPT, job=path)
        elif word == "bug":
            raise ZeroDivisionError
    return JobDefinition(path, Script("shell", text), title=environ.get("TITLE", ""))


class Folder:
    "A folder, its reader, and a clock that goes on by each look."

    def __init__(self, directory: Path, **named: object) -> None:
        self.directory = directory
        self.now = 1000.0
        self.reader = FolderReader(str(directory), {"TITLE": "t"}, read, ages=Ages(3, 2), **named)  # type: ignore[arg-type]

    def put(self, file: str, text: str = "x") -> Path:
        path = self.directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text)
        if path.stat().st_mtime_ns == before:
            os.utime(path, ns=(before + 1, before + 1))
        return path

    def look(self, later: float = 0.0) -> Look:
        self.now += later
        return self.reader.look(self.now)

    def rested(self) -> list[str]:
        "What counts when everything has rested."
        self.look()
        return names(self.look(5))


def names(look: Look) -> list[str]:
    "`+/path` for read, `!/path` for faulty, `-/path` for gone."
    return [
        f"-{file.path}" if isinstance(file, FileGone) else f"{'+' if file.definition else '!'}{file.path}"
        for file in look.files
    ]


def codes(look: Look) -> list[str]:
    return [problem.code for problem in look.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    directory = tmp_path / "live"
    directory.mkdir()
    return Folder(directory)


def test_at_first_everything_is_read_jobs_then_chains_then_orders(folder: Folder) -> None:
    folder.put("c.job_chain.xml")
    folder.put("c,1.order.xml")
    folder.put("b.job.xml")
    folder.put("sub/a.job.xml")
    look = folder.look()
    assert names(look) == ["+/b", "+/sub/a", "+/c", "+/c,1"]
    assert look.next is None
    assert names(folder.look(60)) == []


def test_a_read_file_says_where_and_when(folder: Folder) -> None:
    path = folder.put("sub/a.job.xml", "text")
    os.utime(path, (1700000000.5, 1700000000.5))
    (file,) = folder.look().files
    assert isinstance(file, FileRead)
    assert file.kind is ObjectKind.JOB
    assert file.path == "/sub/a"
    assert file.file == str(path)
    assert file.written_at == datetime.fromtimestamp(1700000000.5, UTC)
    assert file.definition == JobDefinition("/sub/a", Script("shell", "text"), title="t")
    assert file.problem is None


@pytest.mark.parametrize(
    "file", [".a.job.xml", ".git/a.job.xml", "a.xml", "a.job", "a.params.xml", ".job.xml", "a.job.xml~"]
)
def test_other_files_are_passed_over(folder: Folder, file: str) -> None:
    folder.put(file)
    assert folder.look() == Look(identity=folder.look().identity)


@pytest.mark.parametrize(("file", "code"), [("a.order.xml", Code.BAD_ORDER_FILE)])
def test_files_that_cannot_be_used_are_told_once(folder: Folder, file: str, code: Code) -> None:
    folder.put(file)
    look = folder.look()
    assert (names(look), codes(look)) == ([], [code.code])
    assert codes(folder.look(60)) == []


def test_a_new_file_counts_after_three_seconds_and_a_deleted_one_after_two(folder: Folder) -> None:
    folder.look()
    path = folder.put("a.job.xml")
    assert (names(folder.look()), folder.look().next) == ([], 3)
    assert names(folder.look(3)) == ["+/a"]
    path.unlink()
    assert (names(folder.look()), folder.look().next) == ([], 2)
    assert names(folder.look(2)) == ["-/a"]
    assert names(folder.look(60)) == []


def test_a_changed_file_is_read_again(folder: Folder) -> None:
    folder.put("a.job.xml", "one")
    folder.look()
    folder.put("a.job.xml", "two")
    assert folder.rested() == ["+/a"]


def test_a_change_of_size_or_of_the_file_itself_counts_too(folder: Folder) -> None:
    path = folder.put("a.job.xml", "one")
    folder.look()
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_text("three")
    os.utime(path, ns=times)
    assert folder.rested() == ["+/a"]
    other = folder.put("other", "seven")
    os.utime(other, ns=times)
    other.rename(path)
    assert folder.rested() == ["+/a"]


def test_a_vanished_folder_counts_at_once(folder: Folder) -> None:
    path = folder.put("sub/a.job.xml")
    folder.look()
    path.unlink()
    path.parent.rmdir()
    assert names(folder.look()) == ["-/sub/a"]


def test_a_moved_file_is_gone_here_and_new_there(folder: Folder) -> None:
    path = folder.put("b.job.xml")
    folder.look()
    path.rename(folder.directory / "a.job.xml")
    assert folder.rested() == ["-/b", "+/a"]


def test_a_faulty_file_is_delivered_with_its_problem(folder: Folder) -> None:
    folder.put("a.job.xml", "bad")
    folder.put("b.job.xml", "bug")
    files = folder.look().files
    assert [isinstance(file, FileRead) and file.problem and file.problem.code for file in files] == [
        Code.NO_SCRIPT.code,
        Code.FAULTY_FILE.code,
    ]


def test_objects_known_from_before_are_gone_without_their_files(folder: Folder) -> None:
    known = [(ObjectKind.JOB, "/a"), (ObjectKind.ORDER, "/c,1"), (ObjectKind.JOB, "/sub/b")]
    again = Folder(folder.directory, known=known)
    folder.put("A.job.xml")
    assert names(again.look()) == ["-/sub/b", "+/A", "-/c,1"]


# -- the same object twice


def test_of_two_files_for_one_object_the_first_is_used_and_the_second_told(folder: Folder) -> None:
    folder.put("A.job.xml")
    folder.put("a.job.xml")
    look = folder.look()
    assert (names(look), codes(look)) == (["+/A"], [Code.DUPLICATE_FILE.code])


def test_a_second_file_does_not_push_out_the_one_in_use_and_takes_over_after_it(folder: Folder) -> None:
    path = folder.put("a.job.xml")
    folder.look()
    folder.put("A.job.xml")
    assert folder.rested() == []
    path.unlink()
    assert folder.rested() == ["+/A"]


def test_order_ids_differ_by_case(folder: Folder) -> None:
    folder.put("c,a.order.xml")
    folder.put("C,A.order.xml")
    assert names(folder.look()) == ["+/C,A", "+/c,a"]


# -- what is no deletion


def test_an_unreadable_folder_leaves_everything_as_it_is(folder: Folder) -> None:
    folder.put("a.job.xml")
    folder.look()
    away = folder.directory.rename(folder.directory.with_name("away"))
    look = folder.look()
    assert (names(look), codes(look), look.identity) == ([], [Code.NO_FOLDER.code], None)
    assert folder.look(60).problems == ()
    away.rename(folder.directory)
    assert names(folder.look(60)) == []


def test_an_empty_directory_in_place_of_the_folder_is_a_lost_mount(folder: Folder) -> None:
    folder.put("a.job.xml")
    folder.look()
    folder.directory.rename(folder.directory.with_name("away"))
    folder.directory.mkdir()
    assert codes(folder.look()) == [Code.NO_FOLDER.code]
    assert folder.rested() == []
    folder.put("b.job.xml")
    assert folder.rested() == ["-/a", "+/b"]


def test_a_folder_that_was_emptied_is_empty(folder: Folder) -> None:
    folder.put("a.job.xml").unlink()
    folder.put("b.job.xml")
    folder.look()
    (folder.directory / "b.job.xml").unlink()
    assert folder.rested() == ["-/b"]


def test_a_first_look_that_fails_is_made_up_for(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "live", known=[(ObjectKind.JOB, "/gone")])
    assert (names(folder.look()), codes(folder.look())) == ([], [])
    folder.put("a.job.xml")
    assert names(folder.look()) == ["-/gone", "+/a"]


def test_a_subfolder_that_is_no_directory_any_more_is_gone(folder: Folder) -> None:
    path = folder.put("sub/a.job.xml")
    folder.look()
    path.unlink()
    path.parent.rmdir()
    folder.put("sub")
    assert names(folder.look()) == ["-/sub/a"]


@pytest.fixture
def unprivileged_folder() -> Iterator[Folder]:
    "A folder for a process without the rights of root, who may read everything."
    directory = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(directory, 65534, -1)
        os.seteuid(65534)
    try:
        yield Folder(directory)
    finally:
        if root:
            os.seteuid(0)
        shutil.rmtree(directory, ignore_errors=True)


def test_what_lies_in_a_folder_without_rights_is_kept(unprivileged_folder: Folder) -> None:
    folder = unprivileged_folder
    sub = folder.put("sub/b.job.xml").parent
    folder.look()
    for mode in (0, 0o400, 0o100):  # nothing; names but nothing about them; no names
        sub.chmod(mode)
        assert Code.NO_FOLDER.code in codes(folder.look())
        assert folder.rested() == []
        sub.chmod(0o700)
        assert folder.rested() == []


def test_a_file_without_rights_is_as_good_as_deleted_until_it_can_be_read(unprivileged_folder: Folder) -> None:
    folder = unprivileged_folder
    file = folder.put("a.job.xml")
    folder.look()
    folder.put("a.job.xml", "new").chmod(0)
    folder.look()
    look = folder.look(5)
    assert (names(look), codes(look)) == (["-/a"], [Code.NO_FOLDER.code])
    assert folder.rested() == []
    file.chmod(0o600)
    assert folder.rested() == ["+/a"]
    file.chmod(0)
    assert folder.rested() == []  # not looked into, because it has not changed
    file.unlink()
    assert folder.rested() == ["-/a"]


# -- links


def test_a_link_inside_of_the_folder_is_followed(folder: Folder) -> None:
    folder.put(".data/x", "text")
    folder.put("sub/b.job.xml")
    (folder.directory / "a.job.xml").symlink_to(".data/x")
    (folder.directory / "same").symlink_to("sub")
    assert names(folder.look()) == ["+/a", "+/same/b", "+/sub/b"]
    folder.put(".data/x", "changed")
    assert folder.rested() == ["+/a"]


def test_a_link_that_leaves_the_folder_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.job.xml").write_text("x")
    (folder.directory / "a.job.xml").symlink_to("../outside/a.job.xml")
    (folder.directory / "sub").symlink_to("../outside")
    look = folder.look()
    assert (names(look), codes(look)) == ([], [Code.LINK_LEAVES.code] * 2)


def test_links_in_a_circle_come_to_an_end(folder: Folder) -> None:
    folder.put("sub/a.job.xml")
    (folder.directory / "sub" / "up").symlink_to("..")
    (folder.directory / "b.job.xml").symlink_to("b.job.xml")
    (folder.directory / "c.job.xml").symlink_to("nowhere")
    assert names(folder.look()) == ["+/sub/a"]


def test_strange_files_do_no_harm(folder: Folder) -> None:
    os.mkfifo(folder.directory / "a.job.xml")
    (folder.directory / "b.job.xml").mkdir()
    folder.put("line\nend.job.xml")
    (folder.directory / os.fsdecode(b"\xff.job.xml")).write_text("x")
    look = folder.look()
    assert (names(look), codes(look)) == ([], [Code.BAD_NAME.code] * 2)


# -- includes


def script_of(look: Look) -> list[str]:
    return [
        file.definition.script.text
        for file in look.files
        if isinstance(file, FileRead) and isinstance(file.definition, JobDefinition)
    ]


def test_included_files_of_the_folder_are_read_and_watched(folder: Folder) -> None:
    folder.put("sub/a.job.xml", "live part\n")
    folder.put("b.job.xml", "live /sub/part\n")
    folder.put("sub/part", "one")
    assert script_of(folder.look()) == ["live /sub/part\none", "live part\none"]
    folder.put("sub/part", "two")
    folder.look()
    assert script_of(folder.look(5)) == ["live /sub/part\ntwo", "live part\ntwo"]


def test_an_included_file_that_appears_or_vanishes_is_noticed(folder: Folder) -> None:
    folder.put("a.job.xml", "live part\n")
    assert names(folder.look()) == ["!/a"]
    part = folder.put("part", "one")
    assert folder.rested() == ["+/a"]
    part.unlink()
    assert folder.rested() == ["!/a"]


def test_files_outside_come_from_the_include_path(tmp_path: Path) -> None:
    (tmp_path / "part").write_text("outside")
    folder = Folder(tmp_path / "live", include_path=str(tmp_path))
    folder.put("a.job.xml", "file part\n")
    assert script_of(folder.look()) == ["file part\noutside"]


@pytest.mark.parametrize("line", ["live ../part", "live link", "live /", "file part", "file nowhere", "live a\0b"])
def test_an_include_that_is_impossible_makes_the_object_faulty(folder: Folder, tmp_path: Path, line: str) -> None:
    (tmp_path / "part").write_text("outside")
    (folder.directory / "link").symlink_to("../part")
    folder.put("a.job.xml", line)
    (file,) = folder.look().files
    assert isinstance(file, FileRead)
    assert file.problem is not None
    assert file.problem.code in (Code.INCLUDE_FAILED.code, Code.ABOVE_ROOT.code)
