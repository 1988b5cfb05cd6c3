"A supervisor and its workers as real engines, with the pages, the command line, TLS and HTTP."

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from lxml import etree

from netcore.supervised.tls import client_tls
from scheduler.errors import Code
from scheduler.supervisor.settings import AsWorker
from tests.support.certificates import Authority
from tests.support.engine import ROOT, EngineProcess
from tests.support.ports import held_port
from tests.support.reactor import wait_for
from tests.support.supervised_engines import (
    CONFIG,
    a_supervisor,
    a_worker,
    commit,
    folder,
    follow,
    git,
    held_back,
    in_step,
    jobs,
    put,
    wait_all,
)
from tests.support.supervising import JOB, KEY, AtWork
from tests.support.web_site import Site, an_account, tree, words


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    (tmp_path / "tls").mkdir()
    return Authority(tmp_path / "tls")


@pytest.fixture
def supervisor(tmp_path: Path, sqlite_url: str, authority: Authority) -> Iterator[EngineProcess]:
    engine = a_supervisor(tmp_path / "sup", "wns", sqlite_url, more="[worker t]\ncertificate = t.example\n")
    tls = f'tls_certificate="{authority.certificate}" tls_key="{authority.key}" tls_client_ca="{authority.client_ca}"'
    engine.config.write_text(CONFIG.format(tls))
    put(engine, "_all/a.job.xml")
    put(engine, "w/b.job.xml")
    if shutil.which("git"):
        git(engine, "init", "--quiet")
        commit(engine, "the first")
    with engine:
        yield engine.start(f"-port={held_port()}", "-tls-port=0")


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[EngineProcess]:
    "Not started."
    with a_worker(tmp_path / "w") as engine:
        yield engine


def faults(supervisor: EngineProcess) -> list[tuple[str | None, str | None]]:
    return [(each.get("file"), each.get("code")) for each in supervisor.command("<supervisor.show/>").iter("fault")]


def test_a_worker_is_configured_and_works_on_without_its_supervisor(
    supervisor: EngineProcess, worker: EngineProcess, tmp_path: Path
) -> None:
    follow(worker, supervisor)
    worker.write("a.job.xml", JOB.format("local"))
    worker.write("mine.job.xml", JOB.format("mine"))
    worker.start()
    both = {"/a": "_all/a.job.xml", "/b": "w/b.job.xml", "/mine": "mine"}
    assert jobs(worker) == both, "what the supervisor wants is there before the engine says that it is ready"
    shown = supervisor.wait_until(lambda: in_step(supervisor))
    assert (shown.get("connected"), shown.get("pair"), shown.get("directory")) == ("yes", "paired", "w")
    listed = supervisor.command('<show_state what="remote_schedulers"/>').find("remote_schedulers")
    assert listed is not None
    assert (listed.get("count"), listed.get("active")) == ("1", "1")
    assert (listed[0].get("scheduler_id"), listed[0].get("connected")) == ("w", "yes")
    plain = supervisor.command("<show_state/>").find("remote_schedulers")
    assert plain is not None
    assert len(plain) == 0

    # what comes from the supervisor cannot be replaced here
    local = JOB.format("x").replace("<job", '<job name="a"')
    refused = worker.command(f"<modify_hot_folder>{local}</modify_hot_folder>", refused=True)
    assert refused.get("code") == Code.CENTRALLY_DEFINED.code
    refused = worker.command('<file.remove kind="job" path="/a"/>', refused=True)
    assert refused.get("code") == Code.CENTRALLY_DEFINED.code
    assert (worker.live / "a.job.xml").exists()
    # a faulty file is kept, told here and there, and the version in use goes on
    put(supervisor, "_all/a.job.xml", "<job><nonsense/></job>")
    assert supervisor.wait_until(lambda: faults(supervisor)) == [("a.job.xml", Code.UNEXPECTED_ELEMENT.code)]
    assert jobs(worker) == both
    # a command over the supervisor
    answered = supervisor.command('<supervisor.execute worker="w"><show_job job="/b"/></supervisor.execute>')
    assert etree.fromstring(answered.text or "")[0][0].get("title") == "w/b.job.xml"
    # the deletion gives the local file back
    (folder(supervisor) / "_all/a.job.xml").unlink()
    worker.wait_until(lambda: jobs(worker) == both | {"/a": "local"})

    # without the supervisor everything goes on, also over a restart; when it is back, so is the worker; and frozen, it
    # has what it had until that is ended
    supervisor.command('<supervisor.freeze worker="w" reason="audit" author="me"/>')
    supervisor.kill9()
    worker.terminate()
    worker.start()
    assert jobs(worker) == both | {"/a": "local"}
    put(supervisor, "w/later.job.xml", JOB.format("later"))
    worker.config.write_text(worker.config.read_text())
    supervisor.start(f"-port={supervisor.port}", "-tls-port=0")
    held = supervisor.wait_until(lambda: held_back(supervisor))
    assert (held["by"], held["reason"]) == ("me", "audit")
    assert "/later" not in jobs(worker)
    supervisor.command('<supervisor.unfreeze worker="w"/>')
    worker.wait_until(lambda: jobs(worker).get("/later") == "later")
    supervisor.wait_until(lambda: in_step(supervisor))
    log = (worker.log_dir / "scheduler.log").read_text()
    for code in ("SCHEDULER-701", "SCHEDULER-702", "SCHEDULER-703"):
        assert code in log
    with ExitStack() as more:
        _chosen_ones_first(supervisor, [worker, *(more.enter_context(a_worker(tmp_path / name)) for name in "ns")])


