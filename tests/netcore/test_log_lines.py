from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from netcore.log_lines import LogLines

WINTER = datetime(2024, 1, 31, 9, 20, 30, 123_000, UTC).timestamp()
SUMMER = datetime(2024, 7, 1, 9, 20, 30, 999_900, UTC).timestamp()


@pytest.mark.parametrize(
    ("zone", "seconds", "expected"),
    [
        ("Europe/Berlin", WINTER, "2024-01-31 10:20:30.123+0100"),
        ("Europe/Berlin", SUMMER, "2024-07-01 11:20:30.999+0200"),
        ("UTC", WINTER, "2024-01-31 09:20:30.123Z"),
        ("America/St_Johns", WINTER, "2024-01-31 05:50:30.123-0330"),
    ],
)
def test_times_are_local_with_their_offset(zone: str, seconds: float, expected: str) -> None:
    line = LogLines(ZoneInfo(zone)).line(seconds, "info", "text", "Task a/b:4711")
    assert line.decode() == f"{expected} [info]   (Task a/b:4711) text\n"


@pytest.mark.parametrize(
    ("level", "expected"),
    [("error", " [ERROR]  "), ("warn", " [WARN]   "), ("info", " [info]   "), ("debug", " [debug]  ")],
)
def test_levels_have_one_width(level: str, expected: str) -> None:
    assert LogLines(UTC).line(WINTER, level, "x").decode() == f"2024-01-31 09:20:30.123Z{expected}x\n"


def test_every_line_of_a_text_has_the_prefix() -> None:
    lines = LogLines(UTC).line(WINTER, "info", "one\ntwo").decode().splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["one", "two"]
    assert all(line.startswith("2024-01-31 09:20:30.123Z [info]") for line in lines)
