"""People who know the classic interface find its functions: by the table, and by searching for their old names."""

from __future__ import annotations

import pytest

from tests.support.web_site import Site, tree, words
from web.classic_places import PLACES

ROWS = [row for _, group in PLACES for row in group]


def test_each_row_of_the_table_leads_to_a_page_that_is_there(site: Site) -> None:
    page = tree(site.get("/help/from-joc"))
    links = page.xpath("//main//tbody//a/@href")
    assert len(links) == sum(bool(endpoint) for _, _, endpoint in ROWS)
    for address in dict.fromkeys(links):
        assert site.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("old", "leads_to"),
    [
        ("blacklist", "/s/demo/orders"),
        ("Start task unforced", "/s/demo/jobs"),
        ("log categories", "/s/demo/log"),
        ("Manage filters", "/me/views"),
        ("Remote Schedulers", "/supervisor"),
        ("Skip node", "/s/demo/chains"),
        ("Terminate cluster", "/s/demo/cluster"),
        ("Last Activities", "/s/demo/history"),
        ("locks: free", "/s/demo/resources"),
        ("Set run time", "/s/demo/resources/run-time"),
        ("Show start times", "/s/demo/start-times"),
        ("Delete order", "/s/demo/orders"),
    ],
)
def test_an_old_name_is_found_by_searching(site: Site, old: str, leads_to: str) -> None:
    page = tree(site.get("/s/demo/search", query_string={"q": old}))
    addresses = page.xpath('//tbody/tr[td[1]="there"]/th/a/@href')
    assert any(address.partition("?")[0] == leads_to for address in addresses), addresses


def test_every_old_name_finds_its_row(site: Site) -> None:
    for there, here, _ in ROWS[::7]:
        assert here in words(site.get("/s/demo/search", query_string={"q": there}))
