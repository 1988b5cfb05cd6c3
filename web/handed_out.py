"""What a supervisor has handed out, as its database keeps it: the files of a worker, and what two versions say
differently, of one worker or of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from models import supervisor as store
from scheduler.supervisor.records import ConfigurationVersion, Outcome
from scheduler.supervisor.tree import Tree, difference
from web import comparison
from web.comparison import Line
from web.states import Look

#: files whose contents are compared on one page, and bytes of one of them
MOST_FILES, MOST_BYTES = 40, 200_000
#: versions in which the versions of one file are looked for
MOST_VERSIONS = 20
#: digits of a checksum that are shown
DIGITS = 12

How = Literal["same", "changed", "added", "removed"]


#: how transfers end
OUTCOMES: dict[Outcome, Look] = {
    Outcome.APPLIED: Look("good", "tick", "taken over"),
    Outcome.REFUSED: Look("bad", "octagon", "refused"),
    Outcome.BROKEN_OFF: Look("attention", "cross", "broken off"),
    Outcome.GIVEN: Look("neutral", "circle", "given"),
}


@dataclass(frozen=True, slots=True)
class File:
    "A file with its checksum at the worker and at the supervisor; empty: it is not there."

    path: str
    has: str
    shall_have: str

    @property
    def same(self) -> bool:
        return self.has == self.shall_have


@dataclass(frozen=True, slots=True)
class Changed:
    "`lines` None: its contents are not compared, as they are too long, too many, or no text."

    how: How
    path: str
    lines: Sequence[Line] | None


@dataclass(frozen=True, slots=True)
class Side:
    "A version of a worker with its files."

    version: ConfigurationVersion
    tree: Tree


def side(connection: Connection, scheduler_id: str, worker: str, number: int | None = None) -> Side | None:
    "Of that number, or the newest one; None when there is none (any more)."
    if number is None:
        newest = store.versions(connection, scheduler_id, worker, 1)
        number = newest[0].number if newest else 0
    found = store.version_with_tree(connection, scheduler_id, worker, number) if number else None
    return None if found is None else Side(*found)


def files(has: Side | None, shall_have: Side | None) -> list[File]:
    "Those that differ first, else by path."
    one, other = (each.tree if each is not None else {} for each in (has, shall_have))
    found = [File(path, _sum(one, path), _sum(other, path)) for path in sorted({*one, *other})]
    return sorted(found, key=lambda file: file.same)


@dataclass(frozen=True, slots=True)
class FileVersion:
    "A version in which a file became another one. `digest` empty: it was removed."

    version: ConfigurationVersion
    digest: str
    size: int


def versions_of_file(connection: Connection, scheduler_id: str, worker: str, path: str) -> list[FileVersion]:
    "The newest first, of the newest versions of a worker."
    known = store.versions(connection, scheduler_id, worker, MOST_VERSIONS)
    kept = (side(connection, scheduler_id, worker, each.number) for each in known)
    found: list[FileVersion] = []
    before = ""
    for each in reversed([each for each in kept if each is not None]):
        entry = each.tree.get(path)
        digest = entry.digest if entry is not None else ""
        if digest != before:
            found.append(FileVersion(each.version, digest[:DIGITS], entry.size if entry is not None else 0))
        before = digest
    return found[::-1]


def differences(connection: Connection, scheduler_id: str, old: Side, new: Side, plain: bool) -> list[Changed]:
    "What became of each file from the old side to the new one. `plain`: see `comparison.plain_xml`."
    found = difference(old.tree, new.tree)
    ways: list[tuple[How, str]] = [
        *(("changed", path) for path in found.changed),
        *(("added", path) for path in found.added),
        *(("removed", path) for path in found.removed),
    ]
    digests = [tree[path].digest for _, path in ways[:MOST_FILES] for tree in (old.tree, new.tree) if path in tree]
    contents = store.contents(connection, scheduler_id, digests)
    return [
        Changed(how, path, _lines(contents, old.tree, new.tree, path, plain) if number < MOST_FILES else None)
        for number, (how, path) in enumerate(ways)
    ]


def _lines(contents: dict[str, bytes], old: Tree, new: Tree, path: str, plain: bool) -> list[Line] | None:
    texts: list[str] = []
    for tree in (new, old):
        data = contents.get(tree[path].digest) if path in tree else b""
        if data is None or len(data) > MOST_BYTES or b"\0" in data:
            return None
        texts.append(data.decode("utf-8", "replace"))
    return comparison.of_sources(texts[0], texts[1], plain)


def _sum(tree: Tree, path: str) -> str:
    return tree[path].digest[:DIGITS] if path in tree else ""
