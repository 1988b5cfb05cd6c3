"""Files from the supervisor on the disk: `cache` beside scheduler.xml.

    cache -> .cache/7       what counts: a link, which is exchanged in one step
    .cache/7                the files of this version
    .cache/7.json           what the supervisor calls it, and whether the disk has it for certain
    .cache/6                the version before

A version is built beside the one in use; files that stay the same are the same files. So whatever happens on the way, a
full disk or sudden death, the configuration in use is whole. It counts before the disk has it for certain; when the
machine dies in that moment, the next start sees by its checksum that it is not whole, and goes back to the one before.

The one before that becomes the next one, so a version costs as much as it changes, however many files there are.
Blocking; used by one thread at a time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from netcore.folder_files import read_file, reason
from netcore.folder_scan import Stamp, scan
from netcore.supervised.built_version import build, remove, write_through
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.transfer import Plan
from scheduler.supervisor.tree import Entry, Tree, checksum, entry_of


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
        #: whether the version in use is as it came
        self._is_whole = False
        #: files of the version in use that the disk may not have yet
        self._unsettled: list[str] = []
        #: the version before and its files, which the next version is made of
        self._spare: tuple[str, Mapping[str, tuple[Stamp, Entry]]] | None = None

    def prepare(self) -> None:
        "Make the link and what it leads to; files of a plain directory become the first version. Raises NOT_WRITTEN."
        try:
            os.makedirs(self._versions, mode=0o700, exist_ok=True)
            if os.path.isdir(self.directory) and not os.path.islink(self.directory):
                first = self._fresh()
                os.rename(self.directory, first)
                self._point_to(first)
            elif not os.path.isdir(self.directory) or self._is_broken(os.path.realpath(self.directory)):
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
                known = stamp, _entry(self.directory, path, stamp)
            read[path] = known
        self._read = read
        tree = {path: entry for path, (_, entry) in read.items()}
        now = checksum(tree)
        number, said, _ = self._said(os.path.realpath(self.directory))
        self._is_whole = said == now
        return Installed(number if self._is_whole else 0, now, tree)

    def call(self, number: int, sum_now: str) -> None:
        "What is in use is this version of the supervisor. Raises NOT_WRITTEN."
        try:
            self._write_said(os.path.realpath(self.directory), number, sum_now, not self._unsettled)
        except OSError as error:
            raise WorkloadError(Code.NOT_WRITTEN, file=self.directory, problem=reason(error)) from error

    def install(self, plan: Plan, have: Tree) -> None:
        """Take over a plan whose contents are complete, or nothing of it. Raises NOT_WRITTEN.

        `have` is what `installed` has said.
        """
        self.settle()
        current, fresh = os.path.realpath(self.directory), self._fresh()
        spare, self._spare = self._spare, None
        try:
            self._unsettled = build(fresh, plan, current, have, spare)
            self._write_said(fresh, plan.number, checksum(plan.tree), not self._unsettled)
            self._point_to(fresh)
        except OSError as error:
            remove(fresh)
            self._unsettled = []
            raise WorkloadError(Code.NOT_WRITTEN, file=self.directory, problem=reason(error)) from error
        self._spare = (current, self._read) if self._is_whole else None
        for number in self._numbers():
            version = os.path.join(self._versions, str(number))
            if version not in (fresh, current):
                remove(version)

    def settle(self) -> None:
        "See to it that the disk has the version in use for certain. When that fails, it just is not certain."
        unsettled, self._unsettled = self._unsettled, []
        if not unsettled:
            return
        version = os.path.realpath(self.directory)
        with suppress(OSError):
            write_through(unsettled)
            self._write_said(version, *self._said(version)[:2], True)

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
        for number in reversed(self._numbers()):
            version = os.path.join(self._versions, str(number))
            if self._said(version)[1] and not self._is_broken(version):
                return version
        return ""

    def _is_broken(self, version: str) -> bool:
        "Whether the disk has not got it before the machine died."
        _, said, settled = self._said(version)
        return bool(said) and not settled and checksum(_tree(version)) != said

    # -- what the supervisor calls it

    def _said(self, version: str) -> tuple[int, str, bool]:
        "Number, checksum, and whether the disk has it for certain."
        try:
            with open(f"{version}.json", encoding="utf-8") as file:
                said: Mapping[str, object] = json.load(file)
            return int(str(said["number"])), str(said["checksum"]), bool(said.get("settled", True))
        except (OSError, ValueError, KeyError, TypeError):
            return 0, "", False

    def _write_said(self, version: str, number: int, sum_now: str, settled: bool) -> None:
        half_done = f"{version}.json.new"
        with open(half_done, "w", encoding="utf-8") as file:
            json.dump({"number": number, "checksum": sum_now, "settled": settled}, file)
        os.replace(half_done, f"{version}.json")


def _tree(version: str) -> Tree:
    "What lies there; what cannot be read is not there."
    try:
        return {path: _entry(version, path, stamp) for path, stamp in scan(version, "").files.items()}
    except OSError:
        return {}


def _entry(directory: str, path: str, stamp: Stamp) -> Entry:
    data, _ = read_file(os.path.join(directory, path))
    return entry_of(data, datetime.fromtimestamp(stamp.modified_ns // 1_000_000 / 1000, UTC))
