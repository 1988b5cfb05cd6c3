"Directories as they really are: read in threads, with hints of the system where there are some."

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore.directories import Directories, read_directory
from scheduler.actions import DisposeFile, ReadDirectory
from scheduler.definitions import FileOrderSink
from scheduler.directory.reading import Reader
from scheduler.errors import Code
from scheduler.messages import DirectoryChanged, DirectoryRead, FileDisposed, Message
from tests.support.reactor import in_reactor, running_reactor, wait_for

READER = Reader("job_chain", "/chain", 0)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the hints are those of Linux")


def reading(directory: Path | str, regex: str = "", known: tuple[str, ...] = ()) -> ReadDirectory:
    return ReadDirectory(READER, 1, str(directory), regex, known)


def names(found: DirectoryRead) -> list[str]:
    return [file.name for file in found.files]


def a_file(directory: Path, name: str, written_at: float = 1.0) -> Path:
    file = directory / name
    file.write_text("x")
    os.utime(file, (written_at, written_at))
    return file


# -- what is read


def test_files_come_sorted_by_the_time_of_writing_and_then_by_name(tmp_path: Path) -> None:
    for name, at in (("c", 1.0), ("b", 3.0), ("a", 3.0), ("d", 2.5)):
        a_file(tmp_path, name, at)
    assert names(read_directory(reading(tmp_path))) == ["c", "d", "a", "b"]


def test_the_regular_expression_is_searched_in_the_name_alone(tmp_path: Path) -> None:
    for name in ("one.csv", "two.CSV", "csv", "three.csv.gz"):
        a_file(tmp_path, name)
    assert names(read_directory(reading(tmp_path, r"[[:alpha:]]\.csv"))) == ["one.csv", "three.csv.gz"]


def test_directories_and_hidden_files_fit_too_unless_the_expression_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    a_file(tmp_path, ".hidden")
    assert sorted(names(read_directory(reading(tmp_path)))) == [".hidden", "sub"]


def test_a_link_that_leads_nowhere_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert names(read_directory(reading(tmp_path))) == ["link"]


def test_a_file_larger_than_four_gigabytes_is_found(tmp_path: Path) -> None:
    file = a_file(tmp_path, "large")
    os.truncate(file, 5 << 30)
    assert names(read_directory(reading(tmp_path))) == ["large"]


def test_known_names_that_are_gone_are_told_whether_they_fit_or_not(tmp_path: Path) -> None:
    a_file(tmp_path, "there.txt")
    found = read_directory(reading(tmp_path, "csv", known=("there.txt", "gone.txt")))
    assert found.gone == ("gone.txt",)


def test_a_name_that_is_no_text_is_told_apart(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"bad\xff")).write_text("x")
    except (OSError, UnicodeError):
        pytest.skip("the file system takes only text")
    found = read_directory(reading(tmp_path))
    assert found.files == ()
    assert found.strange == ("bad\\udcff",)


@pytest.mark.parametrize("path", ["missing", "file/", "nul\0"])
def test_what_cannot_be_read_is_told_with_the_reason(tmp_path: Path, path: str) -> None:
    a_file(tmp_path, "file")
    found = read_directory(reading(f"{tmp_path}/{path}"))
    assert found.problem is not None
    assert found.problem.code == Code.DIRECTORY_UNREADABLE.code


# -- the part that runs in the engine


@pytest.fixture
def told() -> list[Message]:
    return []


@pytest.fixture
def directories(told: list[Message]) -> Iterator[Directories]:
    made: Directories = in_reactor(lambda: Directories(running_reactor(), told.append))
    yield made
    in_reactor(made.stop)


def test_a_reading_comes_back_as_a_message(directories: Directories, told: list[Message], tmp_path: Path) -> None:
    a_file(tmp_path, "a")
    in_reactor(directories.read, reading(tmp_path))
    wait_for(lambda: told)
    (message,) = told
    assert isinstance(message, DirectoryRead)
    assert (message.reader, message.number, names(message)) == (READER, 1, ["a"])


