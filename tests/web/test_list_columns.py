"A reader leaves columns out of a list; the address says which, so that a saved view keeps them."

from __future__ import annotations

import re

import pytest

from tests.support.web_site import Site, tree
from web.static_files import DIRECTORY


def table(site: Site, address: str) -> tuple[set[str], list[str]]:
    "The classes that hide columns, and the heads of the columns that these hide."
    [found] = tree(site.get(address)).xpath("//main//table[1]")
    hidden = {each for each in found.get("class").split() if each.startswith("hide-")}
    heads = [" ".join(head.text_content().split()) for head in found.xpath("./thead/tr/th")]
    return hidden, [heads[int(each.removeprefix("hide-")) - 1] for each in sorted(hidden)]


@pytest.mark.parametrize(
    ("address", "heads"),
    [
        ("/s/demo/jobs?hide=kind,last-runs", ["Kind", "Last runs"]),
        ("/s/demo/orders?hide=what-is-going-on,priority", ["What is going on", "Priority"]),
        ("/s/demo/chains?hide=at-most", ["At most"]),
        ("/s/demo/jobs?hide=state,job,unheard-of,", []),
        ("/s/demo/jobs", []),
    ],
)
def test_the_columns_that_are_named_are_hidden(site: Site, address: str, heads: list[str]) -> None:
    assert table(site, address)[1] == heads
    style = (DIRECTORY / "app.css").read_text()
    for name in table(site, address)[0]:
        assert re.search(rf"\.{name} tr > :nth-child\({name.removeprefix('hide-')}\)", style)


@pytest.mark.parametrize("address", ["/s/demo/jobs", "/s/demo/orders", "/s/demo/chains"])
def test_each_column_is_left_out_and_shown_again_by_one_link(site: Site, address: str) -> None:
    menu = '//details[contains(@class, "menu")][contains(summary, "Columns")]//a'
    for link in tree(site.get(f"{address}?sort=path")).xpath(menu):
        [head] = table(site, link.get("href"))[1]
        assert link.text_content().startswith(head)
        assert "sort=path" in link.get("href")
        back = [each for each in tree(site.get(link.get("href"))).xpath(menu) if each.text_content().startswith(head)]
        assert "is left out" in back[0].text_content()
        assert table(site, back[0].get("href"))[1] == []


def test_a_saved_view_and_a_search_keep_them(site: Site) -> None:
    site.post("/me/views", name="short", back="/s/demo/jobs?hide=kind&q=sales")
    [address] = tree(site.get("/s/demo/jobs")).xpath('//details[contains(@class, "views")]//a[1]/@href')[:1]
    assert table(site, address)[1] == ["Kind"]
    form = tree(site.get("/s/demo/jobs?hide=kind")).xpath('//form[@role="search"]//input[@name="hide"]/@value')
    assert form == ["kind"]
