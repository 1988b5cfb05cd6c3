"""Where in a log a span of time lies, found by a few looks into it, whatever its length. Pure.

Times in a log never go back. What is found is a little too wide rather than too narrow: it ends with a whole block, and
blocks without any time prove nothing. Who shows the lines looks at the time of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

#: bytes of one look
BLOCK = 64 << 10


@dataclass(frozen=True, slots=True)
class Block:
    "Whole lines from byte `begin` to byte `end`; `first` is the first time in them, None: there is none."

    begin: int
    end: int
    first: datetime | None


#: the block that begins with the first line after a byte; None: it cannot be read
Look = Callable[[int], Block | None]


def begin_of(look: Look, begin: int, end: int, since: datetime) -> int:
    "A place between the bytes, where a line begins, before which all lines are older."
    found = begin
    while end - begin > BLOCK:
        middle = (begin + end) // 2
        block = look(middle)
        if block is not None and block.first is not None and block.first < since:
            begin, found = middle, block.begin
        else:
            end = middle
    return found


def end_of(look: Look, begin: int, end: int, until: datetime) -> int | None:
    "A place where a line ends, from which on no line is older; None: that is not known to be before the end."
    found = None
    while end - begin > BLOCK:
        middle = (begin + end) // 2
        block = look(middle)
        if block is not None and block.first is not None and block.first >= until:
            end, found = middle, block.end
        else:
            begin = middle
    return found
