"""What lies in the hot folder: names and stamps of files, without reading any of them. Blocking."""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass, field

from scheduler.errors import Code, Problem, WorkloadError

#: control characters, and what stands for bytes that are no UTF-8
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
SUFFIX = ".xml"
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Stamp:
    "By this a change of a file is recognised. Its content is not compared."

    modified_ns: int
    size: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        return cls(found.st_mtime_ns, found.st_size, found.st_ino)


@dataclass(slots=True)
class Scan:
    """One look over the folder. Names are relative to it, with `/`; the folder itself is the empty name.

    `files` holds what may be an object's file, `folders` every folder that was read, `unreadable` the names of files
    and folders that are there, but nothing could be learned about them.
    """

    identity: tuple[int, int]
    files: dict[str, Stamp] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    #: files whose names end otherwise are passed over
    suffix: str = SUFFIX

    def pass_over(self, name: str, path: str, error: OSError) -> None:
        "Something could not be looked at. When it is not there (any more), that is no problem."
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return
        self.unreadable.add(name)
        problem = error.strerror or str(error)
        self.problems.append(WorkloadError(Code.NO_FOLDER, folder=path, problem=problem).problem)


def scan(root: str, suffix: str = SUFFIX) -> Scan:
    """Look at everything below `root`. Raises OSError when `root` itself cannot be read.

    Names that begin with a dot are passed over. A link is followed when it stays inside of the folder and does not
    lead back to a folder that it lies in.
    """
    real_root = os.path.realpath(root, strict=True)
    found = os.stat(real_root)
    result = Scan((found.st_dev, found.st_ino), suffix=suffix)
    _scan_folder(result, real_root, real_root, "", ())
    return result


def _scan_folder(result: Scan, root: str, directory: str, name: str, above: tuple[str, ...]) -> None:
    try:
        with os.scandir(directory) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        if not name:
            raise
        result.pass_over(name, directory, error)
        return
    result.folders.add(name)
    for entry in entries:
        if not entry.name.startswith("."):
            _scan_entry(result, root, entry, f"{name}/{entry.name}" if name else entry.name, (*above, directory))


def _scan_entry(result: Scan, root: str, entry: os.DirEntry[str], name: str, above: tuple[str, ...]) -> None:
    try:
        target = entry.path
        if entry.is_symlink():
            target = os.path.realpath(entry.path, strict=True)
            if target != root and not target.startswith(os.path.join(root, "")):
                result.problems.append(WorkloadError(Code.LINK_LEAVES, file=name).problem)
                return
        if entry.is_dir():
            if len(above) > MAX_DEPTH:
                raise OSError(errno.ENAMETOOLONG, f"it lies more than {MAX_DEPTH} folders deep")
            if target not in above:
                _scan_folder(result, root, target, name, above)
        elif name.endswith(result.suffix):
            found = entry.stat()
            if not stat.S_ISREG(found.st_mode):
                return
            if _UNFIT.search(name):
                result.problems.append(WorkloadError(Code.BAD_NAME, name=os.fsencode(name)).problem)
                return
            result.files[name] = Stamp.of(found)
    except OSError as error:
        result.pass_over(name, entry.path, error)
