"Waiting for a condition instead of sleeping for a guess."

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
#: seconds that tests wait for what must come; it matters only where it does not, and a machine may be very busy
PATIENCE = 90.0


def wait_until(
    condition: Callable[[], T | None], deadline: float = PATIENCE, what: str = "", interval: float = 0.02
) -> T:
    """The first true value of `condition`, asked again every `interval` seconds.

    AssertionError after `deadline` seconds, and not before `PATIENCE` is over; it tells the last value, or what the
    condition last raised.
    """
    deadline = max(deadline, PATIENCE)
    end = time.monotonic() + deadline
    while True:
        raised: Exception | None = None
        value: T | None = None
        try:
            value = condition()
            if value:
                return value
        except (AssertionError, LookupError, OSError) as error:
            raised = error
        if time.monotonic() >= end:
            last = f"{type(raised).__name__}: {raised}" if raised else repr(value)
            raise AssertionError(f"{what or 'the condition'}: not within {deadline:g} s; last: {last}") from raised
        time.sleep(interval)
