"""Until when processes may start: an instant in memory that the engine and the starter share.

The engine moves it on; the starter reads it right before each start, without a word over the wire.
"""

from __future__ import annotations

import mmap
import os
import time
from contextlib import suppress

_SIZE = 8


class Deadline:
    "`descriptor` is that of the shared memory. In seconds on the clock of `boot_seconds`; at first it is over."

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _SIZE)
        self._value = memoryview(self._memory).cast("d")

    @classmethod
    def make(cls) -> Deadline:
        descriptor = os.memfd_create("deadline", os.MFD_CLOEXEC)
        os.ftruncate(descriptor, _SIZE)
        return cls(descriptor)

    def move(self, instant: float) -> None:
        "Any thread: eight aligned bytes are written at once. After `close` it means nothing."
        with suppress(ValueError):
            self._value[0] = instant

    def is_over(self) -> bool:
        return time.clock_gettime(time.CLOCK_BOOTTIME) >= self._value[0]

    def close(self) -> None:
        self._value.release()
        self._memory.close()
        os.close(self.descriptor)
