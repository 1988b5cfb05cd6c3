"The cache of a supervisor's files lies over the hot folder."

from __future__ import annotations

import os
from pathlib import Path

from netcore.folder_ageing import Ages
from netcore.folder_reader import FolderReader, Look
from scheduler.configuration import read_object
from scheduler.definitions import JobDefinition
from scheduler.errors import Code
from scheduler.messages import FileGone, FileRead

JOB = '<job title="{0}"><script language="shell"><include live_file="s.sh"/></script></job>'


class Folders:
    def __init__(self, directory: Path) -> None:
        self.live, self.cache = directory / "live", directory / "cache"
        self.live.mkdir()
        self.reader = FolderReader(str(self.live), {}, read_object, ages=Ages(0, 0), cache=str(self.cache))
        self.now = 1000.0
        (self.live / "s.sh").write_text("echo live")

    def put(self, folder: Path, file: str, title: str) -> None:
        folder.mkdir(exist_ok=True)
        (folder / file).write_text(JOB.format(title))
        os.utime(folder / file, (self.now, self.now))

    def look(self) -> Look:
        self.now += 10
        return self.reader.look(self.now)


def titles(look: Look) -> dict[str, str]:
    read = [file for file in look.files if isinstance(file, FileRead)]
    return {file.path: file.definition.title for file in read if isinstance(file.definition, JobDefinition)}


def test_the_cache_wins_and_that_is_told(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.put(folders.live, "a.job.xml", "live")
    folders.put(folders.live, "b.job.xml", "live")
    folders.put(folders.cache, "a.job.xml", "cache")
    folders.put(folders.cache, "c.job.xml", "cache")
    look = folders.look()
    assert titles(look) == {"/a": "cache", "/b": "live", "/c": "cache"}
    assert [problem.code for problem in look.problems] == [Code.CACHE_WINS.code]
    assert folders.look() == Look(identity=look.identity)


def test_a_file_that_leaves_the_cache_gives_its_place_back(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.put(folders.live, "a.job.xml", "live")
    folders.put(folders.cache, "a.job.xml", "cache")
    folders.put(folders.cache, "c.job.xml", "cache")
    folders.look()
    for file in folders.cache.iterdir():
        file.unlink()
    look = folders.look()
    assert titles(look) == {"/a": "live"}
    assert [f.path for f in look.files if isinstance(f, FileGone)] == ["/c"]


def test_included_files_come_from_the_cache_first(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.put(folders.live, "a.job.xml", "live")
    assert [f.definition.script.text for f in folders.look().files] == ["echo live"]  # type: ignore[union-attr]
    folders.cache.mkdir()
    (folders.cache / "s.sh").write_text("echo cache")
    assert [f.definition.script.text for f in folders.look().files] == ["echo cache"]  # type: ignore[union-attr]
