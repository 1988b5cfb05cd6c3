"""Looking for lines in a log of any length: blocks of bytes in, the lines that hold something out.

Only fixed texts are looked for, never patterns of the asker: so the time depends on the length of the log alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

#: bytes of a block that readers should give
BLOCK = 1 << 20
#: bytes of a line that a hit shows
SHOWN = 300
#: a longer line is looked at in pieces
LONGEST_LINE = 4 * BLOCK

#: from a position on, where the next occurrence is; -1: none
Find = Callable[[bytes, int], int]

#: whether a line that holds what is looked for may be told to who asks
Seen = Callable[[bytes], bool]

#: sequences that colour text and move cursors, also with pictures of their control characters; the groups are the
#: arguments and the letter of one that begins with ESC [
SEQUENCE = re.compile(
    r"[\x1b\u241b](?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b\u2407\u241b]*(?:[\x07\u2407]|[\x1b\u241b]\\)|[@-Z\\-_])"
)
#: control characters become their pictures, such as ␇; tab, line feed and carriage return stay
_PICTURES = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)} | {127: 0x2421}
_LEVEL = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S{0,12} \[(error|fatal|warn)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hit:
    "A line: where it begins, its number (from 1), and its beginning."

    offset: int
    line: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Found:
    "`count` lines hold what was looked for; `hits` are the first of them. `lines` and `size` are of the whole log."

    hits: tuple[Hit, ...]
    count: int
    lines: int
    size: int


def text_finder(text: str, case: bool) -> Find:
    "For a text; without `case` the letters A to Z may be small or capital."
    needle = text.encode("utf-8", "replace")
    if case:
        return lambda data, at: data.find(needle, at)
    lowered = needle.lower()
    memory: list[bytes] = [b"", b""]

    def find(data: bytes, at: int) -> int:
        if memory[0] is not data:
            memory[:] = [data, data.lower()]
        return memory[1].find(lowered, at)

    return find


def level_finder(warnings: bool = True) -> Find:
    "For lines that say of themselves that they are errors, or warnings, too."
    marks = (b"[error", b"[ERROR", b"[fatal", b"[FATAL", *((b"[warn", b"[WARN") if warnings else ()))

    def find(data: bytes, at: int) -> int:
        while True:
            places = [place for mark in marks if (place := data.find(mark, at)) >= 0]
            if not places:
                return -1
            place = min(places)
            begin = data.rfind(b"\n", 0, place) + 1
            if _LEVEL.match(data, begin) is not None:
                return place
            at = place + 1

    return find


def search(blocks: Iterable[bytes], find: Find, most: int, after: int = 0, seen: Seen | None = None) -> Found:
    "The lines with what `find` finds, as far as `seen`; the first `most` that begin at byte `after` or later are hits."
    hits: list[Hit] = []
    count, line, offset, torn = 0, 1, 0, False
    for piece in _whole_lines(blocks):
        counted = 0
        at = find(piece, 0)
        while at >= 0:
            begin = piece.rfind(b"\n", 0, at) + 1
            end = piece.find(b"\n", at)
            end = len(piece) if end < 0 else end
            line += piece.count(b"\n", counted, begin)
            counted = begin
            if seen is None or seen(piece[begin:end]):
                count += 1
                if len(hits) < most and offset + begin >= after:
                    hits.append(Hit(offset + begin, line, piece[begin : min(end, begin + SHOWN)]))
            at = find(piece, end + 1) if end < len(piece) else -1
        line += piece.count(b"\n", counted)
        offset += len(piece)
        torn = not piece.endswith(b"\n")
    return Found(tuple(hits), count, line if torn else line - 1, offset)


def shown(text: str) -> str:
    "The text without control sequences and with pictures of control characters."
    return pictured(SEQUENCE.sub("", text))


def pictured(text: str) -> str:
    "The text with pictures of control characters, also of those that begin a sequence: an answer loses nothing of it."
    return text.translate(_PICTURES)


def lines_before(blocks: Iterable[bytes]) -> int:
    "How many lines end in these blocks."
    return sum(block.count(b"\n") for block in blocks)


def blocks_of(data: bytes) -> Iterator[bytes]:
    "A log that is in memory, as blocks."
    for begin in range(0, len(data), BLOCK):
        yield data[begin : begin + BLOCK]


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    "The same bytes, cut after lines; the last piece, and pieces of very long lines, need not end with one."
    carried = b""
    for block in blocks:
        data = carried + block
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) < LONGEST_LINE:
            carried = data
            continue
        cut = cut or len(data)
        carried = data[cut:]
        yield data[:cut]
    if carried:
        yield carried
