"""Lists of thousands: a page shows as much as it was asked for, and reads no more for more objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from lxml import etree
from sqlalchemy import event, insert, select

from models import connect, tables
from scheduler.records import FileState, ObjectKind, SourceFile
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_job, ago
from tests.support.web_site import Site, tree, words

MANY = 500
NOW = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = (ObjectKind.SCHEDULE, ObjectKind.PROCESS_CLASS, ObjectKind.LOCK, ObjectKind.MONITOR, ObjectKind.CALENDAR)


def many(text: str) -> str:
    "With `{}` as the number of the object."
    return "".join(text.replace("{}", f"{number:04}") for number in range(MANY))


ANSWERS = {
    "show_state": "<state>"
    + many('<schedule path="/r/schedule{}" active="yes"/>').replace('0007" active="yes"', '0007" active="no"')
    + many('<lock path="/r/lock{}"/><monitor path="/r/monitor{}"/>')
    + many('<process_class path="/r/process_class{}" max_processes="3"/>')
    + '<schedule path="/r/schedule0007_in_spring" substitute="/r/schedule0007" active="yes"/>'
    + '<lock path="/r/wanted"><lock.holders exclusive="yes"><lock.holder job="/a" task="5"/></lock.holders>'
    + '<lock.queue exclusive="yes"><lock.queue_entry job="/b"/></lock.queue></lock></state>',
    "calendar.show": "<calendars>" + many('<business_calendar path="/r/calendar{}" title="Days"/>') + "</calendars>",
    "supervisor.show": '<supervisor directory="/x" exists="yes" release="automatic"><workers>'
    + many('<worker name="worker{}" ip="10.0.0.1" connected="yes" wanted="1" applied="1"/>')
    + '<worker name="zulu" ip="10.0.0.2" wanted="1" applied="1"/></workers></supervisor>',
}


def fill(site: Site) -> None:
    definition = a_job("/x").definition
    with Rows(site.url) as rows:
        rows.put(
            [
                SourceFile(kind, f"/r/{kind.value}{number:04}", "x.xml", ago(500), FileState.ACTIVE, definition)
                for kind in KINDS
                for number in range(MANY)
            ]
        )
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        me = connection.execute(select(tables.accounts.c.id)).scalar_one()
        values = {"password_hash": "", "created_at": NOW, "password_changed_at": NOW, "disabled": False}
        names = [f"user{number:04}" for number in range(MANY)]
        connection.execute(insert(tables.accounts), [{"name_key": each, "name": each, **values} for each in names])
        view = {"account_id": me, "page": "/s/demo/jobs", "query": "", "shared": False, "created_at": NOW}
        connection.execute(insert(tables.saved_views), [{"name": each, **view} for each in names])
    engine.dispose()


@pytest.fixture
def large(site: Site, engine_port: CommandServer) -> Site:
    engine_port.reply = lambda command: ANSWERS.get(str(command.tag), "<ok/>")
    fill(site)
    return site


@contextmanager
def counted(site: Site) -> Iterator[list[str]]:
    "The statements of the pages."
    found: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        found.append(statement)

    engine = site.app.extensions["stellwerk_engine"]
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def rows(page: etree._Element) -> int:
    return len(page.xpath("//tr[@data-row]"))


#: address -> rows of the first page, an address that finds one object, and what is on it
LISTS = {
    "/s/demo/resources": (201, "?q=lock0321", "/r/lock0321"),
    "/s/demo/calendars": (50, "?q=calendar0321", "/r/calendar0321"),
    "/supervisor": (50, "?q=worker0321", "worker0321"),
    "/admin/accounts": (50, "?q=user0321", "user0321"),
    "/me/views": (50, "?page=10", "user0450"),
}


def test_large_lists_come_in_pages_with_few_statements_and_one_is_found(large: Site) -> None:
    for address, (number, narrowed, name) in LISTS.items():
        with counted(large) as statements:
            page = tree(large.get(address))
        assert (address, rows(page)) == (address, number)
        assert (address, len(statements) < 30) == (address, True)
        assert page.xpath('//nav[@class="pager"]//a[@rel="next"]'), address
        found = large.get(address + narrowed)
        assert name in words(found), address
        assert rows(tree(found)) < number or "page" in narrowed, address


def test_a_filter_that_leaves_nothing_is_named_with_what_there_is_without_it(large: Site) -> None:
    for address, said in (
        ("/supervisor", "No worker matches"), ("/admin/accounts", "No account matches"),
        ("/s/demo/resources", "No schedule matches"),
    ):  # fmt: skip
        none = words(large.get(f"{address}?q=nowhere"))
        assert f"{said} nowhere. Clear the filter 501 without it." in none, address


def test_each_kind_of_resource_has_pages_of_its_own_and_who_blocks_is_told_on_all(large: Site) -> None:
    page = large.get("/s/demo/resources?lock=11&process_class=2")
    text = words(page)
    assert "/r/lock0499" not in text.partition("Locks")[0]
    for name in ("wanted", "process_class0050", "schedule0000", "Who blocks whom"):
        assert name in text, name
    assert "process_class0000" not in text
    assert "Who blocks whom" in words(large.get("/s/demo/resources"))


def test_a_schedule_that_another_one_replaces_is_not_active_whatever_page_that_is_on(large: Site) -> None:
    page = tree(large.get("/s/demo/resources"))
    states = [row.text_content() for row in page.xpath('//tr[starts-with(@id, "schedule-row-")]')]
    assert [number for number, text in enumerate(states) if "not active" in text] == [7]


def test_a_worker_that_is_not_connected_is_on_the_first_page(large: Site) -> None:
    assert "zulu" in tree(large.get("/supervisor")).xpath("string(//tr[@data-row])")


def test_a_list_offers_some_of_its_saved_views_and_the_way_to_all(large: Site) -> None:
    page = tree(large.get("/s/demo/jobs"))
    assert len(page.xpath('//details[contains(@class, "views")]//a')) == 101
