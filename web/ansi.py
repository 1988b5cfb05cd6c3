"""What terminals show in colours, as pieces of text with the classes of our style sheet. Pure.

Only colours and the looks of letters are kept (SGR: ESC [ … m); sequences that move cursors or set titles are left out.
The shades of 256 and of 16 million colours become the nearest of the eight that have a class: they are our tokens, so
that they can be read in every theme. Each line begins plain, because a window of a log begins anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from scheduler.log_search import SEQUENCE, pictured

Hue = Literal["", "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
HUES: tuple[Hue, ...] = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
#: number of a sequence -> what it switches, and to what
_SWITCHES: dict[int, dict[str, Any]] = {
    1: {"bold": True}, 2: {"faint": True}, 3: {"italic": True}, 4: {"underlined": True}, 7: {"inverse": True},
    9: {"struck": True}, 22: {"bold": False, "faint": False}, 23: {"italic": False}, 24: {"underlined": False},
    27: {"inverse": False}, 29: {"struck": False},
}  # fmt: skip
#: characters that hide or turn around what stands beside them
_HIDDEN = re.compile("[\x80-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Look:
    "How the letters from some place on look."

    ink: Hue = ""
    ground: Hue = ""
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underlined: bool = False
    inverse: bool = False
    struck: bool = False

    @property
    def classes(self) -> str:
        hues = ("ink-" + self.ink if self.ink else "", "ground-" + self.ground if self.ground else "")
        words = (name for name in ("bold", "faint", "italic", "underlined", "inverse", "struck") if getattr(self, name))
        return " ".join(filter(None, (*hues, *words)))


@dataclass(frozen=True, slots=True)
class Piece:
    "`classes` of the style sheet, separated by blanks; empty: plain."

    text: str
    classes: str = ""


PLAIN = Look()


def pieces(line: str) -> tuple[Piece, ...]:
    "The pieces of a line that has control sequences, with pictures of other control characters."
    return tuple(_joined(_parts(line)))


def visible(text: str) -> str:
    "With pictures of control characters, and with the numbers of characters that would hide or turn around others."
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", pictured(text))


def part(line: Iterable[Piece], begin: int, end: int) -> Iterator[Piece]:
    "What of a line stands from character `begin` to `end`."
    at = 0
    for piece in line:
        text = piece.text[max(0, begin - at) : max(0, end - at)]
        at += len(piece.text)
        if text:
            yield Piece(text, piece.classes)


def _parts(line: str) -> Iterator[Piece]:
    look, at = PLAIN, 0
    for sequence in SEQUENCE.finditer(line):
        yield Piece(visible(line[at : sequence.start()]), look.classes)
        at = sequence.end()
        if sequence[2] == "m":
            look = changed(look, sequence[1])
    yield Piece(visible(line[at:]), look.classes)


def _joined(parts: Iterator[Piece]) -> Iterator[Piece]:
    "Neighbours that look alike as one; none is empty."
    last = Piece("")
    for part in parts:
        if part.classes == last.classes:
            last = replace(last, text=last.text + part.text)
        elif part.text:
            if last.text:
                yield last
            last = part
    if last.text:
        yield last


def changed(look: Look, arguments: str) -> Look:
    "The look after a sequence with these arguments, such as `1;31`. What is not known changes nothing."
    fields = arguments.replace(":", ";").split(";")
    numbers = iter([int(each) if each.isascii() and each.isdigit() and len(each) < 4 else 0 for each in fields])
    for number in numbers:
        look = _after(look, number, numbers)
    return look


def _after(look: Look, number: int, following: Iterator[int]) -> Look:
    if number == 0:
        return PLAIN
    if number in _SWITCHES:
        return replace(look, **_SWITCHES[number])
    tens, place = divmod(number, 10)
    hue = _of_many(following) if place == 8 and tens in (3, 4) else HUES[place] if place < 8 else ""
    if tens in (3, 9):
        return replace(look, ink=hue)
    return replace(look, ground=hue) if tens in (4, 10) else look


def _of_many(following: Iterator[int]) -> Hue:
    "Of one colour of 256 (`5;n`) or of all (`2;r;g;b`)."
    kind = next(following, 0)
    if kind == 2:
        return _nearest(*(next(following, 0) for _ in range(3)))
    number = next(following, 0) if kind == 5 else 256
    if number < 16:
        return HUES[number % 8]
    if number < 232:
        red, rest = divmod(number - 16, 36)
        return _nearest(red * 51, rest // 6 * 51, rest % 6 * 51)
    return ""


def _nearest(red: int, green: int, blue: int) -> Hue:
    "Greys are none: they are the colour of the text."
    middle = (max(red, green, blue) + min(red, green, blue)) / 2
    return "" if red == green == blue else HUES[(red > middle) + 2 * (green > middle) + 4 * (blue > middle)]