def _chosen_ones_first(supervisor: EngineProcess, workers: list[EngineProcess]) -> None:
    """Changes wait until somebody sends them to workers that are ticked on the page: to one, then to the rest; to two
    of three; and a version of one of them goes to another one."""
    w, n, s = workers
    for each in (n, s):
        put(supervisor, f"{each.scheduler_id}/own.job.xml", JOB.format("own"))
        follow(each, supervisor).start()
    wait_all(supervisor, "wns")
    ini = supervisor.config.parent / "supervisor.ini"
    ini.write_text(f"{ini.read_text()}[central]\nrelease = manual\n")
    supervisor.wait_until(lambda: supervisor.command("<supervisor.show/>").xpath('//*[@release="manual"]'))
    an_account(supervisor.database_url)
    site = Site(supervisor.database_url)
    site.enter()

    def have(name: str) -> list[bool]:
        return [f"/{name}" in jobs(each) for each in (w, n, s)]

    put(supervisor, "_all/first.job.xml", JOB.format("first"))
    supervisor.wait_until(lambda: "wait for a release" in words(site.get("/supervisor")))
    # the canary, then the rest
    tick(site, "send-chosen", "n")
    n.wait_until(lambda: "/first" in jobs(n))
    wait_all(supervisor, "n")
    assert have("first") == [False, True, False]
    tick(site, "send-chosen", "w", "s")
    w.wait_until(lambda: have("first") == [True, True, True])
    # two of three, and the third does not get it
    put(supervisor, "_all/second.job.xml", JOB.format("second"))
    wait_all(supervisor, "wns")
    tick(site, "send-chosen", "n", "s")
    n.wait_until(lambda: have("second") == [False, True, True])
    # one that refuses is told, and who came after it was not tried
    site.post("/s/sup/supervisor/s/-/freeze", form_page="/s/sup/supervisor/s/-/freeze", reason="Year-end")
    put(supervisor, "_all/third.job.xml", JOB.format("third"))
    told = tick(site, "send-chosen", "n", "s", "w")
    assert "Done: n. Refused: s. Not tried: w." in told
    n.wait_until(lambda: "/third" in jobs(n))
    assert (have("second"), have("third")) == ([False, True, True], [False, True, False])
    # a version of one of them goes to another one that is ticked
    has = supervisor.wait_until(lambda: in_step(supervisor, "n"))["applied"]
    assert "Done: w." in tick(site, "deploy", "w", source="n", version=has)
    w.wait_until(lambda: have("third") == [True, True, False])
    supervisor.wait_until(lambda: "frozen" in words(site.get("/supervisor")))
    site.close()


def tick(site: Site, verb: str, *workers: str, source: str = "", **fields: str) -> str:
    "Sends the form with these boxes ticked; what is said then."
    address = f"/s/sup/supervisor/{f'{source}/' if source else ''}-/{verb}"


    def offered() -> list[str]:
        return [str(box) for box in tree(site.get(address)).xpath('//input[@type="checkbox"][@name="workers"]/@value')]

    # the page has the names from the database, in which a worker is a moment after it has registered
    wait_for(lambda: set(workers) <= set(offered()))
    boxes = offered()
    chosen = [box for box in boxes if box in workers] if verb == "deploy" else list(workers)
    site.post(address, form_page=address, reason="Test", workers=chosen, **fields)
    return " ".join(tree(site.get("/me")).xpath('string(//div[contains(@class, "flash")])').split())


