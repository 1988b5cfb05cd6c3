"""What a regular expression says, as a tree. Pure; see `scheduler.patterns` for what is known."""

from __future__ import annotations

import string
from dataclasses import dataclass

#: a repetition may say so many times
MOST_TIMES = 100
#: groups inside each other
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Any:
    "One byte out of these."

    choices: frozenset[int]


@dataclass(frozen=True, slots=True)
class Row:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    ways: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    "`most` None: as often as one likes."

    part: Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Start:
    "Of a line."


@dataclass(frozen=True, slots=True)
class Stop:
    "The end of a line."


Node = Any | Row | Branch | Repeat | Start | Stop

_EVERY = frozenset(range(256)) - {10}
_DIGITS = frozenset(string.digits.encode())
_WORD = frozenset((string.ascii_letters + string.digits + "_").encode())
_BLANK = frozenset(b" \t\r\f\v")
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _BLANK, "D": _EVERY - _DIGITS, "W": _EVERY - _WORD, "S": _EVERY - _BLANK}
_ESCAPES = {"t": 9, "r": 13, "f": 12, "v": 11, "e": 27}


def read(pattern: str) -> Node:
    "Raises ValueError with a sentence for what cannot be read."
    reader = _Reader(pattern)
    tree = reader.branch(0)
    if reader.at < len(pattern):
        raise ValueError("There is a ) without (.")
    return tree


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        found = self.peek()
        self.at += 1
        return found

    def branch(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise ValueError(f"More than {DEEPEST} groups are inside each other.")
        ways = [self.row(depth)]
        while self.peek() == "|":
            self.at += 1
            ways.append(self.row(depth))
        return ways[0] if len(ways) == 1 else Branch(tuple(ways))

    def row(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            if any(isinstance(part, Stop) for part in parts):
                raise ValueError("Nothing can follow $.")
            parts += self.repeated(depth)
        return Row(tuple(parts))

    def repeated(self, depth: int) -> list[Node]:
        parts = self.single(depth)
        while (times := self.times()) is not None:
            if isinstance(parts[-1], Start | Stop | Repeat):
                raise ValueError("A repetition must follow something that can be repeated.")
            if _ends_line(parts[-1]):
                raise ValueError("What ends with $ cannot be repeated.")
            parts = [*parts[:-1], Repeat(parts[-1], *times)] if len(parts) == 1 else [Repeat(Row(tuple(parts)), *times)]
        return parts

    def times(self) -> tuple[int, int | None] | None:
        known: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        found = known.get(self.peek())
        if found is not None:
            self.at += 1
        elif self.peek() == "{":
            found = self.counted()
        if found is not None and self.peek() == "?":  # as few as possible: the same lines fit
            self.at += 1
        return found

    def counted(self) -> tuple[int, int | None]:
        inside, brace, rest = self.text[self.at + 1 :].partition("}")
        least, comma, most = inside.partition(",")
        numbers = [word for word in (least, most) if word]
        if not brace or not least or not all(word.isascii() and word.isdigit() for word in numbers):
            raise ValueError("A { begins a repetition such as {2,5}; as a character it is \\{.")
        self.at = len(self.text) - len(rest)
        first = int(least)
        last = first if not comma else int(most) if most else None
        if max(int(word) for word in numbers) > MOST_TIMES or (last is not None and last < first):
            raise ValueError(f"{{{inside}}} is not possible; at most {MOST_TIMES} times.")
        return first, last

    def single(self, depth: int) -> list[Node]:
        char = self.take()
        match char:
            case ".":
                return [Any(_EVERY)]
            case "^":
                return [Start()]
            case "$":
                return [Stop()]
            case "[":
                return [Any(self.choices())]
            case "\\":
                return [Any(self.escape())]
            case "(":
                return [self.group(depth)]
            case "*" | "+" | "?" | "{":
                raise ValueError("A repetition must follow something that can be repeated.")
        encoded = char.encode("utf-8", "replace")
        parts: list[Node] = [Any(frozenset((byte,))) for byte in encoded]
        return parts if len(parts) == 1 else [Row(tuple(parts))]

    def group(self, depth: int) -> Node:
        if self.peek() == "?":
            if self.text[self.at : self.at + 2] != "?:":
                raise ValueError("Of groups that begin with (? only (?: is known.")
            self.at += 2
        tree = self.branch(depth + 1)
        if self.take() != ")":
            raise ValueError("There is a ( without ).")
        if _ends_line(tree) and self.peek() not in ("", "|", ")"):
            raise ValueError("Nothing can follow $.")
        return tree

    def escape(self) -> frozenset[int]:
        char = self.take()
        if char in _CLASSES:
            return _CLASSES[char]
        if char in _ESCAPES:
            return frozenset((_ESCAPES[char],))
        if not char or char.isalnum() or not char.isascii():
            raise ValueError(f"\\{char} is not known.")
        return frozenset(char.encode())

    def choices(self) -> frozenset[int]:
        excluded = self.peek() == "^"
        self.at += excluded
        found: set[int] = set()
        first = True
        while first or self.peek() != "]":
            one = self.choice()
            first = False
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                other = self.choice()
                if len(one) != 1 or len(other) != 1 or min(one) > min(other):
                    raise ValueError("A range in [ ] goes from a lower to a higher character.")
                one = frozenset(range(min(one), min(other) + 1))
            found |= one
        self.at += 1
        return frozenset(_EVERY - found if excluded else found - {10})

    def choice(self) -> frozenset[int]:
        char = self.take()
        if not char:
            raise ValueError("There is a [ without ].")
        if char == "\\":
            return self.escape()
        if not char.isascii():
            raise ValueError("Inside [ ] only plain ASCII characters are known.")
        return frozenset(char.encode())


def _ends_line(node: Node) -> bool:
    match node:
        case Stop():
            return True
        case Row(parts):
            return any(_ends_line(part) for part in parts)
        case Branch(ways):
            return any(_ends_line(way) for way in ways)
        case Repeat(part):
            return _ends_line(part)
    return False
