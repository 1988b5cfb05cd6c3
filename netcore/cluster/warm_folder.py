"""The hot folder of a member that waits: read all the time, so that a take-over need not read it.

Changes rest here, too, and that may take longer than where the engine worked: what it had taken already, this member
may not count yet. So a take-over looks once more, and what lies there counts at once, as at any start. Otherwise orders
and jobs whose files it had taken would be as good as deleted, and what it had deleted would come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from netcore.live_folder import LiveFolder
from netcore.settings import Settings
from scheduler.configuration import read_object
from scheduler.errors import Problem
from scheduler.messages import FileGone, FileRead, FilesChanged
from scheduler.records import FileKey, ObjectKind, file_key

_ORDER = {kind: number for number, kind in enumerate(ObjectKind)}


class WarmFolder:
    "`folder` and what it has found so far; whoever takes it over says where further news go. On the reactor's thread."

    _log = Logger()

    def __init__(self, reactor: Any, settings: Settings, environ: Mapping[str, str]) -> None:
        self._found: dict[FileKey, FileRead] = {}
        self.folder = LiveFolder(
            reactor, settings.live_directory, self._collect, environ, read_object, settings.include_path,
            report=self._report, cache=settings.cache_directory,
        )  # fmt: skip

    def look_at_once(self) -> Deferred[None]:
        "Fires when everything that lies there now counts, or when the folder stops."
        return self.folder.look_now(at_once=True)

    def _collect(self, message: FilesChanged) -> None:
        for file in message.files:
            key = file_key(file.kind, file.path)
            self._found.pop(key, None)
            if not isinstance(file, FileGone):
                self._found[key] = file

    def _report(self, problem: Problem) -> None:
        self._log.warn("{problem}", problem=str(problem))

    @property
    def found(self) -> FilesChanged:
        "Every file that is there, in the order in which they are to be applied."
        return FilesChanged(tuple(sorted(self._found.values(), key=lambda file: _ORDER[file.kind])))
