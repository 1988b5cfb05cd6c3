"""Files from the supervisor on the disk: `cache` beside scheduler.xml.

    cache -> .cache/7       what counts: a link, which is exchanged in one step
    .cache/7                the files of this version
    .cache/7.json           what the supervisor calls it
    .cache/6                the version before, for a look at it that is still under way

A version is built beside the one in use; files that stay the same are the same files. So whatever happens on the way, a
full disk or sudden death, the configuration in use is whole. Blocking; used by one thread at a time.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from netcore.folder_files import read_file, reason
from netcore.folder_scan import Stamp, scan
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.names import checked_path
from scheduler.supervisor.transfer import Plan
from scheduler.supervisor.tree import Entry, Tree, checksum, entry_of

#: so many new files are written through one by one; of more the whole system is told to write
_ONE_BY_ONE = 3


@dataclass(frozen=True, slots=True)
class Installed:
    "What is in use. `number` 0: the supervisor does not number its versions, or there is none yet."

    number: int
    checksum: str
    tree: Tree


class Cache:
    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._versions = os.path.join(os.path.dirname(directory), f".{os.path.basename(directory)}")
        self._read: dict[str, tuple[Stamp, Entry]] = {}

    def prepare(self) -> None:
        "Make the link and what it leads to; files of a plain directory become the first version. Raises NOT_WRITTEN."
        try:
            os.makedirs(self._versions, mode=0o700, exist_ok=True)
            if os.path.isdir(self.directory) and not os.path.islink(self.directory):
                first = self._fresh()
                os.rename(self.directory, first)
                self._point_to(first)
            elif not os.path.isdir(self.directory):
                newest = self._newest() or self._fresh()
                os.makedirs(newest, mode=0o700, exist_ok=True)
                self._point_to(newest)
        except OSError as error:
            raise WorkloadError(Code.NOT_WRITTEN, file=self.directory, problem=reason(error)) from error

    def installed(self) -> Installed:
        "What is there now; files are read only when they have changed. Raises OSError."
        found = scan(self.directory, "")
        read: dict[str, tuple[Stamp, Entry]] = {}
        for path, stamp in found.files.items():
            known = self._read.get(path)
            if known is None or known[0] != stamp:
                data, _ = read_file(os.path.join(self.directory, path))
                known = stamp, entry_of(data, datetime.fromtimestamp(stamp.modified_ns // 1_000_000 / 1000, UTC))
            read[path] = known
        self._read = read
        tree = {path: entry for path, (_, entry) in read.items()}
        now = checksum(tree)
        number, said = self._said()
        return Installed(number if said == now else 0, now, tree)

    def call(self, number: int, sum_now: str) -> None:
        "What is in use is this version of the supervisor. Raises NOT_WRITTEN."
        try:
            self._write_said(os.path.realpath(self.directory), number, sum_now)
        except OSError as error:
            raise WorkloadError(Code.NOT_WRITTEN, file=self.directory, problem=reason(error)) from error

    def install(self, plan: Plan, have: Tree) -> None:
        """Take over a plan whose contents are complete, or nothing of it. Raises NOT_WRITTEN.

        `have` is what `installed` has said.
        """
        fresh = self._fresh()
        try:
            self._build(fresh, plan, have)
            self._write_said(fresh, plan.number, checksum(plan.tree))
            self._point_to(fresh)
        except OSError as error:
            self._remove(fresh)
            raise WorkloadError(Code.NOT_WRITTEN, file=self.directory, problem=reason(error)) from error
        self._tidy(fresh)

    # -- building

    def _build(self, fresh: str, plan: Plan, have: Tree) -> None:
        self._remove(fresh)
        os.mkdir(fresh, 0o700)
        current = os.path.realpath(self.directory)
        places = {entry.digest: path for path, entry in have.items()}
        made = {""}
        same = {path for path, entry in plan.tree.items() if path in have and have[path].digest == entry.digest}
        one_by_one = len(plan.tree) - len(same) <= _ONE_BY_ONE
        for path, entry in plan.tree.items():
            target = os.path.join(fresh, checked_path(path))
            folder = path.rpartition("/")[0]
            if folder not in made:
                os.makedirs(os.path.join(fresh, folder), mode=0o700, exist_ok=True)
                made.add(folder)
            if path in same:
                _same(os.path.join(current, path), target)
                continue
            data = plan.contents.get(entry.digest)
            if data is None:
                data, _ = read_file(os.path.join(current, places[entry.digest]))
            _write(target, data, entry.modified, one_by_one)
        if not one_by_one:
            os.sync()

    def _point_to(self, version: str) -> None:
        "From this instant on the version counts."
        half_done = f"{self._versions}/.link"
        with suppress(FileNotFoundError):
            os.unlink(half_done)
        os.symlink(os.path.join(os.path.basename(self._versions), os.path.basename(version)), half_done)
        os.replace(half_done, self.directory)

    # -- versions

    def _numbers(self) -> list[int]:
        return sorted(int(name) for name in os.listdir(self._versions) if name.isdecimal() and name.isascii())

    def _fresh(self) -> str:
        return os.path.join(self._versions, str(max(self._numbers(), default=0) + 1))

    def _newest(self) -> str:
        "The newest whole version; empty when there is none."
        whole = [n for n in self._numbers() if os.path.exists(os.path.join(self._versions, f"{n}.json"))]
        return os.path.join(self._versions, str(whole[-1])) if whole else ""

    def _tidy(self, current: str) -> None:
        "The one before stays."
        now = int(os.path.basename(current))
        for number in [number for number in self._numbers() if number < now][:-1]:
            self._remove(os.path.join(self._versions, str(number)))

    def _remove(self, version: str) -> None:
        shutil.rmtree(version, ignore_errors=True)
        with suppress(OSError):
            os.unlink(f"{version}.json")

    # -- what the supervisor calls it

    def _said(self) -> tuple[int, str]:
        try:
            with open(f"{os.path.realpath(self.directory)}.json", encoding="utf-8") as file:
                said: Mapping[str, object] = json.load(file)
            return int(str(said["number"])), str(said["checksum"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0, ""

    def _write_said(self, version: str, number: int, sum_now: str) -> None:
        half_done = f"{version}.json.new"
        with open(half_done, "w", encoding="utf-8") as file:
            json.dump({"number": number, "checksum": sum_now}, file)
        os.replace(half_done, f"{version}.json")


def _same(source: str, target: str) -> None:
    "The same file once more; a copy where the file system has no hard links."
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write(target: str, data: bytes, modified: datetime, through: bool) -> None:
    with open(target, "wb") as file:
        file.write(data)
        if through:
            file.flush()
            os.fsync(file.fileno())
    instant = round(modified.timestamp() * 1000) * 1_000_000
    os.utime(target, ns=(instant, instant))
