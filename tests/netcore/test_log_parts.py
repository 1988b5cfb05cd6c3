"""Parts of logs of any length, from files and from stored contents, in whole lines with their numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcore.log_parts import Log, part, search
from netcore.spool import LONG, Spool
from scheduler.commands.questions import LogSearch

LINES = [f"row {number} äöü\n" for number in range(1, 200)]
WHOLE = "".join(LINES).encode()


@pytest.fixture(params=["file", "content"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Log:
    if request.param == "content":
        return Log(WHOLE)
    (tmp_path / "log").write_bytes(WHOLE)
    return Log(path=str(tmp_path / "log"))


def test_the_end_is_given_without_an_offset(log: Log) -> None:
    found = part(log, None, 100)
    assert found.following == found.size == len(WHOLE)
    assert found.text == "".join(LINES[found.line - 1 :])
    assert len(found.text.encode()) <= 100


@pytest.mark.parametrize("limit", [20, 33, 500, 10_000])
def test_parts_one_after_the_other_are_the_whole(log: Log, limit: int) -> None:
    offset, text = 0, ""
    while offset < len(WHOLE):
        found = part(log, offset, limit)
        assert found.offset == offset
        assert found.line == 1 + text.count("\n")
        offset, text = found.following, text + found.text
    assert text.encode() == WHOLE


def test_a_part_that_is_asked_for_in_the_middle_of_a_line_begins_with_the_next_one(log: Log) -> None:
    found = part(log, 3, 60)
    assert (found.line, found.text.splitlines()[0]) == (2, "row 2 äöü")


def test_a_line_that_is_longer_than_the_part_comes_in_pieces() -> None:
    assert part(Log(b"x" * 50 + b"\n"), 0, 20).text == "x" * 20


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    found = part(Log(path=str(tmp_path / "none")), None, 100)
    assert (found.text, found.size, found.line) == ("", 0, 1)


def test_a_text_is_found_in_any_letter_case(log: Log) -> None:
    found = search(log, LogSearch(1, "", "", "ROW 150", False, True, 0, 10))
    assert [(hit.line, hit.text.decode()) for hit in found.hits] == [(150, "row 150 äöü")]
    assert search(log, LogSearch(1, "", "", "ROW 150", True, True, 0, 10)).count == 0


def test_of_a_log_that_is_stored_in_part_the_whole_is_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "log", tmp_path / "run")
    spool.prepare()
    for name, content in (("task.a.1.log", WHOLE), ("task.b.2.log", b"short\n")):
        (tmp_path / "log" / name).write_bytes(content)
        spool.take_log(name, 1000)
        spool.discard(name)
    assert spool.whole_log("task.a.1.log") == str(tmp_path / "log" / f"task.a.1.log{LONG}")
    assert spool.whole_log("task.b.2.log") == ""
    assert part(Log(path=spool.whole_log("task.a.1.log")), 0, 1 << 20).text.encode() == WHOLE


def test_only_so_much_of_them_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netcore.spool.LONG_MOST", 2 * len(WHOLE) + 10)
    spool = Spool(tmp_path / "log", tmp_path / "run")
    spool.prepare()
    for number in range(4):
        name = f"task.a.{number}.log"
        (tmp_path / "log" / name).write_bytes(WHOLE)
        spool.take_log(name, 1000)
        spool.discard(name)
    kept = [number for number in range(4) if spool.whole_log(f"task.a.{number}.log")]
    assert len(kept) == 2


def test_colours_and_control_characters_come_as_pictures() -> None:
    found = part(Log(b"\x1b[31mred\x07\n"), 0, 100)
    assert (found.text, found.following) == ("␛[31mred␇\n", 10)
