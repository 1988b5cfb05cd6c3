"From folders and workers to versions; and what would not be valid."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scheduler.errors import Code
from scheduler.supervisor.distribution import duplicates, folder_of, next_version
from scheduler.supervisor.records import Freeze, Origin, Protocol, Worker, said_to_have
from scheduler.supervisor.tree import Tree, checksum, entry_of
from scheduler.supervisor.validation import faults_of

NOW = datetime(2026, 3, 29, tzinfo=UTC)
WORKER = Worker("w", "w", Protocol.PAIR, "10.0.0.1", tcp_port=4444)
ADDRESSES = {"host": ("10.0.0.1", "10.0.0.2"), "alias": ("10.0.0.1",), "other": ("10.0.0.9",), "lost": ()}


def tree(**contents: str) -> Tree:
    return {path: entry_of(text.encode(), NOW) for path, text in contents.items()}


@pytest.mark.parametrize(
    ("protocol", "member", "names", "expected"),
    [
        (Protocol.PAIR, False, ["_all", "w", "host#4444"], "w"),
        (Protocol.PAIR, False, ["host#4444"], "host#4444"),
        (Protocol.PAIR, False, ["host#4445", "other#4444", "lost#4444"], ""),
        (Protocol.CLASSIC, False, ["w", "host#4444"], "host#4444"),
        (Protocol.CLASSIC, False, ["w"], ""),
        (Protocol.CLASSIC, True, ["w", "host#4444"], "w"),
        (Protocol.HTTP, False, ["w", "host#4444"], "w"),
        (Protocol.HTTP, False, ["host#4444"], ""),
        (Protocol.CLASSIC, False, ["alias#4444", "host#4444"], "alias#4444"),
    ],
)
def test_the_folder_of_a_worker(protocol: Protocol, member: bool, names: list[str], expected: str) -> None:
    worker = replace(WORKER, protocol=protocol, is_cluster_member=member)
    assert folder_of(worker, names, ADDRESSES) == expected


def test_a_worker_cannot_be_called_like_the_folder_for_all() -> None:
    assert folder_of(replace(WORKER, scheduler_id="_all"), ["_all"], {}) == ""


def test_two_folders_of_one_address_are_told() -> None:
    problems = list(duplicates(["host#4444", "alias#4444", "alias#1", "other#4444"], ADDRESSES))
    assert [problem.code for problem in problems] == [Code.TWO_FOLDERS.code]
    assert "'host#4444' means the same host and port as 'alias#4444'" in problems[0].text


def test_versions_are_numbered_and_made_only_when_something_is_different() -> None:
    first = next_version("w", None, tree(a="1"), NOW)
    assert first is not None
    assert (first.number, first.files, first.origin) == (1, 1, Origin.FOLDER)
    assert next_version("w", first, tree(a="1"), NOW) is None
    second = next_version("w", first, tree(a="2"), NOW)
    assert second is not None
    assert second.number == 2


def test_a_worker_that_was_rolled_back_stays_so_until_the_folder_changes() -> None:
    first = next_version("w", None, tree(a="1"), NOW)
    second = next_version("w", first, tree(a="2"), NOW)
    assert second is not None
    folder = checksum(tree(a="2"))
    back = next_version("w", second, tree(a="1"), NOW, origin=Origin.ROLL_BACK, source=folder, released_by="me")
    assert back is not None
    assert (back.number, back.checksum, back.source) == (3, checksum(tree(a="1")), folder)
    assert next_version("w", back, tree(a="2"), NOW) is None
    assert next_version("w", back, tree(a="1"), NOW, origin=Origin.ROLL_BACK, source=folder) is None
    for origin in (Origin.ROLL_BACK, Origin.DEPLOYMENT):
        again = next_version("w", back, tree(a="1"), NOW, origin=origin, source=checksum(tree(a="3")))
        assert again is not None, "the same files once more, against what the folder has become"
        assert next_version("w", again, tree(a="3"), NOW) is None
    changed = next_version("w", back, tree(a="3"), NOW)
    assert changed is not None
    assert changed.number == 4
    forced = next_version("w", back, tree(a="2"), NOW, whatever=True)
    assert forced is not None
    assert forced.checksum == folder


@pytest.mark.parametrize(("said", "stays_with"), [(6, 7), (7, 7), (8, 8), (0, 7)])
def test_a_frozen_worker_stays_with_the_later_version_that_was_on_its_way(said: int, stays_with: int) -> None:
    worker = Worker("w", "w", Protocol.PAIR, "", wanted=9, applied=7, freeze=Freeze(7, NOW, "me"))
    assert worker.due == 7
    after = said_to_have(worker, said)
    assert (after.applied, after.due, after.wanted) == (said, stays_with, 9)
    assert after.freeze == Freeze(stays_with, NOW, "me")
    free = said_to_have(replace(worker, freeze=None), said)
    assert (free.applied, free.due, free.freeze) == (said, 9, None)


def test_files_that_would_not_be_valid() -> None:
    contents = {
        "good.job.xml": '<job><script language="shell"><include live_file="s.sh"/></script></job>',
        "elsewhere.job.xml": '<job><script language="shell"><include file="/opt/s.sh"/></script></job>',
        "missing.job.xml": '<job><script language="shell"><include live_file="gone.sh"/></script></job>',
        "bad.job.xml": "<job>\n<nonsense/></job>",
        "broken.lock.xml": "<lock",
        "s.sh": "true", "readme.txt": "<",
    }  # fmt: skip
    found = {path: entry_of(text.encode(), NOW) for path, text in contents.items()}
    by_digest = {entry.digest: contents[path].encode() for path, entry in found.items()}
    faults = {fault.file: fault for fault in faults_of(found, by_digest.__getitem__, {})}
    assert faults.keys() == {"missing.job.xml", "bad.job.xml", "broken.lock.xml"}
    assert (faults["bad.job.xml"].code, faults["bad.job.xml"].line) == (Code.UNEXPECTED_ELEMENT.code, 2)
    assert faults["missing.job.xml"].code == Code.INCLUDE_FAILED.code
