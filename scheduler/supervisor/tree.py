"""Trees of configuration files: merged, compared, told apart by a checksum.

A tree maps relative paths (with `/`) to entries. Its checksum says which contents lie where; times of files do not
count, because a check-out or a restored backup changes them without changing anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Entry:
    "A file: SHA-256 of its contents, MD5 for classic partners, bytes, and when it was written (UTC)."

    digest: str
    md5: str
    size: int
    modified: datetime


Tree = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Difference:
    "Paths, in alphabetical order."

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def entry_of(data: bytes, modified: datetime) -> Entry:
    # the classic protocol compares files by MD5; nothing here relies on it
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return Entry(hashlib.sha256(data).hexdigest(), md5, len(data), modified)


def merged(general: Tree, specific: Tree) -> dict[str, Entry]:
    """The files of both; of two with the same path the specific one.

    Where one side has a file and the other a folder of that name: a general folder goes before a specific file, and a
    specific folder before a general file.
    """
    general_folders = folders(general)
    own = {path: entry for path, entry in specific.items() if path not in general_folders}
    own_folders = folders(own)
    result = {path: entry for path, entry in general.items() if path not in own_folders}
    return {**result, **own}


@dataclass(frozen=True, slots=True)
class Layer:
    """A path with what lies there in the folder for all and in the own one; None: nothing. `own_wins`: of the two, or
    of a file and a folder of that name on the other side, the own side is what counts."""

    path: str
    general: Entry | None
    own: Entry | None
    own_wins: bool


def layers(general: Tree, specific: Tree) -> tuple[Layer, ...]:
    "Where each file of `merged` comes from, and what goes behind; in alphabetical order."
    result = merged(general, specific)
    return tuple(
        Layer(path, one, other, (path in result) == (other is not None))
        for path in sorted({*general, *specific})
        for one, other in [(general.get(path), specific.get(path))]
    )


def folders(paths: Iterable[str]) -> set[str]:
    "Every folder in which one of the files lies."
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def checksum(tree: Tree) -> str:
    "64 hexadecimal digits; the same for the same paths with the same contents."
    whole = hashlib.sha256()
    for path in sorted(tree):
        whole.update(f"{path}\0{tree[path].digest}\n".encode())
    return whole.hexdigest()


def difference(old: Tree, new: Tree) -> Difference:
    "What has to happen to the old tree to make it the new one."
    return Difference(
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(path for path in new.keys() & old.keys() if new[path].digest != old[path].digest)),
        tuple(sorted(old.keys() - new.keys())),
    )


def difference_from(known: Mapping[str, str], new: Tree) -> Difference:
    "The same, when of the old tree only the digests by path are known."
    return Difference(
        tuple(sorted(new.keys() - known.keys())),
        tuple(sorted(path for path in new.keys() & known.keys() if new[path].digest != known[path])),
        tuple(sorted(known.keys() - new.keys())),
    )


def manifest_of(tree: Tree) -> bytes:
    "The tree as it is stored; equal trees give equal bytes but for the times of files."
    rows = [
        [path, entry.digest, entry.md5, entry.size, round(entry.modified.timestamp() * 1000)]
        for path, entry in sorted(tree.items())
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def tree_of(manifest: bytes) -> dict[str, Entry]:
    "What `manifest_of` has written."
    return {
        path: Entry(digest, md5, size, datetime.fromtimestamp(modified / 1000, UTC))
        for path, digest, md5, size, modified in json.loads(manifest)
    }
