"""What a worker with our protocol is answered when it fetches. What many workers get is made and written once.

All on the reactor's thread; every answer is a ready element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import inlineCallbacks

from netcore.supervisor.distribution import Distribution
from netcore.supervisor.transfer_log import TransferLog
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor import messages
from scheduler.supervisor.records import ConfigurationVersion
from scheduler.supervisor.tree import Difference, Entry, Tree, difference, difference_from

#: bytes of contents in one answer, unless one file alone is larger
CONTENTS_MAX = 4 << 20
#: lists of files that are kept as they were written
_KEPT = 8


class Transfers:
    """From the versions that are due to workers. `applied` gives the number of the one that a worker has said to have;
    `has` is told when one asks with the checksum of that which is due to it."""

    def __init__(
        self,
        distribution: Distribution,
        log: TransferLog,
        applied: Callable[[str], int],
        has: Callable[[str, int], None],
    ) -> None:
        self._distribution = distribution
        self._log = log
        self._applied = applied
        self._has = has
        #: what is different, and the files of a version as they are written, by the checksums of what they build upon
        #: (empty: nothing) and of the version
        self._written: dict[tuple[str, str], tuple[Difference, str]] = {}

    @inlineCallbacks
    def version(self, name: str, asked: messages.Fetch) -> Any:
        "What the worker needs to know of the version that is due to it. Raises NO_CENTRAL_FOLDER."
        version, tree = yield self._due(name)
        self._log.has(name, asked.checksum)
        known = {"number": version.number, "checksum": version.checksum}
        if asked.checksum == version.checksum:
            self._has(name, version.number)
            return messages.written(messages.Unchanged(**known))
        if asked.listed:
            changes = difference_from({file.path: file.digest for file in asked.files}, tree)
            said = messages.Version(**known, removed=tuple(messages.Removed(path=path) for path in changes.removed))
            _, files = self._files("", {}, version, tree)
        else:
            base = self._distribution.known_tree(asked.checksum)
            if base is None:
                return messages.written(messages.Differs(**known))
            said = messages.Version(**known, base=asked.checksum)
            changes, files = self._files(asked.checksum, base, version, tree)
        self._log.began(name, version.number, self._applied(name), version.checksum, changes)
        return messages.written(said, files)

    @inlineCallbacks
    def contents(self, name: str, asked: messages.Contents) -> Any:
        """Contents of files, but only of the version that is due to it, or of the newest one, which may have been due
        when it began; and not too much at once. Raises NO_CENTRAL_FOLDER."""
        _, tree = yield self._due(name)
        _, newest = yield self._distribution.newest(name)
        trees = [tree] if newest is None or newest is tree else [tree, newest]
        sizes = {entry.digest: entry.size for each in trees for entry in each.values()}
        self._log.asked(name)
        wanted: list[str] = []
        size = 0
        for content in asked.contents:
            if content.digest not in sizes:
                continue
            size += sizes[content.digest]
            if wanted and size > CONTENTS_MAX:
                break
            wanted.append(content.digest)
        found = yield self._distribution.contents(wanted)
        return messages.written(
            messages.Contents(
                contents=tuple(
                    messages.Content(digest=digest, data=found[digest]) for digest in wanted if digest in found
                )
            )
        )

    @inlineCallbacks
    def _due(self, name: str) -> Any:
        version, tree = yield self._distribution.due(name)
        if version is None:
            raise WorkloadError(Code.NO_CENTRAL_FOLDER, worker=name, directory=self._distribution.directory)
        return version, tree

    def _files(
        self, base_sum: str, base: Tree, version: ConfigurationVersion, tree: Tree
    ) -> tuple[Difference, str]:
        "What is different from the base, and how it stands in the answer."
        key = base_sum, version.checksum
        found = self._written.pop(key, None)
        if found is None:
            changes = difference(base, tree)
            files = (_file(path, tree[path]) for path in sorted((*changes.added, *changes.changed)))
            removed = (messages.Removed(path=path) for path in changes.removed)
            found = changes, "".join(messages.written(item) for item in (*files, *removed))
        self._written[key] = found
        while len(self._written) > _KEPT:
            del self._written[next(iter(self._written))]
        return found


def _file(path: str, entry: Entry) -> messages.File:
    modified = max(0, round(entry.modified.timestamp() * 1000))
    return messages.File(path=path, digest=entry.digest, md5=entry.md5, size=entry.size, modified=modified)
