"""The pages with a real engine behind them: actions have their effect, logs follow, reasons are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from models import audit, releases
from models.read.holds import hold_ends
from models.upgrade import upgrade
from netcore.services.released_holds import ReleasedHolds
from scheduler.hold import HoldKey, HoldKind
from tests.conftest import DATABASES
from tests.support.batches import fields, over
from tests.support.engine import EngineProcess
from tests.support.hosting import Hosting
from tests.support.waiting import wait_until
from tests.support.web_site import Site, an_account, tree, words
from web import database

CHAIN = """<job_chain title="Two steps">
  <job_chain_node state="first" job="one" error_state="failed"/>
  <job_chain_node state="second" job="two" error_state="failed"/>
  <job_chain_node state="done"/>
  <job_chain_node state="failed"/>
</job_chain>"""
WHY = {"reason": "Test"}


@pytest.fixture(scope="module", params=DATABASES)
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'pages.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, shared_url: str) -> Iterator[EngineProcess]:
    "One for all tests: each has orders and tasks of its own, and leaves jobs and chains as they were."
    upgrade(shared_url)
    engine = EngineProcess(tmp_path_factory.mktemp("engine"), shared_url)
    for name in ("hello", "fragile", "once"):
        engine.shell_job(f"/{name}", 'echo "hello $SCHEDULER_PARAM_NAME"')
    engine.shell_job("/slow", 'echo begun; while [ ! -e "$SCHEDULER_PARAM_FLAG" ]; do sleep 0.05; done; echo over')
    engine.shell_job("/one", "echo one", 'order="yes"')
    engine.shell_job("/two", "echo two", 'order="yes"')
    engine.chain("/flow", CHAIN)
    with engine:
        engine.start()
        yield engine


@pytest.fixture(scope="module")
def pages(engine: EngineProcess) -> Iterator[Site]:
    an_account(engine.database_url)
    site = Site(engine.database_url)
    assert site.sign_in().status_code == 303
    yield site
    site.close()


def until(site: Site, address: str, text: str, seconds: float = 30) -> str:
    "The words of the page, as soon as they hold the text."
    return wait_until(
        lambda: (found := words(site.get(address))) and text in found and found, seconds, f"{text!r} at {address}"
    )


def made(site: Site, location: str) -> str:
    "The address of what an action made, as its message links it."
    page = site.get(location)
    links = tree(page).xpath('//*[@id="flashes"]//a/@href')
    assert links, words(page)
    return str(links[0])


def test_a_job_is_started_with_parameters_and_its_log_is_shown(pages: Site) -> None:
    answer = pages.post("/s/test/jobs/hello/-/start", param_name="name", param_value="Ärger & Co")
    task = made(pages, answer.location)
    until(pages, task, "finished")
    until(pages, task, "hello Ärger & Co")
    until(pages, "/s/test/history?kind=tasks", f"hello:{task.rpartition('/')[2]}")
    assert "Ärger & Co" in words(pages.get(task))


def test_the_log_of_a_running_task_follows_and_continues_from_the_database(pages: Site, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    task = made(pages, pages.post("/s/test/jobs/slow/-/start", param_name="flag", param_value=str(flag)).location)
    until(pages, task, "begun")
    page = pages.get(task).text
    flag.touch()
    until(pages, task, "finished")
    rest = pages.fragment(question(page))
    assert "over" in rest.text
    assert "begun" not in rest.text
    assert "log-next" not in rest.text


def log_lines(page: str) -> list[str]:
    "The lines of a log, without their numbers."
    found = html.fragment_fromstring(page, create_parent="div").xpath('//span[contains(@id, "L")]')
    return [line.text_content().removeprefix(line.get("id").rpartition("L")[2]) for line in found]


def question(page: str) -> str:
    "What a page that follows will ask next; empty at the end."
    found = re.search(r'id="log-next"[^>]* hx-get="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else ""


def followed(site: Site, address: str, from_the_beginning: bool = False) -> Iterator[str]:
    """The lines of the log at the address, and those that come after them, until it is at its end.

    A page shows the end of a long log; the question that it asks next can be asked about its beginning, too.
    """
    page = site.get(address).text
    if from_the_beginning:
        page = site.fragment(re.sub(r"from=[0-9]+", "from=0", question(page))).text
    yield from log_lines(page)
    while address := question(page):
        answer = wait_until(
            lambda address=address: question((new := site.fragment(address)).text) != address and new,
            30,
            f"lines after {address}",
        )
        page = answer.text
        yield from log_lines(page)


def test_a_running_task_is_followed_past_what_one_answer_holds(
    pages: Site, engine: EngineProcess, tmp_path: Path
) -> None:
    flag, count = tmp_path / "flag", 5_000
    engine.shell_job(
        "/long",
        f"seq -f 'ä %0990.0f' 1 {count}; echo written; "
        'while [ ! -e "$SCHEDULER_PARAM_FLAG" ]; do sleep 0.05; done; echo over',
    )
    until(pages, "/s/test/jobs", "long")
    task = made(pages, pages.post("/s/test/jobs/long/-/start", param_name="flag", param_value=str(flag)).location)
    last, length, over = 0, 0, False
    for line in followed(pages, task, from_the_beginning=True):
        if line.startswith("ä "):
            assert int(line[2:]) == last + 1
            last, length = last + 1, length + len(line.encode()) + 1
        if line == "written":
            assert not flag.exists()  # all of this came while the task was running
            flag.touch()
        over = over or line == "over"
    assert over
    assert last == count
    assert length > 4 << 20


def test_the_log_of_a_run_follows_its_steps(pages: Site, engine: EngineProcess, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    script = 'echo two begins; while [ ! -e "$SCHEDULER_PARAM_FLAG" ]; do sleep 0.05; done; echo two ends'
    engine.shell_job("/waits", script, 'order="yes"')
    engine.chain("/held_up", CHAIN.replace('job="two"', 'job="waits"'))
    until(pages, "/s/test/chains", "held_up")
    answer = pages.post("/s/test/chains/held_up/-/add-order", order="o 1", param_name="flag", param_value=str(flag))
    order = made(pages, answer.location)
    until(pages, order, "Log so far")
    links = tree(pages.get(order)).xpath("//a/@href")
    [log] = {link for link in links if link.endswith("/log") and "/orders/" in link}
    seen = []
    for line in followed(pages, log):
        seen.append(line)
        if line == "two begins":
            assert "two begins" in pages.get(f"{log}.txt").text
            flag.touch()
    told = [line for line in seen if line in ("one", "two begins", "two ends")]
    assert told == ["one", "two begins", "two ends"]
    assert all(line in pages.get(f"{log}.txt").text for line in told)
    assert "finished" in words(pages.get(log))


def test_a_running_task_is_killed(pages: Site) -> None:
    task = made(pages, pages.post("/s/test/jobs/slow/-/start", param_name="flag", param_value="/none").location)
    until(pages, task, "begun")
    number = task.rpartition("/")[2]
    pages.post(f"{task}/-/kill", typed=number, **WHY)
    until(pages, task, "killed (signal 9)")


def test_an_order_goes_its_way_and_its_history_is_shown(pages: Site) -> None:
    answer = pages.post(
        "/s/test/chains/flow/-/add-order", order="a 1/x", title="First", param_name="p", param_value="v"
    )
    order = made(pages, answer.location)
    text = until(pages, order, "The order is not in the chain any more")
    assert "/one:" in text
    assert "/two:" in text
    assert "finished" in text


def test_an_order_is_suspended_resumed_and_removed(pages: Site) -> None:
    order = made(pages, pages.post("/s/test/chains/flow/-/add-order", order="x", at="never").location)
    pages.post(f"{order}/-/suspend", **WHY)
    until(pages, order, "suspended")
    pages.post(f"{order}/-/resume")
    until(pages, order, "waiting")
    answer = pages.post(f"{order}/-/remove", typed="x", **WHY)
    assert answer.location == "/s/test/chains/flow"
    wait_until(lambda: pages.get(order).status_code == 404, what="the end of the order")


def test_a_stopped_chain_node_and_job_hold_an_order_and_the_page_says_why(pages: Site) -> None:
    pages.post("/s/test/chains/flow/-/node/first/-/stop", **WHY)
    order = made(pages, pages.post("/s/test/chains/flow/-/add-order", order="held").location)
    until(pages, order, "Why it does not run")
    found = tree(pages.get(order)).xpath('//*[@class="obstacles"]//a/@href')
    assert found == ["/s/test/chains/flow#h-nodes"]
    pages.post("/s/test/jobs/one/-/stop", **WHY)
    until(pages, "/s/test/jobs/one", "stopped")
    pages.post("/s/test/chains/flow/-/stop", **WHY)
    until(pages, "/s/test/chains/flow", "Unstop")
    pages.post("/s/test/chains/flow/-/unstop")
    pages.post("/s/test/jobs/one/-/unstop")
    pages.post("/s/test/chains/flow/-/node/first/-/process")
    until(pages, order, "The order is not in the chain any more")


def test_a_faulty_file_is_shown_where_one_looks_and_the_old_version_goes_on(pages: Site, engine: EngineProcess) -> None:
    engine.job("/fragile", '<job tiitle="x"><script language="shell">true</script></job>')
    until(pages, "/s/test/jobs/fragile", "the version read before goes on")
    assert "tiitle" in words(pages.get("/s/test/jobs/fragile"))
    assert "faulty file" in words(pages.get("/s/test/jobs"))
    assert "tiitle" in words(pages.get("/s/test/"))
    until(pages, made(pages, pages.post("/s/test/jobs/fragile/-/start").location), "finished")


@pytest.mark.longest
def test_a_file_is_made_changed_deleted_and_comes_back(pages: Site, engine: EngineProcess) -> None:
    file, versions = "/s/test/config/-/lock/sub/tape", "/s/test/config/-/lock/sub/tape/-/versions"
    for number in ("3", "7"):
        source = f'<lock max_non_exclusive="{number}"/>'
        pages.post(f"{file}/-/edit", f"{file}/-/edit", source=source, **WHY)
        wait_until(lambda source=source: source in words(pages.get(file)), 30, source)
    assert "written in use" in words(pages.get(versions)), "what was typed is what the engine has read"
    on_disk = engine.live / "sub/tape.lock.xml"
    on_disk.write_text("<lock><nonsense/></lock>")
    until(pages, file, "The changed file is faulty")
    # a faulty file is deleted like any other one
    sure = WHY | {"typed": "/sub/tape"}
    pages.post(f"{file}/-/delete", f"{file}/-/delete", **sure)
    assert not on_disk.exists()
    until(pages, versions, "There is no such file now.")
    first = min(int(each) for each in re.findall(r'id="version-([0-9]+)"', pages.get(versions).text))
    pages.post(f"{file}/-/restore", f"{file}/-/restore", version=str(first), **sure)
    until(pages, file, 'max_non_exclusive="3"')
    assert "restored" in words(pages.get(versions))
    until(pages, "/s/test/config/-/versions", "deleted")
    pages.post(f"{file}/-/delete", f"{file}/-/delete", **sure)


def test_many_are_held_until_one_instant_and_what_goes_on_by_itself_stands_in_the_audit(
    pages: Site, engine: EngineProcess, tmp_path: Path
) -> None:
    pages.post("/s/test/chains/flow/-/add-order", order="held", at="never")
    chosen = {
        ("job", "stop"): ["/hello", "/fragile"], ("order", "suspend"): ["/flow,held"], ("chain", "stop"): ["/flow"],
    }  # fmt: skip
    for (kind, verb), names in chosen.items():
        address = f"/s/test/bulk/{kind}"
        form = fields(pages.post(address, verb=verb, object=names))
        over(pages, pages.client.post(address, data={**form, **WHY, "until": "now+01:00"}).location)
    with pages.app.app_context():
        ends = hold_ends(database.read(), "test")
    assert sorted(key.key for key in ends) == ["/flow", "/flow,held", "/fragile", "/hello"]
    assert ends[HoldKey(HoldKind.JOB, "/hello")] == ends[HoldKey(HoldKind.JOB, "/fragile")]
    # these last for an hour, so they are let go here; one goes on by itself
    for address in ("jobs/fragile/-/unstop", "orders/flow/-/held/-/resume", "chains/flow/-/unstop"):
        pages.post(f"/s/test/{address}")
    engine.command('<modify_job job="/hello" cmd="stop" until="now+1" author="admin"/>')
    hosting = Hosting(engine.database_url, tmp_path, engine.scheduler_id)
    follower = ReleasedHolds(hosting.around)
    wait_until(lambda: (follower.run(), ReleasedHolds(hosting.around).run()) and entries(pages), 30, "the release")
    follower.run()
    hosting.close()
    [entry] = entries(pages)
    assert (entry.action, entry.object, entry.reason) == ("job.unstop", "/hello", WHY["reason"])
    with pages.app.app_context():
        assert audit.check(database.read()).faults == ()
    assert "the scheduler" in words(pages.get("/s/test/jobs/hello"))


def entries(site: Site) -> list[audit.Entry]:
    "What the scheduler has done by itself."
    with site.app.app_context():
        return audit.entries(database.read(), only=audit.Filter("test", account=releases.BY_ITSELF))


def test_a_refusal_of_the_engine_is_shown_with_its_code(pages: Site) -> None:
    order = made(pages, pages.post("/s/test/chains/flow/-/add-order", order="twice", at="never").location)
    answer = pages.post("/s/test/chains/flow/-/add-order", order="twice", at="never")
    assert "The engine refused: SCHEDULER-186" in words(pages.get(answer.location))
    assert pages.get(order).status_code == 200


def test_who_waits_for_a_process_is_known_to_pages_also_after_a_sudden_death(
    pages: Site, engine: EngineProcess, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    engine.write("narrow.process_class.xml", '<process_class max_processes="1"/>')
    for name in ("first", "second"):
        script = f'while [ ! -e "{flag}" ]; do sleep 0.05; done'
        engine.shell_job(f"/{name}", script, 'process_class="narrow" stop_on_error="no"')
        until(pages, f"/s/test/jobs/{name}", "pending")
    needing = "/s/test/jobs?state=needs-process"
    assert "No job matches" in words(pages.get(needing))
    pages.post("/s/test/jobs/first/-/start")
    waits = made(pages, pages.post("/s/test/jobs/second/-/start").location)
    until(pages, waits, "waiting for process")
    until(pages, waits, "All processes of the process class (1) are in use by task")
    row = tree(pages.get(needing)).xpath('//tr[starts-with(@id, "job-")]')
    assert [each.xpath(".//th//a/@href")[0] for each in row] == ["/s/test/jobs/second"]
    assert row[0].xpath('.//span[contains(@class, "attention")]//*[contains(@href, "#diamond")]')
    overview = tree(pages.get("/s/test/"))
    for place in ("//main", '//*[@id="strip"]'):
        assert overview.xpath(f'{place}//a[@href="{needing}"]//b/text()')[0] == "1"
    engine.kill9()
    engine.start()
    until(pages, needing, "No job matches")
    flag.touch()
    until(pages, waits, "finished")


def test_when_the_engine_is_gone_the_pages_say_so_and_commands_wait_for_it(pages: Site, engine: EngineProcess) -> None:
    engine.kill9()
    until(pages, "/s/test/", "No sign of life since")
    answer = pages.post("/s/test/jobs/once/-/start", operation="once")
    waiting = made(pages, answer.location)
    assert "waits for a member" in words(pages.get(waiting))
    again = pages.post("/s/test/jobs/once/-/start", operation="once")
    assert made(pages, again.location) == waiting
    engine.start()
    until(pages, waiting, "Made")
    until(pages, "/s/test/jobs/once", "finished")
    assert len(tree(pages.get("/s/test/jobs/once")).xpath('//tr[starts-with(@id, "task-")]')) == 1
