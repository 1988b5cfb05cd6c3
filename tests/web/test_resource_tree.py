"Schedules, process classes, locks and monitors by folder: what an engine tells, and what it cannot use."

from __future__ import annotations

from lxml import etree

from scheduler.records import ObjectKind
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_faulty_file
from tests.support.web_site import Site, tree, words
from web.resource_tree import counted, placed, some, used, wanted
from web.resources import listed

ANSWER = """<state>
  <lock path="/db/main"><lock.holders exclusive="yes"><lock.holder job="/hr/pay" task="5"/></lock.holders>
    <lock.queue exclusive="yes"><lock.queue.entry job="/a"/></lock.queue></lock>
  <lock path="/DB/free"/>
  <process_class path="/" max_processes="3"><processes><process job="/a" task_id="6"/></processes></process_class>
  <process_class path="/db/main" max_processes="1"><waiting_jobs><job job="/hr/pay"/></waiting_jobs></process_class>
  <schedule path="/plans/always" active="yes"/><schedule path="/plans/spring" substitute="/plans/always"
    valid_from="2001-03-01 00:00:00" valid_to="2001-06-01 00:00:00" active="no"/>
  <monitor path="/watch"/>
</state>"""


def test_what_is_used_and_waited_for_is_told_as_far_as_its_job_is_in_sight() -> None:
    answer = etree.fromstring(ANSWER)
    assert used(answer, lambda job: True) == {("lock", "/db/main"), ("process_class", "")}
    assert wanted(answer, lambda job: True) == {("lock", "/db/main"), ("process_class", "/db/main")}
    assert used(answer, "/a".__eq__) == {("process_class", "")}
    assert wanted(answer, "/a".__eq__) == {("lock", "/db/main")}


def test_numbers_are_of_all_and_rows_of_open_folders() -> None:
    items = placed(listed(etree.fromstring(ANSWER)), {("lock", "/db/torn"): "/db/torn"}, {("lock", "/db/main")}, ())
    assert [item.path for item in items] == [
        "/.process_class", "/DB/free.lock", "/db/main.lock", "/db/main.process_class", "/db/torn.lock",
        "/plans/always.schedule", "/plans/spring.schedule", "/watch.monitor",
    ]  # fmt: skip
    assert [(each.path, each.total, each.trouble, each.active) for each in counted(items)] == [
        ("/", 2, 0, 0), ("/DB/", 4, 1, 1), ("/plans/", 2, 0, 0),
    ]  # fmt: skip
    assert [item.path for item in some(items, {"/db/"}, 2, 9)] == ["/DB/free.lock", "/db/main.lock"]
    assert [item.place for item in some(items, None, 1, 2)] == ["/", "/db/"]


def test_the_tree_opens_folder_by_folder_and_as_a_whole(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: ANSWER
    with Rows(site.url) as rows:
        rows.put(a_faulty_file(ObjectKind.LOCK, "/db/torn"))
    page = tree(site.get("/s/demo/folders/resources?open=/db/"))
    assert [" ".join(row.text_content().split()) for row in page.xpath('//table[@class="tree"]/tbody/tr')] == [
        "Level 1, folder / list 8 1 with an error 3 in use 2 waited for",
        "Level 2, folder DB list 4 1 with an error 1 in use 2 waited for",
        "Level 3 free lock free", "Level 3 main lock waited for in use", "Level 3 main process class waited for free",
        "Level 3 torn lock error", "Level 2, folder plans list 2 1 in use", "Level 2 default process class in use",
        "Level 2 watch monitor",
    ]  # fmt: skip
    assert "/db/main" in words(site.get(page.xpath("string(//tr[th/span = 'lock'][th/a = 'main']/th/a/@href)")))
    assert page.xpath("//a[. = 'Close all']/@href") == ["/s/demo/folders/resources?open=-"]
    whole = words(site.get(page.xpath("string(//a[. = 'Open all']/@href)")))
    assert "always schedule active" in whole
    assert "spring schedule not active" in whole
    assert tree(site.get("/s/demo/resources")).xpath("//a[. = 'Folders']/@href") == ["/s/demo/folders/resources"]


def test_without_answer_the_tree_says_so_and_shows_what_is_faulty(site: Site, engine_port: CommandServer) -> None:
    engine_port.close()
    with Rows(site.url) as rows:
        rows.put(a_faulty_file(ObjectKind.LOCK, "/torn"))
    text = words(site.get("/s/demo/folders/resources"))
    assert "who holds what is not known" in text
    assert "torn lock error" in text
