"""What a worker with our protocol is answered when it fetches. What many workers get is made and written once.

All on the reactor's thread; every answer is a ready element.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import inlineCallbacks

from netcore.supervisor.distribution import Distribution
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor import messages
from scheduler.supervisor.records import ConfigurationVersion
from scheduler.supervisor.tree import Entry, Tree, difference

#: bytes of contents in one answer, unless one file alone is larger
CONTENTS_MAX = 4 << 20
#: lists of files that are kept as they were written
_KEPT = 8


class Transfers:
    "From the newest versions that the distribution knows."

    def __init__(self, distribution: Distribution) -> None:
        self._distribution = distribution
        #: files of a version by the checksums of what they build upon (empty: nothing) and of the version
        self._written: dict[tuple[str, str], str] = {}

    @inlineCallbacks
    def version(self, name: str, asked: messages.Fetch) -> Any:
        "What the worker needs to know of its newest version. Raises NO_CENTRAL_FOLDER."
        version, tree = yield self._newest(name)
        known = {"number": version.number, "checksum": version.checksum}
        if asked.checksum == version.checksum:
            return messages.written(messages.Unchanged(**known))
        if asked.listed:
            removed = sorted({file.path for file in asked.files} - tree.keys())
            said = messages.Version(**known, removed=tuple(messages.Removed(path=path) for path in removed))
            return messages.written(said, self._files("", {}, version, tree))
        base = self._distribution.known_tree(asked.checksum)
        if base is None:
            return messages.written(messages.Differs(**known))
        said = messages.Version(**known, base=asked.checksum)
        return messages.written(said, self._files(asked.checksum, base, version, tree))

    @inlineCallbacks
    def contents(self, name: str, asked: messages.Contents) -> Any:
        "Contents of files, but only of its newest version, and not too much at once. Raises NO_CENTRAL_FOLDER."
        _, tree = yield self._newest(name)
        sizes = {entry.digest: entry.size for entry in tree.values()}
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
    def _newest(self, name: str) -> Any:
        version, tree = yield self._distribution.newest(name)
        if version is None:
            raise WorkloadError(Code.NO_CENTRAL_FOLDER, worker=name, directory=self._distribution.directory)
        return version, tree

    def _files(self, base_sum: str, base: Tree, version: ConfigurationVersion, tree: Tree) -> str:
        "What is different from the base, as it stands in the answer."
        key = base_sum, version.checksum
        found = self._written.pop(key, None)
        if found is None:
            changes = difference(base, tree)
            files = (_file(path, tree[path]) for path in sorted((*changes.added, *changes.changed)))
            removed = (messages.Removed(path=path) for path in changes.removed)
            found = "".join(messages.written(item) for item in (*files, *removed))
        self._written[key] = found
        while len(self._written) > _KEPT:
            del self._written[next(iter(self._written))]
        return found


def _file(path: str, entry: Entry) -> messages.File:
    modified = max(0, round(entry.modified.timestamp() * 1000))
    return messages.File(path=path, digest=entry.digest, md5=entry.md5, size=entry.size, modified=modified)
