"""When the folder is looked at: with a clock that we move, and once with the real system."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from netcore.folder_ageing import Ages
from netcore.live_folder import LiveFolder, Pace
from scheduler.definitions import Definition, JobDefinition, Script
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.messages import FileGone, FilesChanged
from scheduler.records import ObjectKind
from tests.support.reactor import in_reactor, running_reactor, wait_for


def read(kind: ObjectKind, path: str, data: bytes, environ: Mapping[str, str], include: object) -> Definition:
    return JobDefinition(path, Script("shell", data.decode()))


class Watched:
    "A live folder that looks at once instead of in a thread, and what it reported."

    def __init__(self, directory: Path, in_thread: Callable[..., Deferred[Any]] = maybeDeferred) -> None:
        self.directory = directory
        self.clock = Clock()
        self.messages: list[FilesChanged] = []
        self.problems: list[Problem] = []
        self.folder = LiveFolder(
            self.clock, str(directory), self.messages.append, {}, read, report=self.problems.append, watch=False,
            in_thread=in_thread,
        )  # fmt: skip
        self.first: list[None] = []
        self.folder.first_look.addCallback(self.first.append)

    def put(self, file: str) -> Path:
        path = self.directory / file
        path.write_text("x")
        return path

    def changes(self) -> list[str]:
        found = [
            f"-{file.path}" if isinstance(file, FileGone) else f"+{file.path}"
            for message in self.messages
            for file in message.files
        ]
        self.messages.clear()
        return found

    def go_on(self, seconds: float) -> None:
        "Move the clock as it moves in reality: in small steps."
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    directory = tmp_path / "live"
    directory.mkdir()
    return Watched(directory)


def test_the_first_look_comes_at_once_and_is_told_even_when_empty(watched: Watched) -> None:
    watched.folder.startService()
    watched.clock.advance(0)
    assert watched.messages == [FilesChanged(())]
    assert watched.first == [None]


def test_while_the_folder_is_missing_the_first_look_waits(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "live")
    watched.folder.startService()
    watched.clock.advance(0)
    assert (watched.messages, watched.first) == ([], [])
    assert [problem.code for problem in watched.problems] == [Code.NO_FOLDER.code]
    (tmp_path / "live").mkdir()
    watched.put("a.job.xml")
    watched.clock.advance(60)
    assert (watched.changes(), watched.first) == (["+/a"], [None])


def test_changes_are_found_within_a_minute_and_then_more_often(watched: Watched) -> None:
    watched.folder.startService()
    watched.clock.advance(0)
    watched.messages.clear()
    watched.put("a.job.xml")
    watched.go_on(59)
    assert watched.changes() == []
    watched.go_on(5)
    assert watched.changes() == ["+/a"]
    watched.put("b.job.xml")
    watched.go_on(8.5)
    assert watched.changes() == ["+/b"]


def test_check_now_looks_now_but_lets_changes_rest(watched: Watched) -> None:
    watched.folder.startService()
    watched.clock.advance(0)
    watched.messages.clear()
    watched.put("a.job.xml")
    watched.folder.check_now()
    watched.clock.advance(0)
    assert watched.changes() == []
    watched.go_on(3.1)
    assert watched.changes() == ["+/a"]


def test_a_look_at_once_lets_nothing_rest_and_the_next_one_does_again(watched: Watched) -> None:
    gone = watched.put("gone.job.xml")
    watched.folder.startService()
    watched.clock.advance(0)
    watched.messages.clear()
    gone.unlink()
    watched.put("a.job.xml")
    looked: list[None] = []
    watched.folder.look_now(at_once=True).addCallback(looked.append)
    watched.clock.advance(0)
    assert (watched.changes(), looked) == (["-/gone", "+/a"], [None])
    watched.put("b.job.xml")
    watched.folder.look_now()
    watched.clock.advance(0)
    assert watched.changes() == []


def test_a_look_at_once_is_none_that_had_begun_before(tmp_path: Path) -> None:
    under_way: list[Deferred[Any]] = []

    def later(function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        found = function(*arguments)
        under_way.append(Deferred().addCallback(lambda _: found))
        return under_way[-1]

    watched = Watched(tmp_path, later)
    watched.folder.startService()
    watched.clock.advance(0)
    looked: list[None] = []
    watched.folder.look_now(at_once=True).addCallback(looked.append)
    watched.put("a.job.xml")
    under_way[0].callback(None)
    assert (watched.changes(), looked) == ([], [])
    watched.clock.advance(0)
    under_way[1].callback(None)
    assert (watched.changes(), looked) == (["+/a"], [None])


def test_a_file_can_be_removed(watched: Watched) -> None:
    path = watched.put("a.job.xml")
    watched.folder.startService()
    watched.clock.advance(0)
    watched.messages.clear()
    watched.folder.remove(str(path))
    watched.folder.remove(str(path))
    assert not path.exists()
    watched.go_on(2.1)
    assert watched.changes() == ["-/a"]


@pytest.mark.parametrize("file", ["/etc/passwd", "../x", "link/x"])
def test_files_outside_are_not_removed(watched: Watched, tmp_path: Path, file: str) -> None:
    (tmp_path / "x").write_text("kept")
    (watched.directory / "link").symlink_to("..")
    with pytest.raises(ValueError, match="does not lie"):
        watched.folder.remove(file)
    with pytest.raises(WorkloadError) as refusal:
        watched.folder.remove_or_refuse(file)
    assert refusal.value.code is Code.NOT_DELETED
    assert (tmp_path / "x").exists()


def test_one_look_at_a_time_and_stop_waits_for_it(tmp_path: Path) -> None:
    under_way: list[Deferred[Any]] = []

    def later(function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        result: Deferred[Any] = Deferred()
        result.addCallback(lambda _: function(*arguments))
        under_way.append(result)
        return result

    watched = Watched(tmp_path, later)
    watched.folder.startService()
    watched.clock.advance(0)
    watched.folder.check_now()
    watched.clock.advance(1)
    assert len(under_way) == 1
    stopped: list[object] = []
    watched.folder.stopService().addCallback(stopped.append)
    assert stopped == []
    under_way[0].callback(None)
    assert stopped == [None]
    assert watched.messages == []
    assert watched.clock.getDelayedCalls() == []


def test_a_look_that_breaks_down_is_tried_again(tmp_path: Path) -> None:
    looks: list[int] = []

    def fail_once(function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        looks.append(1)
        return maybeDeferred(function if len(looks) > 1 else lambda *_: 1 // 0, *arguments)

    watched = Watched(tmp_path, fail_once)
    watched.folder.startService()
    watched.clock.advance(0)
    assert watched.first == []
    watched.clock.advance(60)
    assert watched.first == [None]


def test_the_system_gives_hints(tmp_path: Path) -> None:
    "With the real reactor, its threads and the real file system; without hints it would take a minute."
    received: list[FilesChanged] = []
    directory = tmp_path / "live"
    (directory / "sub").mkdir(parents=True)
    ages, pace = Ages(0.05, 0.05), Pace(often=60, after_hint=0.01)
    folder = in_reactor(
        lambda: LiveFolder(running_reactor(), str(directory), received.append, {}, read, ages=ages, pace=pace)
    )
    in_reactor(folder.startService)
    try:
        in_reactor(lambda: folder.first_look)
        path = directory / "sub" / "a.job.xml"
        path.write_text("one")
        wait_for(lambda: len(received) == 2)
        path.write_text("three")
        wait_for(lambda: len(received) == 3)
        (directory / "new").mkdir()
        path.rename(directory / "new" / "b.job.xml")
        wait_for(lambda: len([file for message in received for file in message.files]) == 4)
        assert [type(file).__name__ + file.path for message in received for file in message.files] == [
            "FileRead/sub/a",
            "FileRead/sub/a",
            "FileGone/sub/a",
            "FileRead/new/b",
        ]
        inheritable = [name for name in os.listdir("/proc/self/fd") if int(name) > 2 and is_inheritable(int(name))]
        assert inheritable == []
    finally:
        in_reactor(folder.stopService)


def is_inheritable(descriptor: int) -> bool:
    try:
        return os.get_inheritable(descriptor)
    except OSError:
        return False
