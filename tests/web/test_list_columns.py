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
    for link in tree(site.get(f"{address}?sort=path")).xpath(menu + '[not(@aria-label)]'):
        [head] = table(site, link.get("href"))[1]
        assert link.text_content().startswith(head)
        assert "sort=path" in link.get("href")
        back = [each for each in tree(site.get(link.get("href"))).xpath(menu) if each.text_content().startswith(head)]
        assert "is left out" in back[0].text_content()
        assert table(site, back[0].get("href"))[1] == []


def cells(site: Site, address: str) -> list[list[str]]:
    "The labels of each row of the list; heads first."
    [found] = tree(site.get(address)).xpath("//main//table[1]")
    heads = [" ".join(head.text_content().split()) for head in found.xpath("./thead/tr/th")]
    rows = [[cell.get("data-label", "") for cell in row.xpath("./td | ./th")] for row in found.xpath("./tbody/tr")]
    return [heads, *rows]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/s/demo/jobs?columns=queue,kind", ["Queue", "Kind", "Running", "Next start", "Last end", "Last runs"]),
        ("/s/demo/jobs?columns=queue,no,queue", ["Queue", "Kind", "Running", "Next start", "Last end", "Last runs"]),
        ("/s/demo/orders?columns=kind", ["Kind", "Node", "What is going on", "Since", "Priority"]),
        ("/s/demo/chains?columns=at-most,by-state", ["At most", "By state", "Orders", "Last run"]),
    ],
)  # fmt: skip
def test_columns_stand_as_the_address_says_heads_and_cells(site: Site, address: str, expected: list[str]) -> None:
    heads, *rows = cells(site, address)
    start = heads.index(expected[0])
    assert heads[start : start + len(expected)] == expected
    assert rows
    usual = cells(site, address.partition("?")[0])
    for row, before in zip(rows, usual[1:], strict=True):
        assert sorted(row) == sorted(before)
        assert [label for label in row if label in expected] == [label for label in expected if label in row]
    assert heads[:start] == usual[0][:start], "state and name stay"


def test_a_column_that_was_moved_is_hidden_where_it_stands(site: Site) -> None:
    assert table(site, "/s/demo/jobs?columns=last-runs,queue&hide=queue")[1] == ["Queue"]


def test_columns_are_moved_by_links_and_back(site: Site) -> None:
    page = tree(site.get("/s/demo/jobs?hide=queue"))
    [right] = page.xpath('//a[@aria-label="Move Kind to the right"]/@href')
    assert not page.xpath('//a[@aria-label="Move Kind to the left"]')
    assert "hide=queue" in right
    assert [head for head in cells(site, right)[0] if head in ("Running", "Kind")] == ["Running", "Kind"]
    [back] = tree(site.get(right)).xpath('//a[@aria-label="Move Kind to the left"]/@href')
    assert "columns" not in back
    form = tree(site.get(right)).xpath('//form[@role="search"]//input[@name="columns"]/@value')
    assert form[0].startswith("running,kind")


@pytest.mark.parametrize(
    ("group", "heads"),
    [
        ("state", ["In error, or with a faulty file", "Running", "Stopped or disabled", "All others"]),
        ("chain", ["/sales/daily", "In no job chain"]),
        ("class", ["This host: no process class"]),
        ("nonsense", []),
    ],
)
def test_jobs_are_grouped_and_a_saved_view_keeps_it(site_on_each: Site, group: str, heads: list[str]) -> None:
    site = site_on_each
    page = tree(site.get(f"/s/demo/jobs?group={group}"))
    shown = [row.text_content().strip() for row in page.xpath('//main//tr[@class="group"]')]
    assert shown == [head for head in heads if head in shown]
    assert set(shown) <= set(heads)
    assert bool(shown) is bool(heads)
    rows = page.xpath("//main//table[1]/tbody/tr[@data-row]/@id")
    assert sorted(rows) == sorted(tree(site.get("/s/demo/jobs")).xpath("//main//table[1]/tbody/tr[@data-row]/@id"))
    site.post("/me/views", name="grouped", back=f"/s/demo/jobs?group={group}")
    views = tree(site.get("/s/demo/jobs")).xpath('//details[contains(@class, "views")]//a/@href')
    assert any(f"group={group}" in address for address in views)


def test_a_saved_view_and_a_search_keep_them(site: Site) -> None:
    site.post("/me/views", name="short", back="/s/demo/jobs?hide=kind&q=sales")
    [address] = tree(site.get("/s/demo/jobs")).xpath('//details[contains(@class, "views")]//a[1]/@href')[:1]
    assert table(site, address)[1] == ["Kind"]
    form = tree(site.get("/s/demo/jobs?hide=kind")).xpath('//form[@role="search"]//input[@name="hide"]/@value')
    assert form == ["kind"]
