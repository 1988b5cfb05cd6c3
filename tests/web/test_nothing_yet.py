"An installation in which nothing is yet: what pages say of it, and how one makes the first."

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from models.roles import Assignment
from scheduler.configuration import read_object
from scheduler.records import ObjectKind
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_member
from tests.support.web_site import Site, an_account, tree

#: page -> kind of the file that its example makes, and the path that it would have
EXAMPLES = {
    "": (ObjectKind.JOB, "/x"),
    "jobs": (ObjectKind.JOB, "/x"),
    "chains": (ObjectKind.JOB_CHAIN, "/x"),
    "orders": (ObjectKind.ORDER, "/x,1"),
    "resources": (ObjectKind.LOCK, "/x"),
    "calendars": (ObjectKind.CALENDAR, "/x"),
}


def answer(command: etree._Element) -> str:
    return {"show_state": "<state/>", "calendar.show": "<calendars/>"}.get(str(command.tag), "<ok/>")


@pytest.fixture
def empty(sqlite_url: str, engine_port: CommandServer) -> Iterator[Site]:
    "An engine, and nothing that it could do."
    engine_port.reply = answer
    with Rows(sqlite_url) as rows:
        rows.beat(a_member(engine_port.port), seconds_ago=-600)
    an_account(sqlite_url)
    an_account(sqlite_url, "vera", Assignment("viewer"))
    site = Site(sqlite_url)
    site.enter()
    yield site
    site.close()


def test_an_empty_list_has_a_file_that_works_and_leads_to_its_form_and_the_manual(empty: Site) -> None:
    for address, (kind, path) in EXAMPLES.items():
        page = tree(empty.get(f"/s/demo/{address}"))
        [example] = page.xpath('//main//pre[@aria-label="Example"]')
        read_object(kind, path, example.text_content().encode(), {})
        ways = example.getnext()
        assert ways.xpath("a/@href") == [f"/s/demo/config/-/new?kind={kind.value}", "/help#h-books"], address
        assert ways.xpath("button[@data-copy-sample]/@hidden"), "only with script"
        assert page.xpath('//script[contains(@src, "lists.js")]'), address
    assert tree(empty.get("/help")).xpath('//*[@id="h-books"]')


def test_who_may_not_write_files_gets_the_example_and_the_manual(empty: Site) -> None:
    empty.enter("vera")
    for address in EXAMPLES:
        [example] = tree(empty.get(f"/s/demo/{address}")).xpath('//main//pre[@aria-label="Example"]')
        assert example.getnext().xpath("a/@href") == ["/help#h-books"], address
