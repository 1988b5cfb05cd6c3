"""The text of a log as lines that can be shown: decoded, without control sequences, with the level. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.log_search import shown

#: the window that a page shows at once, in bytes
WINDOW = 256 * 1024
#: characters of a line that are shown
LONGEST = 4000

_STAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S* ")
_LEVEL = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* \[(error|warn|info|debug)\d?\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    "`number` counts from 1; None when the beginning of the log is not known. `cut` is how much is not shown."

    number: int | None
    text: str
    level: str = ""
    cut: int = 0

    @property
    def stamp(self) -> str:
        "The time at its beginning, with the blank behind it; empty without one."
        match = _STAMP.match(self.text)
        return match[0] if match else ""

    @property
    def rest(self) -> str:
        "The text without the stamp."
        return self.text[len(self.stamp) :]


@dataclass(frozen=True, slots=True)
class Window:
    """Whole lines of a log. `start` and `end` are byte offsets; `next_number` is the number of the line after the last.

    `size` is the length of the log as far as it is known.
    """

    lines: list[Line]
    start: int
    end: int
    size: int
    next_number: int | None


def window(data: bytes, start: int, size: int, first_number: int | None, final: bool) -> Window:
    """The lines of `data`, which was read from byte `start` on.

    A last line without line feed is shown only when the log is `final`: a running task may still be writing it.
    """
    if not final:
        data = data[: data.rfind(b"\n") + 1]
    pieces = data.decode("utf-8", "replace").split("\n")
    if pieces and not pieces[-1]:
        pieces.pop()
    lines = [_line(piece, None if first_number is None else first_number + i) for i, piece in enumerate(pieces)]
    following = None if first_number is None else first_number + len(lines)
    return Window(lines, start, start + len(data), size, following)


def cut_front(data: bytes, start: int) -> tuple[bytes, int]:
    "Without the torn first line of a window that does not begin at the beginning."
    if start == 0:
        return data, 0
    skip = data.find(b"\n") + 1
    return data[skip:], start + skip


def _line(text: str, number: int | None) -> Line:
    text = text.removesuffix("\r")
    if "\r" in text:  # a progress display: only its last state is of interest
        text = text.rpartition("\r")[2]
    text = shown(text)
    level = _LEVEL.match(text)
    cut = max(0, len(text) - LONGEST)
    return Line(number, text[:LONGEST] if cut else text, level[1].lower() if level else "", cut)
