"""The pulse: nothing new is 304, something new is named by topic. And fragments are parts of their pages."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.rows import Rows, a_job, a_member, a_task, an_order
from tests.support.web_site import Site, tree, words
from web.topics import concerns, topics


def tag(site: Site, page: str) -> str:
    return str(tree(site.get(page)).xpath('//*[@id="pulse"]/@hx-ptag')[0])


def test_while_nothing_changes_the_pulse_is_304(site: Site) -> None:
    answer = site.fragment("/s/demo/pulse", HX_PTag=tag(site, "/s/demo/"))
    assert answer.status_code == 304
    assert answer.data == b""


def test_a_heartbeat_is_no_change(site: Site) -> None:
    known = tag(site, "/s/demo/")
    with Rows(site.url) as rows:
        rows.put()
    assert site.fragment("/s/demo/pulse", HX_PTag=known).status_code == 304


def test_a_change_names_its_topics_and_the_next_tag(site: Site) -> None:
    known = tag(site, "/s/demo/")
    with Rows(site.url) as rows:
        rows.put(a_task(20, "/sales/load"))
    answer = site.fragment("/s/demo/pulse", HX_PTag=known)
    assert answer.status_code == 200
    assert json.loads(answer.headers["HX-Trigger"]) == {"jobs": {}, "tasks": {}}
    assert site.fragment("/s/demo/pulse", HX_PTag=answer.headers["HX-PTag"]).status_code == 304


@pytest.mark.parametrize("known", ["", "abc", "999999999", "-1"])
def test_a_tag_that_says_nothing_refreshes_everything(site: Site, known: str) -> None:
    answer = site.fragment("/s/demo/pulse", HX_PTag=known)
    assert json.loads(answer.headers["HX-Trigger"]) == {"refresh": {}}


def test_the_page_of_an_object_hears_of_its_object(site: Site) -> None:
    page = "/s/demo/orders/sales/daily/-/late"
    address, known = tree(site.get(page)).xpath('//*[@id="pulse"]')[0].get("hx-get"), tag(site, page)
    with Rows(site.url) as rows:
        rows.put(an_order("other", "/sales/daily", ordering=9), a_job("/else"))
    first = site.fragment(address, HX_PTag=known)
    assert "object" not in json.loads(first.headers["HX-Trigger"])
    with Rows(site.url) as rows:
        rows.put(an_order("late", "/sales/daily", ordering=3))
    second = site.fragment(address, HX_PTag=first.headers["HX-PTag"])
    assert "object" in json.loads(second.headers["HX-Trigger"])


@pytest.mark.parametrize(
    ("noun", "name", "of", "expected"),
    [
        ("job", "/a", "job:/a", True),
        ("task", "/A", "job:/a", True),
        ("job", "/b", "job:/a", False),
        ("order", "/c,1", "chain:/c", True),
        ("node", "/c", "chain:/c", True),
        ("order", "/c,1", "order:/c,1", True),
        ("order", "/c,2", "order:/c,1", False),
        ("chain", "/c", "order:/c,1", True),
        ("order", "/d,1", "order:/c,1", False),
        ("order", "/c,a,b", "order:/c,a,b", True),
    ],
)
def test_what_concerns_an_object(noun: str, name: str, of: str, expected: bool) -> None:
    assert concerns(noun, name, of) is expected


def test_an_unknown_word_of_the_journal_refreshes_the_strip() -> None:
    assert topics([("moon.rose", "/x")]) == ["status"]


PARTS = [
    "/s/demo/?part=now",
    "/s/demo/orders?part=table",
    "/s/demo/orders/sales/daily/-/late?part=order",
    "/s/demo/jobs?part=table",
    "/s/demo/jobs/sales/load?part=job",
    "/s/demo/tasks/11?part=task",
    "/s/demo/chains?part=table",
    "/s/demo/chains/sales/daily?part=chain",
    "/s/demo/history?part=table",
    "/s/demo/cluster?part=members",
]


@pytest.mark.parametrize("address", PARTS)
def test_a_fragment_is_the_part_of_its_page_that_fetches_it(site: Site, address: str) -> None:
    part = site.fragment(address)
    assert part.status_code == 200
    assert "<html" not in part.text
    name = re.search(r"part=(\w+)", address)
    assert name is not None
    page = tree(site.get(address.partition("?")[0]))
    [region] = page.xpath(f'//*[@id="region-{name[1]}"]')
    assert region.get("hx-get") == address
    assert re.search(rf'id="region-{name[1]}"', part.text)


@pytest.mark.parametrize(
    "headers", [{"HX_Boosted": "true"}, {"HX_History_Restore_Request": "true"}, {"HX_Request_Type": "full"}]
)
def test_boosted_links_and_history_get_the_whole_page(site: Site, headers: dict[str, str]) -> None:
    assert "<html" in site.fragment("/s/demo/jobs?part=table", **headers).text


def test_the_region_keeps_the_filter_of_the_page(site: Site) -> None:
    page = tree(site.get("/s/demo/orders?state=setback&q=2026&page=1"))
    assert page.xpath('//*[@id="region-table"]/@hx-get') == ["/s/demo/orders?state=setback&q=2026&page=1&part=table"]


def test_the_strip_is_only_a_fragment(site: Site) -> None:
    assert 'id="strip"' in site.fragment("/s/demo/strip").text
    assert site.get("/s/demo/strip").status_code == 404


def test_an_old_heartbeat_is_told_on_every_page(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(), seconds_ago=60)
    for address in ("/s/demo/", "/s/demo/jobs", "/s/demo/jobs/sales/load", "/s/demo/cluster"):
        assert "No sign of life since" in words(site.get(address)), address
        assert "no contact" in words(site.get(address))


def test_an_engine_that_waits_for_its_database_is_told(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(database_problem="disk full"))
    assert "The engine waits for its database." in words(site.get("/s/demo/"))
    assert "disk full" in words(site.get("/s/demo/"))
