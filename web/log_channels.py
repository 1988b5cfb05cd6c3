"""Which lines of a log are the engine's, which are standard output, and which standard error. Pure.

The engine's own lines begin with time, level and task; those of a standard error that has a level of its own are such
lines with a mark. Everything else is what the job wrote into the log itself: standard output; but of a job without such
a level both streams, in their sequence. Then only the engine's last line tells whether one of them alone was used.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Channel(StrEnum):
    MAIN = "main"
    STDOUT = "stdout"
    STDERR = "stderr"


class Unmarked(StrEnum):
    "What lines are that the job wrote itself."

    STDOUT = "stdout"
    STDERR = "stderr"
    #: both streams, which nobody can tell apart; or the task runs, and it is not known yet
    BOTH = "both"


_OURS = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* \[\w+\] +\(Task [^)\n]*\) (\[stderr\] )?")
_END = re.compile(
    r"\) Process \d+ (?:ended with exit code|was ended by)[^;\n]*"
    r"(?:; (all of its output is stderr|stdout and stderr stand in their sequence))?$",
    re.MULTILINE,
)
#: the end of a log in which that line is looked for
TAIL = 16 << 10


def unmarked(tail: bytes) -> Unmarked:
    "By the end of the log of a task that has ended. A task with monitors has two processes."
    said = {match[1] or "" for match in _END.finditer(tail.decode("utf-8", "replace"))}
    if said <= {""}:
        return Unmarked.STDOUT if said else Unmarked.BOTH
    return Unmarked.STDERR if said == {"all of its output is stderr"} else Unmarked.BOTH


def is_in(text: str, channel: Channel, of_unmarked: Unmarked) -> bool:
    ours = _OURS.match(text)
    if ours is None:
        return channel is not Channel.MAIN and of_unmarked in (channel.value, Unmarked.BOTH)
    return channel is (Channel.STDERR if ours[1] else Channel.MAIN)
