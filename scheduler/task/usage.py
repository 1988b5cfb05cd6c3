"What the processes of a task have used of the machine."

from __future__ import annotations

from typing import NamedTuple


class Usage(NamedTuple):
    """Of a task's process and of those that it has started and waited for.

    `peak` is the resident memory in bytes of the largest of them. A process begins in the memory of the one that starts
    it, so the system does not tell a smaller peak than the starter's own: `below` says that it was at most this.
    `read` and `written` are bytes that went from and to storage, as far as it is known when they do.
    """

    user_seconds: float
    system_seconds: float
    peak: int
    below: bool
    read: int
    written: int

    @property
    def seconds(self) -> float:
        "Processor time."
        return self.user_seconds + self.system_seconds


class OneProcess(NamedTuple):
    "A process that runs: `parent` is the number of the one that started it, `memory` is resident, in bytes."

    pid: int
    parent: int
    name: str
    memory: int
    seconds: float


class UsedNow(NamedTuple):
    """`usage` None: not known (yet). `processes` are those that run; `memory` is what they have resident together now,
    in bytes; `each` tells of the first of them, by their numbers."""

    usage: Usage | None
    processes: int = 0
    memory: int = 0
    each: tuple[OneProcess, ...] = ()


def together(one: Usage | None, other: Usage | None) -> Usage | None:
    "Of two processes of one task. None: not known."
    if one is None or other is None:
        return one or other
    larger = max(one, other, key=lambda each: (each.peak, not each.below))
    return Usage(
        round(one.user_seconds + other.user_seconds, 6),
        round(one.system_seconds + other.system_seconds, 6),
        larger.peak,
        larger.below,
        one.read + other.read,
        one.written + other.written,
    )