def test_pages_releases_tls_and_http(
    supervisor: EngineProcess, authority: Authority, tmp_path: Path
) -> None:
    address = f"127.0.0.1:{supervisor.port}"
    usual = AsWorker(key=KEY, reconnect=0.2, patience=5)
    an_account(supervisor.database_url)
    site = Site(supervisor.database_url)
    site.enter()
    with AtWork(tmp_path / "w", address, "w", usual) as worker:
        wait_for(lambda: worker.files.keys() == {"a.job.xml", "b.job.xml"})
        supervisor.wait_until(lambda: in_step(supervisor))
        page = words(site.get("/supervisor"))
        for word in ("sup", "connected", "in step", "version 1", "go out at once", "Send to all now"):
            assert word in page, word
        address_of = "/s/sup/supervisor/w/-/"
        site.post(address_of + "freeze", form_page=address_of + "freeze", reason="Year-end")
        put(supervisor, "_all/c.job.xml", JOB.format("c"))
        wait_for(lambda: "version 1 of 2" in words(site.get("/supervisor")))
        page = words(site.get("/supervisor"))
        for word in ("frozen since", "by admin", "Year-end"):
            assert word in page, word
        assert worker.files.keys() == {"a.job.xml", "b.job.xml"}
        site.post(address_of + "unfreeze", form_page=address_of + "unfreeze")
        wait_for(lambda: "c.job.xml" in worker.files)
        wait_for(lambda: "from 1 to 2" in words(site.get("/s/sup/supervisor/w")))
        detail = words(site.get("/s/sup/supervisor/w?old=1&new=2"))
        assert "From version 1 to 2" in detail
        assert "added" in detail
        assert "c.job.xml" in detail
        assert "3 files out of 3 paths of both folders" in detail
        site.post("/s/sup/supervisor/w/-/roll-back", form_page="/s/sup/supervisor/w/-/roll-back", version="1",
                  reason="Test")  # fmt: skip
        wait_for(lambda: "c.job.xml" not in worker.files)
        assert "roll back" in words(site.get("/s/sup/supervisor/w"))
        assert site.get("/s/sup/supervisor/nobody").status_code == 404
        _releases(supervisor, worker)
        assert "a second one" in words(site.get("/supervisor"))
    site.close()
    _over_tls(supervisor, authority, tmp_path)
    _woken_up(supervisor, tmp_path)
    with AtWork(tmp_path / "h", f"http://{address}", "h", AsWorker(interval=0.5)) as polling:
        wait_for(lambda: "a.job.xml" in polling.files)
        put(supervisor, "h/own.job.xml", JOB.format("own"))
        wait_for(lambda: "own.job.xml" in polling.files)
    assert supervisor.command('<register_remote_scheduler tcp_port="1"/>', refused=False).tag == "ok"


def _releases(supervisor: EngineProcess, worker: AtWork) -> None:
    if not shutil.which("git"):
        return
    commit(supervisor, "a second one")
    first = git(supervisor, "rev-parse", "HEAD^")
    git(supervisor, "tag", "good")
    put(supervisor, "_all/bad.job.xml", "<job><nonsense/></job>")
    commit(supervisor, "a mistake")
    git(supervisor, "tag", "bad")
    assert "not valid: bad.job.xml" in release(supervisor, "-check", "bad", status=1)
    release(supervisor, "bad", status=1)
    assert "is released: the first" in release(supervisor, first, "-by=me")
    wait_for(lambda: worker.files.keys() == {"a.job.xml", "b.job.xml"})
    release(supervisor, "good")
    wait_for(lambda: worker.files.keys() == {"a.job.xml", "b.job.xml", "c.job.xml"})
    listed = release(supervisor, "-list").splitlines()
    assert [line.endswith(title) for line, title in zip(listed, ("a second one", "the first"), strict=True)]
    assert "me" in listed[1]


def release(supervisor: EngineProcess, *words: str, status: int = 0) -> str:
    command = [sys.executable, "-m", "stellwerk.cli", "release", f"-port={supervisor.port}", *words]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def _woken_up(supervisor: EngineProcess, tmp_path: Path) -> None:
    "A worker with the classic protocol, which by itself would look again after an hour."
    with EngineProcess(tmp_path / "classic", scheduler_id="classic") as worker:
        follow(worker, supervisor)
        (worker.config.parent / "supervisor.ini").write_text("[supervisor]\ninterval = 3600\n")
        worker.start("-udp-port=0")
        port = worker.ready["tcp_port"]
        supervisor.wait_until(lambda: in_step(supervisor, f"127.0.0.1#{port}"))
        put(supervisor, f"127.0.0.1#{port}/woken.job.xml", JOB.format("woken up"))
        worker.wait_until(lambda: jobs(worker).get("/woken") == "woken up")


def _over_tls(supervisor: EngineProcess, authority: Authority, tmp_path: Path) -> None:
    "A worker that proves by its certificate who it is; another one's certificate does not do."
    address = f"tls://127.0.0.1:{supervisor.ready['tls_port']}"
    for common_name, problem in (("t.example", ""), ("other.example", "STELLWERK-061")):
        client = authority.client_file("t.example", common_name=common_name)
        settings = AsWorker(ca=authority.server_file(), certificate=client, reconnect=0.2, patience=5)
        made = AtWork(
            tmp_path / common_name, address, "t", settings, lambda host, own=settings: client_tls(host, own, "/")
        )  # type: ignore[misc]
        with made as worker:
            if problem:
                wait_for(lambda worker=worker: problem in worker.worker.links[0].problem)  # type: ignore[misc]  # noqa: B023
            else:
                wait_for(lambda worker=worker: "a.job.xml" in worker.files)  # type: ignore[misc]
                assert worker.state == "paired"
    stranger = AsWorker(key=KEY, ca="", reconnect=0.2)
    with AtWork(tmp_path / "n", address, "w", stranger, lambda host: client_tls(host, stranger, "/")) as worker:
        wait_for(lambda: worker.worker.links[0].problem)
        assert worker.files == {}
