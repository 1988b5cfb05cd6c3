"""What lies in the central folder: general files, files of single workers. Blocking.

A look reads what is new and then looks at the names and times again: when something has changed in between, it says so,
and whoever asked looks again. So a version never holds half of what is being copied in.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from netcore.folder_files import read_file, reason
from netcore.folder_scan import Scan, Stamp, scan
from netcore.hosts import Resolve, resolve_name
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.supervisor.names import ALL, EMPTY_MARK, checked_path, host_folder
from scheduler.supervisor.tree import Entry, entry_of

#: seconds that the addresses of a host are believed, and that it cannot be found
RESOLVED_FOR = 900.0


@dataclass(frozen=True, slots=True)
class Folder:
    "One of the folders; `meant`: it may be empty on purpose, because its mark is there."

    tree: Mapping[str, Entry] = field(default_factory=dict)
    meant: bool = False

    @property
    def counts(self) -> bool:
        "Whether it says anything: an empty folder without mark may just not be mounted."
        return bool(self.tree) or self.meant


@dataclass(frozen=True, slots=True)
class Central:
    """What a look has found; `folders` by name. `contents` holds those of all files by digest. `steady`: nothing has
    changed while it was read; `changed`: something has since the look before. `identity` None: the folder could not be
    read, and nothing is known."""

    folders: Mapping[str, Folder] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    steady: bool = True
    changed: bool = False
    #: numeric addresses of the hosts in the names of folders `host#port`
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    identity: tuple[int, int] | None = None

    @property
    def general(self) -> Folder:
        return self.folders.get(ALL, Folder())


class CentralFolder:
    "Remembers what it has read, so that a look at an unchanged folder reads no file. Used by one thread at a time."

    def __init__(self, directory: str, resolve: Resolve = resolve_name) -> None:
        self.directory = directory
        self._resolve = resolve
        #: addresses of a host (none: it cannot be found), and until when that counts
        self._resolved: dict[str, tuple[tuple[str, ...], float]] = {}
        self._read: dict[str, tuple[Stamp, Entry]] = {}
        self._contents: dict[str, bytes] = {}

    def look(self) -> Central:
        "Never raises; what cannot be read is a problem."
        try:
            found = scan(self.directory, "")
        except OSError as error:
            return Central(problems=(_unreadable(self.directory, error),))
        problems = list(found.problems)
        files = {path: stamp for path, stamp in found.files.items() if _is_fit(path, problems)}
        before = self._read
        read = self._entries(files, problems)
        steady = self._is_steady(found)
        unreadable = {place.partition("/")[0] for place in found.unreadable}
        folders = {
            name: Folder(
                {path[len(name) + 1 :]: entry for path, entry in read.items() if path.startswith(f"{name}/")},
                os.path.lexists(os.path.join(self.directory, name, EMPTY_MARK)),
            )
            for name in sorted(found.folders)
            if name and "/" not in name and name not in unreadable
        }
        addresses = self._addresses(folders, problems)
        steady = steady and files.keys() == read.keys()
        changed = self._read != before
        return Central(folders, dict(self._contents), tuple(problems), steady, changed, addresses, found.identity)

    def _addresses(self, names: Iterable[str], problems: list[Problem]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name in names:
            if "#" not in name:
                continue
            meant = host_folder(name)
            if meant is None:
                reason = "the part behind # is no port"
                problems.append(WorkloadError(Code.UNSAFE_NAME, name=name, reason=reason).problem)
            else:
                found[meant.host] = self._addresses_of(meant.host)
        return found

    def _addresses_of(self, host: str) -> tuple[str, ...]:
        now = time.monotonic()
        known = self._resolved.get(host)
        if known is None or known[1] < now:
            try:
                addresses = tuple(dict.fromkeys(self._resolve(host)))
            except (OSError, UnicodeError):
                addresses = ()
            known = self._resolved[host] = addresses, now + RESOLVED_FOR
        return known[0]

    def _entries(self, files: Mapping[str, Stamp], problems: list[Problem]) -> dict[str, Entry]:
        kept: dict[str, tuple[Stamp, Entry]] = {}
        contents: dict[str, bytes] = {}
        for path, stamp in files.items():
            known = self._read.get(path)
            if known is not None and known[0] == stamp:
                kept[path] = known
                contents[known[1].digest] = self._contents[known[1].digest]
                continue
            try:
                data, _ = read_file(os.path.join(self.directory, path))
            except OSError as error:
                problems.append(_unreadable(path, error))
                continue
            entry = entry_of(data, datetime.fromtimestamp(stamp.modified_ns // 1_000_000 / 1000, UTC))
            kept[path] = stamp, entry
            contents[entry.digest] = data
        self._read, self._contents = kept, contents
        return {path: entry for path, (_, entry) in kept.items()}

    def _is_steady(self, before: Scan) -> bool:
        try:
            return scan(self.directory, "").files == before.files
        except OSError:
            return False


def central_of(
    files: Mapping[str, tuple[bytes, datetime]], addresses: Mapping[str, tuple[str, ...]]
) -> Central:
    "The same of files that are not on the disk: contents and times by path. Names that are not fit are left out."
    trees: dict[str, dict[str, Entry]] = {}
    marked: set[str] = set()
    contents: dict[str, bytes] = {}
    problems: list[Problem] = []
    for path, (data, modified) in files.items():
        folder, _, name = path.partition("/")
        if name == EMPTY_MARK:
            marked.add(folder)
        if not any(part.startswith(".") for part in path.split("/")) and _is_fit(path, problems):
            entry = entry_of(data, modified)
            trees.setdefault(folder, {})[name] = entry
            contents[entry.digest] = data
    folders = {name: Folder(trees.get(name, {}), name in marked) for name in sorted({*trees, *marked})}
    return Central(folders, contents, tuple(problems), addresses=addresses, identity=(0, 0))


def _is_fit(path: str, problems: list[Problem]) -> bool:
    "Whether workers would take the name; files beside the folders are for nobody."
    if "/" not in path:
        return False
    try:
        checked_path(path)
    except WorkloadError as refusal:
        problems.append(refusal.problem)
        return False
    return True


def _unreadable(place: str, error: OSError) -> Problem:
    return WorkloadError(Code.NO_FOLDER, folder=place, problem=reason(error)).problem
