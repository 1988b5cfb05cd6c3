"""Opening single files of the configuration: the objects' own, and those that they include. Blocking."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime

from netcore.folder_scan import Stamp
from scheduler import paths
from scheduler.configuration import IncludeRequest
from scheduler.errors import Code, WorkloadError

#: larger files are not read
FILE_MAX = 16 << 20


def read_file(path: str) -> tuple[bytes, datetime]:
    "Contents of a regular file, and when it was modified. Raises OSError, also for one that is too large."
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is no regular file")
        if found.st_size > FILE_MAX:
            raise OSError(f"it is larger than {FILE_MAX} bytes")
        return file.read(FILE_MAX), datetime.fromtimestamp(found.st_mtime, UTC)


def stamp_of(path: str) -> Stamp | None:
    "The stamp of a file; None when there is none."
    try:
        return Stamp.of(os.stat(path))
    except OSError:
        return None


def is_inside(path: str, directory: str) -> bool:
    "Whether a path leads into a directory when all links are followed."
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(directory), ""))


def reason(error: OSError) -> str:
    return error.strerror or str(error)


class Includes:
    """The files that one object includes; what is in the `cache` of the hot folder goes before it.

    `watched` are those of both by their full paths, with the stamps that they had before they were read (None:
    missing), so that a change of one of them is noticed.
    """

    def __init__(self, directory: str, folder: str, include_path: str, cache: str = "") -> None:
        self._directory = directory
        self._cache = cache
        self._folder = folder
        self._include_path = include_path
        self.watched: dict[str, Stamp | None] = {}

    def __call__(self, request: IncludeRequest) -> bytes:
        "The contents of the file. Raises INCLUDE_FAILED, or ABOVE_ROOT for a path that leads out of the hot folder."
        name = request.live_file or request.file
        try:
            return read_file(self._live_file(name) if request.live_file else self._file(name))[0]
        except (OSError, ValueError) as error:
            problem = reason(error) if isinstance(error, OSError) else str(error)
            raise WorkloadError(Code.INCLUDE_FAILED, file=name, problem=problem) from error

    def _live_file(self, name: str) -> str:
        path = paths.absolute(name, self._folder)
        directory = self._directory
        if self._cache:
            self.watched[self._cache + path] = stamp_of(self._cache + path)
            if self.watched[self._cache + path] is not None:
                directory = self._cache
        full = directory + path
        self.watched.setdefault(full, stamp_of(full))
        if not is_inside(full, directory):
            raise OSError("it lies outside of the folder")
        return full

    def _file(self, name: str) -> str:
        if not os.path.isabs(name) and not self._include_path:
            raise OSError("no include path is set")
        full = os.path.join(self._include_path, name)
        beside_the_folder = os.path.join(os.path.dirname(self._directory), name)
        # Files with holidays are looked for where the start-up file is, whatever the include path says.
        return beside_the_folder if not os.path.exists(full) and os.path.exists(beside_the_folder) else full
