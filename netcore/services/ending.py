"""Whether a signal has asked the process to end; what its main thread waits for.

Not a `threading.Event`: a signal handler runs in the main thread, between any two of its steps. If that is waiting for
an event it may hold the event's lock just then, above all when it wakes up because its time is over, as after a frost;
then `Event.set` in the handler would wait for that lock for ever.
"""

from __future__ import annotations

import os
import select
from contextlib import suppress


class Ending:
    "`ask` may be called in a signal handler, and takes no lock; everything else by the main thread."

    def __init__(self) -> None:
        self._asked = False
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)

    def ask(self) -> None:
        self._asked = True
        with suppress(BlockingIOError):  # full: there are enough bytes to wake up by
            os.write(self._writer, b".")

    def is_asked(self) -> bool:
        return self._asked

    def wait(self, seconds: float) -> None:
        "Until that time is over, or the end is asked for."
        select.select([self._reader], [], [], seconds)
