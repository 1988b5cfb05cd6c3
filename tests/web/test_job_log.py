"The log of a job to which its tasks are appended: on a page of its own, searched, without secrets, as a download."

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from models.roles import Assignment
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_file, a_job, a_task
from tests.support.web_site import Site, an_account, tree, words

LOG = "first task\nsign in with hunter2\nsecond task\n"
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
