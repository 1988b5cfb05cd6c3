"The log of a job to which its tasks are appended: on a page of its own, searched, without secrets, as a download."

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from models import connect, roles
from models.batch import TaskLog
from models.roles import Assignment
from scheduler.records import TaskState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_file, a_job, a_task, ago
from tests.support.web_site import Site, an_account, tree, words

LOG = "first task\nsign in with hunter2\nsecond task\n"
TAB = "/s/demo/jobs/sales/load?tab=log"
PAGE = "/s/demo/jobs/sales/load/-/log"


def answer(command: etree._Element) -> str:
    if command.tag not in ("log.read", "log.search") or command.get("job") != "/sales/load":
        return "<ok/>"
    if command.tag == "log.search":
        hit = '<hit offset="11" line="2">sign in with hunter2</hit>'
        return f'<log.found count="1" lines="3" size="{len(LOG)}">{hit}</log.found>'
    begin = int(command.get("offset", "0"))
    return f'<log offset="{begin}" next_offset="{len(LOG)}" size="{len(LOG)}" line="1">{LOG[begin:]}</log>'


def appending(site: Site) -> None:
    job = a_job("/sales/load", order=True, tasks=2)
    source = '<job order="yes" log_append="yes">\n  <script language="shell">exit 0</script>\n</job>'
    with Rows(site.url) as rows:
        rows.put(replace(a_file(job), definition=replace(job.definition, source=source)))
        rows.put(a_task(70, "/sales/load", params={"db_password": "hunter2"}))


def test_a_job_leads_to_the_log_of_all_its_tasks(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = answer
    links = '//nav[@class="tabs"]/a/@href'
    assert PAGE not in tree(site.get("/s/demo/jobs/sales/load")).xpath(links)
    appending(site)
    assert PAGE in tree(site.get("/s/demo/jobs/sales/load")).xpath(links)
    page = words(site.get(PAGE))
    assert "first task" in page
    assert "second task" in page
    assert "hunter2" not in page
    assert {each.get("job") for each in engine_port.sent("log.read")} == {"/sales/load"}


def test_the_log_of_a_task_stands_in_a_tab_where_another_one_is_chosen(site: Site) -> None:
    "Until one is chosen it is that of the newest task that has begun."
    queued = a_task(90, "/sales/load", state=TaskState.QUEUED)
    with Rows(site.url) as rows:
        rows.put(a_task(80, "/sales/load"), queued, logs=[TaskLog(80, b"of eighty")])
        rows.put(a_task(81, "/sales/archive"), a_task(70, "/sales/load"), logs=[TaskLog(70, b"of seventy")])
    page = tree(site.get(TAB))
    assert page.xpath('string(//nav[@class="tabs"]/a[@aria-current])') == "Log"
    assert page.xpath('//select[@name="task"]/option[@selected]/@value') == ["80"]
    assert page.xpath('//select[@name="task"]/option/@value')[:3] == ["90", "80", "70"]
    assert "of eighty" in page.xpath('string(//pre[@id="log"])')
    assert page.xpath('//script[contains(@src, "log.js")]')
    [map_address] = page.xpath('//*[@id="log-map"]/@hx-get')
    assert map_address.startswith("/s/demo/tasks/80/-/log?")
    assert "of seventy" in tree(site.get(f"{TAB}&task=70")).xpath('string(//pre[@id="log"])')
    # a task of another job is none of this one
    assert "of eighty" in tree(site.get(f"{TAB}&task=81")).xpath('string(//pre[@id="log"])')
    # the part that refreshes itself leaves the log alone
    part = site.get(f"{TAB}&part=job", headers={"HX-Request": "true"}).text
    assert "Log of all tasks" not in part
    assert 'id="log"' not in part


def test_who_may_not_read_logs_has_no_such_tab(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(80, "/sales/load"), logs=[TaskLog(80, b"of eighty")])
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        roles.save_role(connection, roles.Role("jobs", "Jobs", "", ("jobs.view",)), ago(0))
    engine.dispose()
    an_account(site.url, "mw", Assignment("jobs"))
    site.enter("mw")
    page = tree(site.get(TAB))
    assert "Log" not in page.xpath('//nav[@class="tabs"]/a/text()')
    assert page.xpath('//pre[@id="log"]') == []


def test_it_is_searched_and_downloaded_without_what_is_secret(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = answer
    appending(site)
    assert "1 line with" in words(site.get(f"{PAGE}?find=sign"))
    assert "0 lines with" in words(site.get(f"{PAGE}?find=hunter"))
    text = site.get(f"{PAGE}.txt").text
    assert "second task" in text
    assert "hunter2" not in text


def test_it_needs_the_permission_for_logs_of_its_folder(site: Site) -> None:
    appending(site)
    an_account(site.url, "mw", Assignment("operator", "", "/housekeeping/"))
    site.enter("mw")
    assert [site.get(f"{PAGE}{end}").status_code for end in ("", ".txt", ".txt.gz")] == [403] * 3
