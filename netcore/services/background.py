"""The services work in the background: where processors are short, an engine on the same machine comes first.

Only by a little: whoever is within a transaction on SQLite has to come to its end, also when all processors are busy.
"""

from __future__ import annotations

import os
from contextlib import suppress

#: a third of the usual share when processors are short
NICE = 5


def stand_back() -> None:
    """For this process and those that it starts. Where the kernel shares processors among sessions first (autogroup),
    also for the session, if it is this process's own; that a system has no such thing is no mistake."""
    os.nice(NICE)
    if os.getsid(0) == os.getpid():
        with suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write(str(NICE))
