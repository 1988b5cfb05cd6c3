"A supervisor that is a cluster, as real processes: when the active member dies, its workers go on with the next one."

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from scheduler.supervisor.settings import AsWorker
from tests.support.cluster import Cluster, Member
from tests.support.engine import CONFIG, EngineProcess
from tests.support.supervising import JOB, KEY, AtWork
from tests.support.waiting import wait_until

USUAL = AsWorker(key=KEY, reconnect=0.2, patience=5)


@pytest.fixture
def cluster(tmp_path: Path, database_url: str) -> Iterator[Cluster]:
    made = Cluster(tmp_path / "supervisors", database_url)
    known = "".join(f"[worker {name}]\nkey = {KEY}\n" for name in ("w", "v", "engine"))
    (made.config.parent / "supervisor.ini").write_text(known)
    with made:
        put(made, "_all/a.job.xml", "first")
        yield made


def put(cluster: Cluster, path: str, title: str) -> None:
    file = cluster.config.parent / "remote" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    half_done = file.with_name(f".{file.name}")
    half_done.write_text(JOB.format(title))
    half_done.replace(file)


def shown(member: Member, name: str) -> etree._Element:
    "What a supervisor says, with the versions of this worker."
    return member.command(f'<supervisor.show worker="{name}"/>')


def in_step(member: Member, name: str, version: int) -> bool:
    "Whether the worker is connected, idle, and has this version, which is the newest one."
    found = next((each for each in shown(member, name).iter("worker") if each.get("name") == name), None)
    assert found is not None, f"{name} is not known"
    contact = found.get("last_contact")
    assert contact is not None
    assert datetime.fromisoformat(contact) > datetime.now(UTC) - timedelta(hours=1), "of the clock on the wall"
    there = (found.get("connected"), found.get("in_step"), found.get("busy")) == ("yes", "yes", "no")
    return there and found.get("applied") == str(version)


def title(engine: EngineProcess, job: str) -> str | None:
    return engine.command(f'<show_job job="{job}"/>').get("title")


@pytest.mark.longest
def test_workers_go_on_with_the_next_supervisor_and_nothing_is_forgotten(cluster: Cluster, tmp_path: Path) -> None:
    first, second = cluster.primary(), cluster.backup()
    cluster.start(first, second)
    address = f"127.0.0.1:{first.port} 127.0.0.1:{second.port}"
    with ExitStack() as stack:
        w, v = (stack.enter_context(AtWork(tmp_path / name, address, name, USUAL)) for name in ("w", "v"))
        engine = stack.enter_context(an_engine(tmp_path / "engine", address))
        for name in ("w", "v", "engine"):
            wait_until(lambda name=name: in_step(first, name, 1), what=f"{name} in step", interval=0.1)  # type: ignore[misc]
        wait_until(lambda: [link.state for link in w.worker.links] == ["paired", "paired"], what="a pair to each")
        put(cluster, "_all/a.job.xml", "second")
        for name in ("w", "v", "engine"):
            wait_until(lambda name=name: in_step(first, name, 2), what=f"{name} at 2", interval=0.1)  # type: ignore[misc]
        first.command('<supervisor.roll_back worker="v" version="1"/>')
        wait_until(lambda: in_step(first, "v", 3), what="the roll-back")
        back = v.files
        assert "first" in back["a.job.xml"]

        # what has changed at the last moment of the one, the other one hands out
        put(cluster, "w/own.job.xml", "last moment")
        put(cluster, "engine/own.job.xml", "last moment")
        first.kill9()
        cluster.wait_for_active(second)
        for name, version in (("w", 3), ("v", 3), ("engine", 3)):
            wait_until(
                lambda name=name, version=version: in_step(second, name, version), what=f"{name} goes on", interval=0.1
            )  # type: ignore[misc]
        assert "last moment" in w.files["own.job.xml"]
        assert title(engine, "/own") == "last moment"
        assert v.files == back, "who was rolled back stays so"
        versions = [(each.get("number"), each.get("origin")) for each in shown(second, "v").iter("version")]
        assert versions == [("3", "roll_back"), ("2", "folder"), ("1", "folder")]
        assert w.worker.links[1].term > 1

        # the first one comes back and waits; its workers find it by themselves
        first.launch(f"-port={address.split()[0].rpartition(':')[2]}")
        wait_until(lambda: [link.state for link in w.worker.links] == ["paired", "paired"], what="a pair to each again")
        assert [link.active for link in w.worker.links] == [False, True]
        second.command('<supervisor.freeze worker="v" reason="audit"/>')
        put(cluster, "_all/a.job.xml", "third")
        for name in ("w", "engine"):
            wait_until(lambda name=name: in_step(second, name, 4), what=f"{name} at 4", interval=0.1)  # type: ignore[misc]
        second.kill9()
        cluster.wait_for_active(first)
        for name in ("w", "engine"):
            wait_until(lambda name=name: in_step(first, name, 4), what=f"{name} back", interval=0.1)  # type: ignore[misc]
        assert v.files == back, "who was frozen stays so"
        assert [each.get("reason") for each in shown(first, "v").iter("freeze")] == ["audit"]
        first.command('<supervisor.unfreeze worker="v"/>')
        for name in ("w", "v", "engine"):
            wait_until(lambda name=name: in_step(first, name, 4), what=f"{name} back", interval=0.1)  # type: ignore[misc]
        assert title(engine, "/a") == "third"


def an_engine(directory: Path, supervisors: str) -> EngineProcess:
    engine = EngineProcess(directory, scheduler_id="engine")
    engine.config.write_text(CONFIG.replace("<config>", f'<config supervisor="{supervisors}">'))
    (engine.config.parent / "supervisor.ini").write_text(f"[supervisor]\nkey = {KEY}\nreconnect = 0.2\n")
    return engine.start()
