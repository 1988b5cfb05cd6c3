"""The directories of file orders and of watching jobs: read in threads, watched by the system, their files disposed of.

What is read when is decided by the core; here are only hands and eyes. Everything comes back as messages on the
reactor's thread. A file system that hangs holds up nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from netcore.file_sink import dispose
from netcore.inotify import Inotify
from netcore.workers import Workers
from scheduler.actions import DisposeFile, ReadDirectory
from scheduler.directory.reading import FoundFile
from scheduler.errors import Code, WorkloadError
from scheduler.messages import DirectoryChanged, DirectoryRead, FileDisposed, Message
from scheduler.posix_regex import compiled

#: seconds in which the hints of one burst are collected
AFTER_HINT = 0.1
#: directories that were not read for so many seconds are not watched any more
FORGET_AFTER = 900.0
READERS, SINKS = 4, 4


class Directories:
    """`deliver` is called on the reactor's thread. `watch` False: no hints from the system.

    A directory is hinted at once until it is read again.
    """

    _log = Logger()

    def __init__(self, reactor: Any, deliver: Callable[[Message], None], watch: bool = True) -> None:
        self._reactor = reactor
        self._deliver = deliver
        self._readers = Workers("directory", READERS)
        self._sinks = Workers("sink", SINKS)
        #: when each directory was asked for last
        self._asked: dict[str, float] = {}
        self._hinted: dict[str, Any] = {}
        self._tidied = 0.0
        self._stopped = False
        self._inotify: Inotify | None = None
        if watch:
            self._watch()

    def _watch(self) -> None:
        try:
            self._inotify = Inotify(self._hint)
        except OSError as error:
            self._log.info("Directories are only read regularly: {problem}", problem=str(error))
            return
        self._reactor.addReader(self._inotify)

    def read(self, action: ReadDirectory) -> None:
        "Begin to read a directory; `DirectoryRead` comes later."
        self._asked[action.directory] = self._reactor.seconds()
        pending = self._hinted.pop(action.directory, None)
        if pending is not None and pending.active():
            pending.cancel()
        self._tidy()
        self._readers.submit(self._read_in_thread, action)

    def dispose(self, action: DisposeFile) -> None:
        "Begin to remove, move or look for a file; `FileDisposed` comes later."
        self._sinks.submit(self._dispose_in_thread, action)

    def stop(self) -> None:
        "Nothing is told any more. Work on a file that has begun is not waited for."
        self._stopped = True
        self._readers.stop()
        self._sinks.stop()
        for pending in self._hinted.values():
            if pending.active():
                pending.cancel()
        self._hinted.clear()
        if self._inotify is not None:
            self._reactor.removeReader(self._inotify)
            self._inotify.close()

    # -- hints

    def _hint(self, directory: str) -> None:
        if directory not in self._hinted and not self._stopped:
            self._hinted[directory] = self._reactor.callLater(
                AFTER_HINT, self._tell, DirectoryChanged(directory)
            )

    def _tidy(self) -> None:
        "Forget directories that nobody has asked for in a long time."
        now = self._reactor.seconds()
        if now - self._tidied < FORGET_AFTER:
            return
        self._tidied = now
        for directory, asked in list(self._asked.items()):
            if now - asked > FORGET_AFTER:
                del self._asked[directory]
                if self._inotify is not None:
                    self._inotify.unwatch(directory)

    # -- in threads

    def _read_in_thread(self, action: ReadDirectory) -> None:
        try:
            if self._inotify is not None:
                self._inotify.watch(action.directory)  # before reading, so that nothing is missed between
            found = read_directory(action)
        except Exception:
            self._log.failure("Directory {directory} cannot be read", directory=action.directory)
            found = DirectoryRead(action.reader, action.number, problem=WorkloadError(Code.INTERNAL).problem)
        self._reactor.callFromThread(self._tell, found)

    def _dispose_in_thread(self, action: DisposeFile) -> None:
        try:
            done = dispose(action)
        except Exception:
            self._log.failure("The file {file} cannot be disposed of", file=action.file)
            problem = WorkloadError(Code.INTERNAL).problem
            done = FileDisposed(action.chain, action.order_id, action.ordering, True, problem)
        self._reactor.callFromThread(self._tell, done)

    def _tell(self, message: Message) -> None:
        if not self._stopped:
            self._deliver(message)


def read_directory(action: ReadDirectory) -> DirectoryRead:
    "What stands in the directory now, the oldest first. Links count as what they lead to, broken ones as themselves."
    fits = compiled(action.regex).search if action.regex else None
    files: list[FoundFile] = []
    strange: list[str] = []
    names: set[str] = set()
    try:
        with os.scandir(action.directory) as entries:
            for entry in entries:
                names.add(entry.name)
                if fits is not None and not fits(entry.name):
                    continue
                if not _is_text(entry.name):
                    strange.append(ascii(entry.name)[1:-1])
                elif (written_at := _written_at(entry)) is not None:
                    files.append(FoundFile(entry.name, written_at))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = WorkloadError(Code.DIRECTORY_UNREADABLE, directory=action.directory, problem=reason).problem
        return DirectoryRead(action.reader, action.number, problem=problem)
    files.sort(key=lambda file: (file.written_at, file.name))
    gone = tuple(name for name in action.known if name not in names)
    return DirectoryRead(action.reader, action.number, tuple(files), gone, tuple(strange))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _written_at(entry: os.DirEntry[str]) -> float | None:
    "None: it has gone meanwhile."
    for follow in (True, False):
        try:
            return entry.stat(follow_symlinks=follow).st_mtime
        except OSError:
            continue
    return None
