"""Reads the hot folder: what is new, different or gone since the last look, as definitions. Blocking.

The folder is the truth: each look is a full scan, whatever made us look. Several files for the same object, unreadable
places and includes are dealt with here; when a change counts is said by `folder_ageing`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from twisted.logger import Logger

from netcore.folder_ageing import Ageing, Ages
from netcore.folder_digest import FilesDigest
from netcore.folder_files import Includes, read_file, reason, stamp_of
from netcore.folder_scan import Scan, Stamp, scan
from scheduler import paths
from scheduler.configuration import IncludeRequest, object_of
from scheduler.definitions import Definition
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.messages import FileGone, FileRead
from scheduler.records import FileKey, ObjectKind, file_key

_RANK = {kind.value: rank for rank, kind in enumerate(ObjectKind)}
_FIRST_AGES = Ages()

#: reads one object: kind, path, bytes of the file, environment, include -> definition
ReadObject = Callable[[ObjectKind, str, bytes, Mapping[str, str], Callable[[IncludeRequest], bytes]], Definition]


@dataclass(frozen=True, slots=True)
class Version:
    "What counts as the same version of an object: its file, the file's stamp, and those of the files that it includes."

    kind: ObjectKind
    path: str
    file: str
    stamp: Stamp | None
    includes: tuple[Stamp | None, ...] = ()
    #: it comes from the cache, where nothing is half written
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What one look has found. `files` in the order in which it is to be applied, `problems` only new ones.

    `identity` is the directory's own; None: it could not be read. `next` says in how many seconds to look again,
    because a change is resting; None: nothing rests.
    """

    files: tuple[FileRead | FileGone, ...] = ()
    problems: tuple[Problem, ...] = ()
    identity: tuple[int, int] | None = None
    next: float | None = None


