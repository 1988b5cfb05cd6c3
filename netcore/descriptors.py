"""Descriptors of the engine stay in the engine."""

from __future__ import annotations

import os
from contextlib import suppress


def keep_descriptors() -> None:
    """Mark every open descriptor except the standard ones as closed on exec.

    What Python opens is marked already; this is for what the process was started with, and for what C libraries
    have opened. Raises nothing.
    """
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            descriptor = int(name)
            if descriptor > 2:
                with suppress(OSError):
                    os.set_inheritable(descriptor, False)
