"The engine's own log: it is rotated, and shows debug lines of the parts that are asked for."

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from twisted.logger import Logger, LogLevel

from netcore.engine_log import EngineLog
from scheduler.log_categories import LogCategories

AT = datetime(2024, 1, 31, 10, 20, 30, tzinfo=UTC).timestamp()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EngineLog]:
    log = EngineLog(str(tmp_path / "scheduler.log"), "info", ZoneInfo("Europe/Berlin"), io.StringIO())
    yield log
    log.close()


def text(path: str) -> str:
    return Path(path).read_text()


class Pieces(io.StringIO):
    "What is written at once; between two pieces another thread may write."

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return super().write(text)


def test_what_is_said_is_one_piece_with_its_end(tmp_path: Path) -> None:
    "The watch over a cluster, in its thread, writes lines while the engine says on the reactor's that it is ready."
    said = Pieces()
    log = EngineLog(str(tmp_path / "scheduler.log"), "info", ZoneInfo("UTC"), said)
    log.write("info", "a line", AT)
    log.event("ready", AT, pid=1)
    log.document(b"<ok/>")
    log.close()
    assert len(said.pieces) == 3
    assert all(piece.endswith("\n") for piece in said.pieces)


def test_after_a_rotation_lines_go_to_a_new_file_and_the_old_one_is_kept(log: EngineLog) -> None:
    log.write("info", "before", AT)
    kept = log.rotate(AT)
    log.write("info", "after", AT)
    assert os.path.basename(kept) == "scheduler-2024-01-31-112030.log"
    assert ("before" in text(kept), "after" in text(kept)) == (True, False)
    assert ("before" in text(log.path), "after" in text(log.path)) == (False, True)
    again = log.rotate(AT)
    assert os.path.basename(again) == "scheduler-2024-01-31-112030.1.log"
    assert len(os.listdir(os.path.dirname(log.path))) == 3


def test_a_rotation_that_is_not_possible_leaves_everything_as_it_is(log: EngineLog, tmp_path: Path) -> None:
    log.write("info", "before", AT)
    os.unlink(log.path)
    with pytest.raises(FileNotFoundError):
        log.rotate(AT)
    assert os.listdir(tmp_path) == []
    log.write("info", "still", AT)


@pytest.mark.parametrize(("category", "lines"), [("", 0), ("all", 2), ("netcore", 1), ("twisted", 1), ("web", 0)])
def test_debug_lines_of_a_category_are_written_whatever_the_level(log: EngineLog, category: str, lines: int) -> None:
    log.categories = LogCategories()
    if category:
        log.categories.set(category, True)
    Logger("netcore.scribe.Scribe", observer=log).emit(LogLevel.debug, "a detail")
    Logger("twisted.internet", observer=log).emit(LogLevel.info, "a detail")
    assert text(log.path).count("a detail") == lines