def test_a_file_is_disposed_of_and_told(directories: Directories, told: list[Message], tmp_path: Path) -> None:
    file = a_file(tmp_path, "a")
    in_reactor(directories.dispose, DisposeFile("/chain", "a", 7, str(file), FileOrderSink(remove=True)))
    wait_for(lambda: told)
    assert told == [FileDisposed("/chain", "a", 7, remains=False)]
    assert not file.exists()


@linux_only
@pytest.mark.parametrize("change", ["written", "moved in", "moved away", "deleted", "directory made"])
def test_the_system_tells_of_changes(
    change: str, directories: Directories, told: list[Message], tmp_path: Path
) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    here, elsewhere = a_file(inbox, "here"), a_file(tmp_path, "elsewhere")
    in_reactor(directories.read, reading(inbox))
    wait_for(lambda: told)
    {
        "written": lambda: (inbox / "new").write_text("x"),
        "moved in": lambda: elsewhere.rename(inbox / "new"),
        "moved away": lambda: here.rename(tmp_path / "away"),
        "deleted": here.unlink,
        "directory made": (inbox / "new").mkdir,
    }[change]()
    wait_for(lambda: DirectoryChanged(str(inbox)) in told)


@linux_only
def test_a_file_that_is_still_being_written_gives_no_hint(
    directories: Directories, told: list[Message], tmp_path: Path
) -> None:
    in_reactor(directories.read, reading(tmp_path))
    wait_for(lambda: told)
    other = tmp_path / "other"
    other.mkdir()
    in_reactor(directories.read, reading(other))
    wait_for(lambda: len(told) >= 2)
    told.clear()
    in_reactor(directories.read, reading(tmp_path))  # the hint of `mkdir` is used up
    wait_for(lambda: any(isinstance(message, DirectoryRead) for message in told))
    told.clear()
    with open(tmp_path / "slow", "w") as slow:
        slow.write("half")
        slow.flush()
        (other / "x").mkdir()
        wait_for(lambda: DirectoryChanged(str(other)) in told)
        assert DirectoryChanged(str(tmp_path)) not in told
    wait_for(lambda: DirectoryChanged(str(tmp_path)) in told)


@linux_only
def test_many_changes_are_one_hint_until_the_directory_is_read_again(
    directories: Directories, told: list[Message], tmp_path: Path
) -> None:
    in_reactor(directories.read, reading(tmp_path))
    wait_for(lambda: told)
    told.clear()
    for number in range(50):
        a_file(tmp_path, str(number))
    wait_for(lambda: told)
    a_file(tmp_path, "later")
    assert told == [DirectoryChanged(str(tmp_path))]
    told.clear()
    in_reactor(directories.read, reading(tmp_path))
    wait_for(lambda: told)
    a_file(tmp_path, "much later")
    wait_for(lambda: DirectoryChanged(str(tmp_path)) in told)


@linux_only
def test_a_directory_that_was_made_anew_is_watched_again(
    directories: Directories, told: list[Message], tmp_path: Path
) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    in_reactor(directories.read, reading(inbox))
    wait_for(lambda: told)
    inbox.rmdir()
    wait_for(lambda: DirectoryChanged(str(inbox)) in told)
    inbox.mkdir()
    told.clear()
    in_reactor(directories.read, reading(inbox))
    wait_for(lambda: told)
    told.clear()
    a_file(inbox, "a")
    wait_for(lambda: DirectoryChanged(str(inbox)) in told)


def test_a_directory_that_hangs_holds_up_neither_others_nor_the_end(
    directories: Directories, told: list[Message], tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def hang(action: ReadDirectory) -> None:
        pipe.read_bytes()

    in_reactor(lambda: directories._readers.submit(hang, reading(tmp_path)))
    in_reactor(directories.read, reading(tmp_path))
    wait_for(lambda: told)
    in_reactor(directories.stop)
    os.close(os.open(pipe, os.O_WRONLY))  # it may go now


def test_nothing_is_told_after_the_end(directories: Directories, told: list[Message], tmp_path: Path) -> None:
    in_reactor(directories.stop)
    in_reactor(directories.read, reading(tmp_path))
    in_reactor(lambda: None)
    assert told == []
