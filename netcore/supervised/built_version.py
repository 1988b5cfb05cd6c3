"""Making the files of a version, from those of the one in use and of the one before. Blocking."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from netcore.folder_files import read_file
from netcore.folder_scan import Stamp, scan
from scheduler.supervisor.names import checked_path
from scheduler.supervisor.transfer import Plan
from scheduler.supervisor.tree import Entry, Tree, folders

#: so many new files are written through one by one; of more the whole system is told to write
_ONE_BY_ONE = 3


def build(
    fresh: str, plan: Plan, current: str, have: Tree, spare: tuple[str, Mapping[str, tuple[Stamp, Entry]]] | None
) -> list[str]:
    """Make the directory `fresh` hold what the plan says; the files that were written. Raises OSError, UNSAFE_NAME.

    `current` is the version in use and holds `have`. `spare` is an older one that is not needed any more, and what
    its files should be; it is gone afterwards.
    """
    for path in plan.tree:
        checked_path(path)
    remove(fresh)
    there = _from_spare(fresh, spare, plan.tree) if spare is not None else {}
    os.makedirs(fresh, mode=0o700, exist_ok=True)
    for folder in sorted(folders(plan.tree) - folders(there)):
        os.makedirs(os.path.join(fresh, folder), mode=0o700, exist_ok=True)
    places = {entry.digest: path for path, entry in have.items()}
    written = []
    for path, entry in plan.tree.items():
        if path in there:
            continue
        target = os.path.join(fresh, path)
        if path in have and have[path].digest == entry.digest:
            _same(os.path.join(current, path), target)
            continue
        data = plan.contents.get(entry.digest)
        if data is None:
            data, _ = read_file(os.path.join(current, places[entry.digest]))
        _write(target, data, entry.modified)
        written.append(target)
    return written


def _from_spare(fresh: str, spare: tuple[str, Mapping[str, tuple[Stamp, Entry]]], wanted: Tree) -> Tree:
    "Make `fresh` of it, with those of its files that stay; nothing, when somebody has changed it."
    version, known = spare
    with suppress(OSError):
        os.unlink(f"{version}.json")
    try:
        os.rename(version, fresh)
        found = scan(fresh, "").files
    except OSError:
        found = {}
    if found != {path: stamp for path, (stamp, _) in known.items()}:
        remove(fresh)
        return {}
    stay = {
        path: entry for path, (_, entry) in known.items() if path in wanted and wanted[path].digest == entry.digest
    }
    for path in known.keys() - stay.keys():
        os.unlink(os.path.join(fresh, path))
    for folder in sorted(folders(known) - folders(stay), reverse=True):
        with suppress(OSError):
            os.rmdir(os.path.join(fresh, folder))
    return stay


def write_through(files: list[str]) -> None:
    "Returns when the disk has them. Raises OSError."
    if len(files) > _ONE_BY_ONE:
        os.sync()
        return
    for file in files:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove(version: str) -> None:
    shutil.rmtree(version, ignore_errors=True)
    with suppress(OSError):
        os.unlink(f"{version}.json")


def _same(source: str, target: str) -> None:
    "The same file once more; a copy where the file system has no hard links."
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write(target: str, data: bytes, modified: datetime) -> None:
    with open(target, "wb") as file:
        file.write(data)
    instant = round(modified.timestamp() * 1000) * 1_000_000
    os.utime(target, ns=(instant, instant))
