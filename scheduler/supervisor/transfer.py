"""What an answer of a supervisor does to the cache of a worker, all or nothing; and why some answers are refused.

Whatever comes over the connection: no path leads out of the cache, and nothing is removed that the answer does not name
as removed. An answer that would leave nothing of a working configuration is taken from a classic supervisor only when
the settings allow it, because to the classic one a folder that is not mounted and an empty folder are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scheduler.errors import Code, WorkloadError
from scheduler.supervisor import classic, messages
from scheduler.supervisor.names import checked_path
from scheduler.supervisor.tree import Entry, Tree, checksum, entry_of, folders

#: bytes of one file that are taken
FILE_MAX = 16 << 20


@dataclass(frozen=True, slots=True)
class Plan:
    """The cache as it shall be. `contents` holds what is known of the new files by digest, `missing` are the digests
    that have to be fetched. `number` 0: the supervisor does not number its versions."""

    tree: Mapping[str, Entry]
    contents: Mapping[str, bytes] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    number: int = 0


def plan_of_version(have: Tree, version: messages.Version) -> Plan:
    "Of a whole version, or of differences. Raises BROKEN_TRANSFER, UNSAFE_NAME."
    tree: dict[str, Entry] = {}
    for file in version.files:
        if file.size > FILE_MAX:
            raise _broken(f"{file.path} is larger than {FILE_MAX} bytes")
        tree[checked_path(file.path)] = Entry(file.digest, file.md5, file.size, _instant(file.modified))
    if version.base:
        tree = _upon(have, version, tree)
    _check_folders(tree)
    if checksum(tree) != version.checksum:
        raise _broken("its checksum is not that of its files")
    unsaid = have.keys() - tree.keys() - {removed.path for removed in version.removed}
    if unsaid:
        raise _broken(f"{min(unsaid)} is missing, but is not said to be removed")
    known = {entry.digest for entry in have.values()}
    missing = dict.fromkeys(entry.digest for entry in tree.values() if entry.digest not in known)
    return Plan(tree, missing=tuple(missing), number=version.number)


def _upon(have: Tree, version: messages.Version, files: Tree) -> dict[str, Entry]:
    "Differences upon what is there. Raises BROKEN_TRANSFER when they are those from something else."
    if checksum(have) != version.base:
        raise _broken("it says what is different from another configuration")
    removed = {removed.path for removed in version.removed}
    return {**{path: entry for path, entry in have.items() if path not in removed}, **files}


def plan_of_update(have: Tree, update: classic.Update, may_be_empty: bool) -> Plan:
    "Raises BROKEN_TRANSFER."
    gone = set(update.removed)
    stay = (path for path in have if path not in gone and not _below(path, update.removed_folders))
    tree = {path: have[path] for path in stay}
    contents: dict[str, bytes] = {}
    for path, (data, modified) in update.files.items():
        entry = entry_of(data, modified)
        tree[checked_path(path)] = entry
        contents[entry.digest] = data
    _check_folders(tree)
    if have and not tree and not may_be_empty:
        raise _broken("it would remove everything; supervisor.ini: may_be_empty = yes would allow it")
    return Plan(tree, contents)


def check_content(digest: str, data: bytes | None) -> bytes:
    "Raises BROKEN_TRANSFER when the contents are not those of the digest."
    if data is None:
        raise _broken(f"the contents {digest[:12]}… are missing")
    if hashlib.sha256(data).hexdigest() != digest:
        raise _broken(f"the contents {digest[:12]}… are others")
    return data


def _instant(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise _broken("it holds a time that is none") from None


def _check_folders(tree: Tree) -> None:
    both = folders(tree) & tree.keys()
    if both:
        raise _broken(f"{min(both)} is both a file and a folder")


def _below(path: str, parents: tuple[str, ...]) -> bool:
    return any(path.startswith(f"{parent}/") for parent in parents)


def _broken(problem: str) -> WorkloadError:
    return WorkloadError(Code.BROKEN_TRANSFER, problem=problem)
