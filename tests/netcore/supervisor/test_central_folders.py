"What lies in the central folder, and when it is looked at."

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from netcore.supervisor.central_folder import CentralFolder, central_of
from netcore.supervisor.central_watch import CentralWatch, Pace
from scheduler.errors import Code
from tests.support.reactor import in_reactor, running_reactor, wait_for


def put(root: Path, path: str, content: str = "x") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def test_folders_with_all_their_files_whatever_they_are_called(tmp_path: Path) -> None:
    for path in ("_all/a.job.xml", "_all/sub/script.sh", "w/b.job.xml", "stray.xml", "_all/.hidden", ".git/x"):
        put(tmp_path, path)
    (tmp_path / "empty").mkdir()
    central = CentralFolder(str(tmp_path)).look()
    assert {name: set(folder.tree) for name, folder in central.folders.items()} == {
        "_all": {"a.job.xml", "sub/script.sh"}, "w": {"b.job.xml"}, "empty": set(),
    }  # fmt: skip
    assert (central.general.counts, central.folders["empty"].counts, central.steady) == (True, False, True)
    assert set(central.contents.values()) == {b"x"}


def test_an_empty_folder_counts_when_it_is_marked(tmp_path: Path) -> None:
    put(tmp_path, "w/.empty")
    assert CentralFolder(str(tmp_path)).look().folders["w"].counts


def test_a_link_that_leads_out_is_not_followed_and_that_is_told(tmp_path: Path) -> None:
    root = tmp_path / "remote"
    put(root, "_all/a.job.xml")
    put(tmp_path, "secret/key.pem", "secret")
    os.symlink(tmp_path / "secret", root / "_all" / "folder")
    os.symlink("../../secret/key.pem", root / "_all" / "key.xml")
    os.symlink("a.job.xml", root / "_all" / "inside.xml")
    central = CentralFolder(str(root)).look()
    assert set(central.general.tree) == {"a.job.xml", "inside.xml"}
    assert [problem.code for problem in central.problems] == [Code.LINK_LEAVES.code] * 2


def test_names_that_no_worker_would_take_are_told(tmp_path: Path) -> None:
    put(tmp_path, "_all/a\\b.xml")
    central = CentralFolder(str(tmp_path)).look()
    assert [problem.code for problem in central.problems] == [Code.UNSAFE_NAME.code]
    assert not central.general.tree


def test_a_missing_folder_is_a_problem_and_nothing_is_known(tmp_path: Path) -> None:
    central = CentralFolder(str(tmp_path / "gone")).look()
    assert central.identity is None
    assert [problem.code for problem in central.problems] == [Code.NO_FOLDER.code]


def test_hosts_of_folders_are_looked_up_once_in_a_while(tmp_path: Path) -> None:
    for name in ("there#4444", "there#4445", "nowhere#1", "x#y"):
        (tmp_path / name).mkdir()
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        if host == "nowhere":
            raise OSError("no such host")
        return ["10.0.0.1", "10.0.0.1"]

    folder = CentralFolder(str(tmp_path), resolve)
    for _ in range(3):
        central = folder.look()
    assert central.addresses == {"there": ("10.0.0.1",), "nowhere": ()}
    assert sorted(asked) == ["nowhere", "there"]
    assert [problem.code for problem in central.problems] == [Code.UNSAFE_NAME.code]


def test_what_changes_while_it_is_read_is_not_steady(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "_all/a.job.xml")
    put(tmp_path, "_all/b.job.xml")
    folder = CentralFolder(str(tmp_path))
    look = folder._entries

    def slow(*arguments: object) -> object:
        found = look(*arguments)  # type: ignore[arg-type]
        put(tmp_path, "_all/c.job.xml")
        return found

    monkeypatch.setattr(folder, "_entries", slow)
    assert not folder.look().steady
    monkeypatch.undo()
    assert folder.look().steady


def test_files_of_a_revision_are_a_folder_like_any_other() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    files = {"_all/a.xml": (b"1", now), "w/.empty": (b"", now), ".gitignore": (b"", now), "README": (b"", now),
             "_all/.x/y": (b"", now)}  # fmt: skip
    central = central_of(files, {})
    assert {name: set(folder.tree) for name, folder in central.folders.items()} == {"_all": {"a.xml"}, "w": set()}
    assert central.folders["w"].counts


def test_a_change_is_seen_soon_as_a_whole_and_while_it_is_held_nobody_looks(tmp_path: Path) -> None:
    found: list[set[str]] = []
    put(tmp_path, "_all/a.job.xml")
    watch = CentralWatch(
        running_reactor(), CentralFolder(str(tmp_path)), lambda central: found.append(set(central.general.tree)),
        Pace(after_hint=0.1, at_most=5, regularly=60),
    )
    in_reactor(watch.start)
    try:
        wait_for(lambda: found == [{"a.job.xml"}])
        for name in "bcdef":
            put(tmp_path, f"_all/{name}.job.xml")
        wait_for(lambda: len(found) > 1 and len(found[-1]) == 6)
        in_reactor(watch.hold)
        put(tmp_path, "_all/held.job.xml")
        central = in_reactor(watch.look_now)
        assert "held.job.xml" in central.general.tree
        assert "held.job.xml" not in found[-1]
        in_reactor(watch.release)
        wait_for(lambda: "held.job.xml" in found[-1])
    finally:
        in_reactor(watch.stop)
