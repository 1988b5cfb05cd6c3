"Versions of configurations and workers, on both databases."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models import supervisor as store
from models import supervisor_transfers
from models.connect import create, reading, writing
from scheduler.errors import Problem
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.records import (
    ConfigurationVersion,
    Freeze,
    Origin,
    Outcome,
    Protocol,
    Release,
    Transfer,
    Worker,
)
from scheduler.supervisor.tree import Difference, Tree, checksum, entry_of

NOW = datetime(2026, 3, 29, 10, 20, 30, 123000, tzinfo=UTC)


def a_version(tree: Tree, number: int = 1, worker: str = "w") -> ConfigurationVersion:
    name = checksum(tree)
    return ConfigurationVersion(worker, number, name, name, NOW, Origin.FOLDER, len(tree), "r", "me")


def tree_and_contents(**contents: str) -> tuple[Tree, dict[str, bytes]]:
    tree = {path: entry_of(text.encode(), NOW) for path, text in contents.items()}
    return tree, {tree[path].digest: text.encode() for path, text in contents.items()}


def test_versions_come_back_with_their_trees_and_contents(database_url: str) -> None:
    engine = create(database_url, "web")
    first, contents = tree_and_contents(a="1", ö="\0\xff")
    second, more = tree_and_contents(a="2")
    with writing(engine) as connection:
        assert store.missing_contents(connection, "s", contents) == set(contents)
        store.keep_contents(connection, "s", contents)
        store.keep_contents(connection, "s", contents | more)
        store.add_versions(connection, "s", [(a_version(first), first), (a_version(first, worker="v"), first)])
        store.add_versions(connection, "s", [(a_version(second, 2), second)])
    with reading(engine) as connection:
        assert store.latest_versions(connection, "s") == {"w": a_version(second, 2), "v": a_version(first, worker="v")}
        assert [version.number for version in store.versions(connection, "s", "w")] == [2, 1]
        assert store.version_with_tree(connection, "s", "w", 1) == (a_version(first), first)
        assert store.version_with_tree(connection, "s", "w", 3) is None
        assert store.version_with_tree(connection, "other", "w", 1) is None
        assert store.contents(connection, "s", contents) == contents
        assert store.missing_contents(connection, "s", [*contents, "unknown"]) == {"unknown"}
    with pytest.raises(IntegrityError), writing(engine) as connection:
        store.add_versions(connection, "s", [(a_version(second, 2), second)])
    engine.dispose()


def test_old_versions_and_what_only_they_need_go(database_url: str) -> None:
    engine = create(database_url, "web")
    with writing(engine) as connection:
        for number in range(1, 6):
            tree, contents = tree_and_contents(a=str(number), b="always")
            store.keep_contents(connection, "s", contents)
            store.add_versions(connection, "s", [(a_version(tree, number), tree)])
        store.trim(connection, "s", 2)
        assert [version.number for version in store.versions(connection, "s", "w")] == [5, 4]
        kept = {entry_of(text, NOW).digest for text in (b"4", b"5", b"always")}
        gone = {entry_of(text, NOW).digest for text in (b"1", b"2", b"3")}
        assert store.missing_contents(connection, "s", kept | gone) == gone
    engine.dispose()


