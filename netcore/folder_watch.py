"""Hints from the operating system that something happens in the hot folder.

A hint says "look", never what has changed. Where the system gives no hints (network file systems, used up
watches) nothing is lost but time, because the folder is looked at regularly anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netcore.descriptors import keep_descriptors


class FolderWatch:
    """`hint` is called on the watching thread. `watch` and `stop` block for a moment and belong into one thread."""

    def __init__(self, directory: str, hint: Callable[[], None]) -> None:
        self._directory = directory
        self._hint = hint
        self._observer: Any = None
        self._identity: tuple[int, int] | None = None

    def watch(self, identity: tuple[int, int] | None) -> bool:
        """Watch the directory of this identity (device and inode), unless it is watched already.

        False: there are no hints. None as identity stops watching.
        """
        if identity is not None and identity == self._identity:
            return self._observer is not None
        self.stop()
        self._identity = identity
        if identity is not None:
            self._observer = _observer(self._directory, self._hint)
        return self._observer is not None

    def stop(self) -> None:
        observer, self._observer, self._identity = self._observer, None, None
        if observer is not None:
            observer.stop()
            observer.join(5)


def _observer(directory: str, hint: Callable[[], None]) -> Any:
    try:
        from watchdog import events
        from watchdog.observers import Observer
    except Exception:  # a system without any way to watch says so at import
        return None

    class Handler(events.FileSystemEventHandler):
        def on_any_event(self, event: object) -> None:
            hint()

    # Reading is no change: without the filter each look would ask for the next one.
    changes = [
        events.FileCreatedEvent,
        events.FileModifiedEvent,
        events.FileDeletedEvent,
        events.FileMovedEvent,
        events.FileClosedEvent,
        events.DirCreatedEvent,
        events.DirDeletedEvent,
        events.DirMovedEvent,
    ]
    observer = Observer()
    try:
        observer.schedule(Handler(), directory, recursive=True, event_filter=changes)
        observer.daemon = True
        observer.start()
    except Exception:
        return None
    finally:
        keep_descriptors()  # jobs must not inherit the watch
    return observer
