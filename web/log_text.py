"""The text of a log as lines that can be shown: decoded, with colours and pictures for control characters. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from scheduler.log_search import SEQUENCE
from web import ansi
from web.ansi import Piece

#: the window that a page shows at once, in bytes
WINDOW = 256 * 1024
#: and in lines: a browser must lay each of them out
MOST_LINES = 4000
#: characters of a line that are shown
LONGEST = 4000

_STAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S* ")
_LEVEL = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* \[(error|fatal|warn|info|debug)\d?\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1; None when the beginning of the log is not known. `text` is the whole line.

    `pieces`: the text with its colours; empty: it has none. `whole`: it is shown in full, however long it is.
    """

    number: int | None
    text: str
    level: str = ""
    pieces: tuple[Piece, ...] = ()
    whole: bool = False

    @property
    def cut(self) -> int:
        "How many characters are not shown."
        return 0 if self.whole else max(0, len(self.text) - LONGEST)

    @property
    def stamp(self) -> str:
        "The time at its beginning, with the blank behind it; empty without one."
        match = _STAMP.match(self.text)
        return match[0] if match else ""

    @property
    def rest(self) -> str:
        "What is shown of the text without the stamp."
        return self.after(self.stamp)

    def after(self, stamp: str) -> str:
        "The same for who knows the stamp already."
        return self.text[len(stamp) : None if self.whole else LONGEST]

    @property
    def coloured(self) -> list[Piece]:
        "The same in pieces."
        return list(ansi.part(self.pieces, len(self.stamp), LONGEST if self.cut else len(self.text)))


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
    #: the number of the line at `start`, when it is not that of the first line here
    number_at_start: int | None = None

    @property
    def first_number(self) -> int | None:
        "The number of the line at `start`; None: not known, or there is none."
        return self.number_at_start or (self.lines[0].number if self.lines else None)


def window(data: bytes, start: int, size: int, first_number: int | None, final: bool) -> Window:
    """The lines of `data`, which was read from byte `start` on.

    A last line without line feed is shown only when the log is `final`, for a running task may still be writing it; or
    when it fills a window, or else nobody would get past it.
    """
    if not final and (len(data) < WINDOW or b"\n" in data):
        data = data[: data.rfind(b"\n") + 1]
    pieces = data.decode("utf-8", "replace").split("\n")
    if pieces and not pieces[-1]:
        pieces.pop()
    lines = [_line(piece, None if first_number is None else first_number + i) for i, piece in enumerate(pieces)]
    following = None if first_number is None else first_number + data.count(b"\n")
    return Window(lines, start, start + len(data), size, following)


def first_lines(data: bytes) -> bytes:
    "As many lines as a window may have, from the front."
    rest = data.split(b"\n", MOST_LINES)
    return data[: len(data) - len(rest[-1])] if len(rest) > MOST_LINES else data


def last_lines(data: bytes) -> bytes:
    "As many lines as a window may have, from the end."
    most = MOST_LINES + data.endswith(b"\n")
    rest = data.rsplit(b"\n", most)
    return data[len(rest[0]) + 1 :] if len(rest) > most else data


def cut_front(data: bytes, start: int) -> tuple[bytes, int]:
    "Without the torn first line of a window that does not begin at the beginning."
    if start == 0:
        return data, 0
    skip = data.find(b"\n") + 1
    return data[skip:], start + skip


def plain(line: bytes) -> str:
    "A line, or a part of one, without colours."
    return ansi.visible(SEQUENCE.sub("", line.decode("utf-8", "replace")))


def with_whole(window: Window, place: int) -> Window:
    "The same with the line at `place`, from 1, in full; a place that is none changes nothing."
    if not 0 < place <= len(window.lines):
        return window
    lines = list(window.lines)
    lines[place - 1] = replace(lines[place - 1], whole=True)
    return replace(window, lines=lines)


def _line(text: str, number: int | None) -> Line:
    text = text.removesuffix("\r")
    if "\r" in text:  # a progress display: only its last state is of interest
        text = text.rpartition("\r")[2]
    pieces: tuple[Piece, ...] = ()
    # an engine gives what runs with pictures of control characters
    if not text.isprintable() or "\u241b" in text:
        if SEQUENCE.search(text):
            pieces = ansi.pieces(text)
        text = ansi.visible(SEQUENCE.sub("", text))
    found = _LEVEL.match(text)
    level = found[1].lower().replace("fatal", "error") if found else ""
    return Line(number, text, level, pieces if any(each.classes for each in pieces) else ())
