"""Hints of the Linux kernel about directories: that a file was closed after writing, moved or deleted.

A hint says "look", never what has changed. Where there are none (other systems, network file systems, used up watches)
nothing is lost but time, because directories are read regularly anyway.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

_CLOSED, _MOVED_FROM, _MOVED_TO, _CREATED, _DELETED = 0x8, 0x40, 0x80, 0x100, 0x200
_ITSELF_DELETED, _ITSELF_MOVED, _UNMOUNTED, _OVERFLOW = 0x400, 0x800, 0x2000, 0x4000
_FORGOTTEN, _IS_DIRECTORY, _ONLY_DIRECTORIES = 0x8000, 0x40000000, 0x01000000
#: a file that is only created will still be written
_MASK = (
    _CLOSED | _MOVED_FROM | _MOVED_TO | _CREATED | _DELETED | _ITSELF_DELETED | _ITSELF_MOVED | _ONLY_DIRECTORIES
)
_EVENT = struct.Struct("iIII")
_READ_MOST = 1 << 16


class Inotify:
    """A reader for the reactor. `hint` is called on its thread with each directory in which something has happened.

    `watch` may be called in any thread, again and again for the same directory. Raises OSError when the system has no
    such hints.
    """

    def __init__(self, hint: Callable[[str], None]) -> None:
        self._hint = hint
        try:
            self._libc = ctypes.CDLL(None, use_errno=True)
            descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        except AttributeError:
            raise OSError("no inotify") from None
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self._descriptor = descriptor
        self._lock = Lock()
        #: directories by the number of their watch; several spellings may mean the same one
        self._watched: dict[int, set[str]] = {}

    def watch(self, directory: str) -> bool:
        "False: there are no hints from this directory."
        with self._lock:
            if self._descriptor < 0:
                return False
            number = self._libc.inotify_add_watch(self._descriptor, os.fsencode(directory), _MASK)
            if number >= 0:
                self._watched.setdefault(number, set()).add(directory)
            return bool(number >= 0)

    def unwatch(self, directory: str) -> None:
        with self._lock:
            for number, directories in list(self._watched.items()):
                directories.discard(directory)
                if not directories:
                    del self._watched[number]
                    self._libc.inotify_rm_watch(self._descriptor, number)

    def close(self) -> None:
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
            self._watched.clear()
        if descriptor >= 0:
            os.close(descriptor)

    # -- what the reactor asks of a reader

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:
        return "inotify"

    def connectionLost(self, reason: object) -> None:
        pass

    def doRead(self) -> None:
        with suppress(BlockingIOError):
            for directory in self._changed(os.read(self._descriptor, _READ_MOST)):
                self._hint(directory)

    def _changed(self, events: bytes) -> dict[str, None]:
        found: dict[str, None] = {}
        at = 0
        with self._lock:
            while at < len(events):
                number, mask, _, length = _EVENT.unpack_from(events, at)
                at += _EVENT.size + length
                if mask & _OVERFLOW:
                    found.update(dict.fromkeys(one for several in self._watched.values() for one in several))
                elif not mask & _CREATED or mask & _IS_DIRECTORY:
                    found.update(dict.fromkeys(self._watched.get(number, ())))
                if mask & _FORGOTTEN:
                    self._watched.pop(number, None)
        return found
