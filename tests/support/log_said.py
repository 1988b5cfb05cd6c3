"What parts of the program write into the log, as lines."

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from twisted.logger import formatEvent, globalLogPublisher


@contextmanager
def log_of(*namespaces: str) -> Iterator[list[str]]:
    "The lines of all loggers whose names begin so, as they come."
    lines: list[str] = []

    def observe(event: dict[str, object]) -> None:
        if str(event.get("log_namespace", "")).startswith(namespaces):
            lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    try:
        yield lines
    finally:
        globalLogPublisher.removeObserver(observe)
