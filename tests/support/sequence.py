"""The sequence of the tests when several processes share them.

Each process gets a stretch of the sequence at the beginning, and takes over from the end of another one's when it is
ready. So the long tests, those with engines and browsers, stand at the begin of each stretch: they run side by side,
and at the end only short ones are left to be shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def shared(long: Sequence[Sequence[T]], short: Sequence[T], workers: int) -> list[T]:
    "`long` and `short` together; the tests of a module, one sequence of `long`, stay together as far as possible."
    left, rest = sum(map(len, long)) + len(short), list(short)
    found: list[T] = []
    for worker in range(workers):
        own = [item for module in long[worker::workers] for item in module]
        room = max(0, left // (workers - worker) - len(own))
        found += [*own, *rest[:room]]
        left -= len(own) + len(rest[:room])
        rest = rest[room:]
    return found + rest