def test_workers_and_releases_are_remembered(database_url: str) -> None:
    engine = create(database_url, "web")
    worker = Worker(
        "w", "id", Protocol.CLASSIC, "10.0.0.1", "host", 4444, 4445, "1.13", active=True, connected=True,
        connected_at=NOW, last_contact=NOW, directory="host#4444", applied=7, wanted=8, transferred_at=NOW,
        problem=Problem("X-1", "bad"), faults=(Fault(file="a", code="X-2", text="worse", line=1, column=2),),
        is_cluster_member=True, busy=True, pair="paired",
    )
    release = Release("abc", "a title", NOW, "me", 3, "xyz")
    with writing(engine) as connection:
        store.save_workers(connection, "s", [worker])
        store.save_workers(connection, "s", [replace(worker, version="1.14"), replace(worker, name="v")])
        store.save_workers(connection, "s", [])
        store.add_release(connection, "s", replace(release, revision="older"))
        store.add_release(connection, "s", release)
    with reading(engine) as connection:
        found = store.workers(connection, "s")
        assert [each.name for each in found] == ["v", "w"]
        # whether somebody is connected only the supervisor itself knows
        assert found[1] == replace(
            worker, version="1.14", active=False, connected=False, wanted=0, busy=False, pair="down"
        )
        assert [each.revision for each in store.releases(connection, "s")] == ["abc", "older"]
        assert store.releases(connection, "s", 1) == [release]
    with writing(engine) as connection:
        store.forget_worker(connection, "s", "v")
        assert [each.name for each in store.workers(connection, "s")] == ["w"]
    engine.dispose()


def test_a_freeze_keeps_its_version_and_goes_with_its_worker(database_url: str) -> None:
    engine = create(database_url, "web")
    freeze = Freeze(2, NOW, "me", "why", NOW + timedelta(hours=1))
    with writing(engine) as connection:
        store.save_workers(connection, "s", [Worker("w", "w", Protocol.PAIR, "", connected_at=NOW, applied=2)])
        for number in range(1, 6):
            tree, contents = tree_and_contents(a=str(number))
            store.keep_contents(connection, "s", contents)
            store.add_versions(connection, "s", [(a_version(tree, number), tree)])
        assert store.workers_in_step(connection, "s") == (1, 1, 0)
        supervisor_transfers.freeze(connection, "s", "w", freeze)
        # who waits for his turn writes workers, too, and knows nothing of it
        store.save_workers(connection, "s", [Worker("w", "w", Protocol.PAIR, "", connected_at=NOW, applied=2)])
        store.trim(connection, "s", 1)
        assert [version.number for version in store.versions(connection, "s", "w")] == [5, 2]
        assert [worker.freeze for worker in store.workers(connection, "s")] == [freeze]
        assert store.workers_in_step(connection, "s") == (1, 0, 0)
        supervisor_transfers.freeze(connection, "s", "w", replace(freeze, until=None))
        assert supervisor_transfers.freezes(connection, "s") == {"w": replace(freeze, until=None)}
        store.forget_worker(connection, "s", "w")
        assert supervisor_transfers.freezes(connection, "s") == {}
    engine.dispose()


def test_the_newest_transfers_of_each_worker_are_kept(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create(database_url, "web")
    monkeypatch.setattr(supervisor_transfers, "PATHS", 2)
    monkeypatch.setattr(supervisor_transfers, "KEPT", 3)
    first = Transfer("w", 1, 0, NOW, NOW, Outcome.BROKEN_OFF, Difference(("a",), ("b",), ("c", "d")), "cut")
    with writing(engine) as connection:
        supervisor_transfers.add_transfers(connection, "s", [first, replace(first, worker="v")])
        [kept] = supervisor_transfers.transfers(connection, "s", "w")
        assert kept.transfer == replace(first, difference=Difference(("a",), ("b",)))
        assert (kept.added, kept.changed, kept.removed, kept.not_kept) == (1, 1, 2, 2)
        supervisor_transfers.add_transfers(connection, "s", [replace(first, number=each) for each in range(2, 6)])
        found = supervisor_transfers.transfers(connection, "s", "w")
        assert [each.transfer.number for each in found] == [5, 4, 3]
        older = supervisor_transfers.transfers(connection, "s", "w", before=found[0].id, limit=1)
        assert [each.transfer.number for each in older] == [4]
        assert len(supervisor_transfers.transfers(connection, "s", "v")) == 1
        supervisor_transfers.forget(connection, "s", "w")
        assert supervisor_transfers.transfers(connection, "s", "w") == []
    engine.dispose()