class FolderReader:
    """`environ` is what `$NAME` in files means; `include_path` is where `<include file=…>` looks.

    `known` are the objects that were loaded from files before: those without a file are gone at the first look.
    `cache` is a directory whose files take the place of those of the same name; it need not be there.
    """

    _log = Logger()

    def __init__(
        self,
        directory: str,
        environ: Mapping[str, str],
        read: ReadObject,
        include_path: str = "",
        known: Iterable[tuple[ObjectKind, str]] = (),
        ages: Ages = _FIRST_AGES,
        cache: str = "",
    ) -> None:
        self.directory = os.path.abspath(directory)
        self._cache = os.path.abspath(cache) if cache else ""
        self._cached: frozenset[str] = frozenset()
        #: files of the folder itself in whose place one of the cache counts
        self._covered: dict[str, Stamp] = {}
        self._environ = environ
        self._read = read
        self._include_path = include_path
        before = {file_key(kind, path): Version(kind, path, "", None) for kind, path in known}
        self._ageing: Ageing[FileKey, Version] = Ageing(ages, before)
        #: full paths of the hot folder's files that an object includes
        self._included: dict[FileKey, tuple[str, ...]] = {}
        #: objects whose file is there but cannot be opened: as good as deleted
        self._closed: set[FileKey] = set()
        self._told: set[Problem] = set()
        self._first = True
        self._identity: tuple[int, int] | None = None
        self._digest = FilesDigest()
        #: of all files that count, as of the last look; empty before the first
        self.digest = ""

    def look(self, now: float, at_once: bool = False) -> Look:
        """Look at the whole folder; `now` are seconds of a clock. A folder that cannot be read leaves all as it is.

        `at_once`: nothing has to rest, as at the first look.
        """
        try:
            found = scan(self.directory)
            self._lay_cache_over(found)
            self._refuse_empty_mount_point(found)
        except OSError as error:
            return Look(problems=self._new_problems([_unreadable(self.directory, error)]))
        seen = self._versions(found)
        due = self._ageing.look(
            seen, now, lambda key: self._folder_is_gone(key, found) or self._ageing.known[key].cached,
            self._first or at_once,
            lambda key: seen[key].cached or (key in self._ageing.known and self._ageing.known[key].cached),
        )  # fmt: skip
        self._first = False
        self._identity = found.identity
        files = [*self._gone(due.deleted), *self._read_all(due.changed, found)]
        files.sort(key=_order)
        self.digest = self._digest.text
        return Look(tuple(files), self._new_problems(found.problems), found.identity, due.next)

    # -- what is there

    def _lay_cache_over(self, found: Scan) -> None:
        "Files of the cache are as if they stood in the folder. Raises OSError when the cache is there but unreadable."
        if not self._cache or not os.path.isdir(self._cache):
            self._cached = frozenset()
            return
        cached = scan(self._cache)
        covered = {file: found.files[file] for file in sorted(cached.files.keys() & found.files.keys())}
        for file, stamp in covered.items():
            found.problems.append(WorkloadError(Code.CACHE_WINS, file=file).problem)
            if self._covered.get(file, stamp) != stamp:
                found.problems.append(WorkloadError(Code.CENTRALLY_DEFINED, file=file).problem)
        self._covered = covered
        self._cached = frozenset(cached.files)
        found.files.update(cached.files)
        found.folders |= cached.folders
        found.unreadable |= cached.unreadable
        found.problems += cached.problems

    def _full(self, file: str) -> str:
        return f"{self._cache if file in self._cached else self.directory}/{file}"

    def _refuse_empty_mount_point(self, found: Scan) -> None:
        "A file system that is gone leaves an empty directory behind; that does not mean that all was deleted."
        if self._identity not in (None, found.identity) and not found.files and self._ageing.known:
            raise OSError("it is another directory than before, and empty")

    def _versions(self, found: Scan) -> dict[FileKey, Version]:
        "The version of each object; of several files for one object, the one in use or the first by name."
        seen: dict[FileKey, Version] = {}
        for file, stamp in found.files.items():
            kind_and_path = _object(file, found)
            if kind_and_path is None:
                continue
            key = file_key(*kind_and_path)
            version = self._version(key, *kind_and_path, file, stamp)
            seen[key] = self._one_of(seen[key], version, key, found) if key in seen else version
        if found.unreadable:
            for key, known in self._ageing.known.items():
                if key not in seen and _lies_in(known.file or known.path[1:], found.unreadable):
                    seen[key] = known
        return seen

    def _version(self, key: FileKey, kind: ObjectKind, path: str, file: str, stamp: Stamp) -> Version:
        if key in self._closed and not os.access(self._full(file), os.R_OK):
            return self._ageing.known[key]
        includes = tuple(map(stamp_of, self._included.get(key, ())))
        return Version(kind, path, file, stamp, includes, file in self._cached)

    def _one_of(self, first: Version, second: Version, key: FileKey, found: Scan) -> Version:
        known = self._ageing.known.get(key)
        used, ignored = (second, first) if known and known.file == second.file else (first, second)
        problem = WorkloadError(Code.DUPLICATE_FILE, file=ignored.file, other=used.file).problem
        found.problems.append(problem)
        return used

    def _folder_is_gone(self, key: FileKey, found: Scan) -> bool:
        "What was in a folder that has gone as a whole does not have to rest."
        return paths.folder(self._ageing.known[key].path)[1:] not in found.folders

    # -- reading

    def _gone(self, deleted: Mapping[FileKey, Version]) -> Iterable[FileGone]:
        for key, version in deleted.items():
            self._included.pop(key, None)
            self._digest.drop(key)
            if key in self._closed:
                self._closed.discard(key)
            else:
                yield FileGone(version.kind, version.path)

    def _read_all(self, changed: Mapping[FileKey, Version], found: Scan) -> Iterable[FileRead | FileGone]:
        for key, version in changed.items():
            full = self._full(version.file)
            try:
                data, written_at = read_file(full)
            except OSError as error:
                yield from self._cannot_open(key, version, error, found)
                continue
            self._closed.discard(key)
            self._digest.put(key, version.file, data)
            includes = Includes(self.directory, paths.folder(version.path), self._include_path, self._cache)
            definition, problem = self._definition(version, data, includes)
            # The stamps are older than the contents: what was written in between is a change at the next look.
            self._included[key] = tuple(includes.watched)
            self._ageing.known[key] = replace(version, includes=tuple(includes.watched.values()))
            yield FileRead(version.kind, version.path, full, written_at, definition, problem)

    def _cannot_open(self, key: FileKey, version: Version, error: OSError, found: Scan) -> Iterable[FileGone]:
        found.problems.append(_unreadable(version.file, error))
        self._ageing.known[key] = replace(version, stamp=None)
        self._included.pop(key, None)
        self._digest.drop(key)
        if key not in self._closed:
            self._closed.add(key)
            yield FileGone(version.kind, version.path)

    def _definition(
        self, version: Version, data: bytes, includes: Includes
    ) -> tuple[Definition | None, Problem | None]:
        try:
            return self._read(version.kind, version.path, data, self._environ, includes), None
        except WorkloadError as refusal:
            return None, refusal.problem
        except Exception as error:
            self._log.failure("{file} could not be read", file=version.file)
            return None, WorkloadError(Code.FAULTY_FILE, file=version.file, problem=repr(error)).problem

    def _new_problems(self, problems: list[Problem]) -> tuple[Problem, ...]:
        new = tuple(problem for problem in dict.fromkeys(problems) if problem not in self._told)
        self._told = set(problems)
        return new


def _object(file: str, found: Scan) -> tuple[ObjectKind, str] | None:
    "Kind and path of a file's object; None for a file that stands for none. What is wrong with the name is a problem."
    folder, _, name = file.rpartition("/")
    try:
        return object_of(name, f"/{folder}")
    except WorkloadError as refusal:
        found.problems.append(refusal.problem)
        return None


def _lies_in(file: str, places: set[str]) -> bool:
    "Whether a relative name is one of the places, or lies in one of them."
    while file:
        if file in places:
            return True
        file = file.rpartition("/")[0]
    return False


def _unreadable(place: str, error: OSError) -> Problem:
    return WorkloadError(Code.NO_FOLDER, folder=place, problem=reason(error)).problem


def _order(file: FileRead | FileGone) -> tuple[int, bool, str]:
    "Jobs, then job chains, then orders; of each kind first what is gone."
    return _RANK[file.kind.value], isinstance(file, FileRead), file.path
