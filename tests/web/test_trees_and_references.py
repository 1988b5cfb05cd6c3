"Folders as an indented table, what definitions refer to, search, saved views, and menus of rows."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.read.folders import Item, Numbers
from models.roles import Assignment
from scheduler.definitions import JobDefinition, Script
from scheduler.job_wait import JobWait
from scheduler.records import ObjectKind, OrderState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_chain, a_file, a_job, an_order
from tests.support.web_site import Site, an_account, tree, words
from web.open_folders import ALL, NONE, Opened, parsed
from web.references import references, uses
from web.tree import tree as folders

ROOT, ONE, TWO, THREE = Item("/a"), Item("/b/one", trouble=True), Item("/b/c/two", held=True), Item("/B/three")
NUMBERS = [Numbers("/", 1), Numbers("/b/", 2, trouble=1, active=1), Numbers("/b/c/", 1, held=1)]


def test_numbers_of_a_folder_are_of_everything_below() -> None:
    rows = folders(NUMBERS, [ROOT], NONE.has)
    assert [(row.folder.path, row.folder.total) for row in rows if row.folder] == [("/", 4), ("/b/", 3)]
    [folder] = [row.folder for row in rows if row.folder and row.folder.path == "/b/"]
    assert (folder.trouble, folder.active, folder.held) == (1, 1, 1)
    assert [row.item.path for row in rows if row.item] == ["/a"]


def test_open_folders_show_what_is_in_them() -> None:
    rows = folders(NUMBERS, [ROOT, ONE, THREE], Opened(frozenset({"/b/"})).has)
    assert [(row.level, row.item.path) for row in rows if row.item] == [(3, "/b/one"), (3, "/B/three"), (2, "/a")]
    assert len([row for row in folders(NUMBERS, [ROOT, TWO, ONE, THREE], ALL.has) if row.item]) == 4


def test_of_a_large_folder_some_are_shown_and_all_are_counted(site_on_each: Site) -> None:
    with Rows(site_on_each.url) as rows:
        rows.put([a_job(f"/Large/job{number:03}", enabled=number > 2) for number in range(120)], a_job("/large/in/job"))
    page = tree(site_on_each.get("/s/demo/folders/jobs?open=/large/"))
    folders_shown = [" ".join(row.text_content().split()) for row in page.xpath('//tr[starts-with(@id, "folder-")]')]
    [large] = [text for text in folders_shown if "folder Large" in text]
    assert large.endswith("list 121 3 stopped")
    assert any("Level 3, folder in list 1" in text for text in folders_shown)
    assert len(page.xpath('//tr[starts-with(@id, "item-")]')) == 100


@pytest.mark.parametrize(
    ("text", "open_", "shut"),
    [
        ("", "/", "/b/"), ("-", "/", "/b/"), ("/b/", "/B/", "/b/c/"), ("*", "/b/c/", ""), ("*,-/b/", "/b/c/", "/b/"),
        ("*,/b/", "/b/", ""), ("nonsense,-/b/", "/", "/b/"),
    ],
)  # fmt: skip
def test_what_is_open_is_said_in_the_address_and_each_folder_is_opened_and_shut_from_there(
    text: str, open_: str, shut: str
) -> None:
    opened = parsed(text)
    assert opened.has(open_)
    assert not shut or not opened.has(shut)
    assert parsed(str(opened)) == opened
    assert opened.toggled("/X/").toggled("/x/") == opened
    for path in ("/b/", "/b/c/"):
        after = parsed(str(opened.toggled(path)))
        assert after.has(path) is not opened.has(path)
        assert after.has("/other/") is opened.has("/other/")


def test_nothing_is_read_of_what_is_shut() -> None:
    known = ["/", "/b/", "/b/c/", "/D/"]
    assert parsed("*,-/b/").places(known) == ["/", "/d/"]
    assert parsed("*,-/b").places(known) == ["/", "/b/", "/b/c/", "/d/"], "a chain is no folder"
    assert parsed("*").places(known) == ["/", "/b/", "/b/c/", "/d/"]
    assert parsed("/d/").places(known) == ["/", "/d/"]


def test_a_tree_is_closed_folder_by_folder_after_all_were_opened_and_stays_as_its_reader_left_it(site: Site) -> None:
    address = "/s/demo/folders/jobs"

    def press(words_of: str) -> list[str]:
        "The folders that are open after following the link of that name."
        path = f"//a[normalize-space() = '{words_of}']/@href"
        site.get(tree(site.get(address, follow_redirects=True)).xpath(path)[0])
        return open_now()

    def open_now() -> list[str]:
        page = tree(site.get(address, follow_redirects=True))
        return [link.text_content().strip() for link in page.xpath("//table//a[@aria-expanded='true']")]

    assert open_now() == []
    whole = press("Open all")
    assert {"housekeeping", "sales"} <= set(whole)
    assert press("sales") == [name for name in whole if name != "sales"]
    assert "load" not in words(site.get(address, follow_redirects=True)), "what lies there is shut with it"
    assert press("sales") == whole
    assert press("Close all") == []
    assert press("sales") == ["sales"]
    assert "housekeeping" in site.fragment(f"{address}?open=*&part=tree").text
    assert open_now() == ["sales"], "a page that refreshes itself somewhere says nothing of how it was left"
    assert site.get("/s/demo/folders/chains").status_code == 200, "each tree has its own"
    site.enter("admin")  # another session of the same person
    assert open_now() == ["sales"]
    an_account(site.url, "vera", Assignment("viewer"))
    site.enter("vera")
    assert open_now() == []


def test_a_job_that_waits_for_a_process_or_a_lock_says_so_in_its_folder(site: Site) -> None:
    with Rows(site.url) as rows:
        since = datetime.now(UTC)
        rows.put(*[a_job(f"/night/{name}") for name in ("one", "two", "idle")])
        rows.put(JobWait("/night/one", "", since, ("/db",)), JobWait("/night/two", "/narrow", since))
    page = tree(site.get("/s/demo/folders/jobs?open=/night/"))
    rows_of = {name: page.xpath(f'//main//tr[.//a[.="{name}"]]/td[2]') for name in ("one", "two", "idle")}
    told = {name: cell.text_content().strip() for name, [cell] in rows_of.items()}
    assert told == {"one": "waiting for lock", "two": "waiting for process", "idle": "pending"}


def test_chains_stand_behind_folders_and_are_no_folder_of_the_same_name() -> None:
    numbers, chains = [Numbers("/", 1), Numbers("/b/", 3, held=1)], [Numbers("/b", 1), Numbers("/B/x", 3, held=1)]
    orders = [Item("/b,7", chain="/b"), Item("/B/x,a/b,c", chain="/B/x"), Item("/new/y,1", chain="/new/y")]
    rows = folders(numbers, orders, parsed("/b,/b/,/b/x").has, [*chains, Numbers("/new/y", 1)])
    assert [(row.level, row.folder.path if row.folder else row.item and row.item.name) for row in rows] == [
        (1, "/"), (2, "/b/"), (3, "/B/x"), (4, "a/b,c"), (2, "/b"), (3, "7"),
    ]  # fmt: skip
    assert [row.folder.held for row in rows if row.folder] == [1, 1, 1, 0], "a chain is counted with its folder"


def shown(site: Site, address: str) -> list[str]:
    rows = tree(site.get(address)).xpath('//table[@class="tree"]/tbody/tr')
    return [" ".join(row.text_content().split()) for row in rows]


def test_orders_stand_in_chains_in_folders_as_their_queue_has_them(site_on_each: Site) -> None:
    with Rows(site_on_each.url) as rows:
        rows.put(an_order("a/b,c", "/Sales", priority=5), an_order("first", "/Sales", priority=9))
        rows.put([an_order(f"{number:03}", "/Other/full", ordering=number) for number in range(120)])
        rows.put(an_order("gone", "/sales/done", state=OrderState.ENDED))
    address = "/s/demo/folders/orders"
    assert shown(site_on_each, address) == [
        "Level 1, folder / list 126 1 set back or blacklisted 1 running 1 suspended", "Level 2, folder Other list 120",
        "Level 2, folder sales list 4 1 set back or blacklisted 1 running 1 suspended", "Level 2, chain Sales list 2",
    ]  # fmt: skip
    assert shown(site_on_each, f"{address}?open=/sales/,/sales")[2:] == [
        "Level 2, folder sales list 4 1 set back or blacklisted 1 running 1 suspended",
        "Level 3, chain daily list 4 1 set back or blacklisted 1 running 1 suspended",
        "Level 2, chain Sales list 2", "Level 3 first waiting", "Level 3 a/b,c waiting",
    ]  # fmt: skip
    full = shown(site_on_each, f"{address}?open=/other/,/other/full")
    assert full[3:103] == [f"Level 4 {number:03} waiting" for number in range(100)]
    page = tree(site_on_each.get(f"{address}?open=*"))
    [link] = page.xpath('//a[. = "a/b,c"]/@href')
    assert [" ".join(h1.text_content().split()) for h1 in tree(site_on_each.get(link)).xpath("//h1")] == ["a/b,c"]
    assert set(page.xpath('//header//a[@aria-current="page"]/@href')) == {"/s/demo/orders"}
    assert page.xpath("//a[. = 'List']/@href") == ["/s/demo/orders"]
    assert tree(site_on_each.get("/s/demo/orders")).xpath("//a[. = 'Folders']/@href") == [address]


JOB = """<job process_class="few">
  <lock.use lock="/db"/> <monitor.use monitor="../check"/>
  <run_time schedule="nightly"/>
</job>"""


def test_names_without_a_slash_belong_to_the_folder_of_the_object() -> None:
    found = {(each.kind.value, each.path, each.line) for each in references("/sales/load", JOB)}
    assert found == {
        ("process_class", "/sales/few", 1),
        ("lock", "/db", 2),
        ("monitor", "/check", 2),
        ("schedule", "/sales/nightly", 3),
    }
    assert references("/x", "no xml") == []


def test_what_is_used_but_missing_is_known() -> None:
    chain = '<job_chain><job_chain_node state="1" job="load"/><job_chain_node state="2" job="gone"/></job_chain>'
    found = uses(
        [(ObjectKind.JOB_CHAIN, "/sales/daily", chain), (ObjectKind.ORDER, "/sales/daily,1", "<order/>")],
        {(ObjectKind.JOB, "/sales/load"), (ObjectKind.JOB_CHAIN, "/sales/daily")},
    )
    assert [(use.target.path, use.known) for use in found] == [
        ("/sales/load", True), ("/sales/gone", False), ("/sales/daily", True)
    ]  # fmt: skip


def test_dependencies_are_drawn_and_listed(site: Site) -> None:
    chain, nodes = a_chain("/sales/other", "load")
    job = a_job("/sales/locked")
    with Rows(site.url) as rows:
        rows.put(chain, nodes, job, a_file(chain), a_file(job))
    page = site.get("/s/demo/dependencies?around=/sales/other")
    assert page.status_code == 200
    assert "Dependencies" in words(page)


def test_a_number_leads_to_the_task_and_a_word_to_what_bears_it(site: Site) -> None:
    assert site.get("/s/demo/search?q=11").location == "/s/demo/tasks/11"
    found = tree(site.get("/s/demo/search?q=daily")).xpath('//th[@scope="row"]/a/@href')
    assert "/s/demo/chains/sales/daily" in found
    assert "Nothing is called" in words(site.get("/s/demo/search?q=nowhere"))
    assert "<html" not in site.fragment("/s/demo/search?q=load").text


def test_a_list_is_saved_with_its_filter_and_shown_on_a_wall(site: Site) -> None:
    saved = site.post("/me/views", name="Stopped", back="/s/demo/jobs?state=stopped&page=3", shared="yes")
    assert saved.location == "/s/demo/jobs?state=stopped&page=3"
    views = tree(site.get("/me/views"))
    assert views.xpath('//th[@scope="row"]/a/@href') == ["/s/demo/jobs?state=stopped"]
    [wall] = views.xpath('//a[contains(@href, "/wall/")]/@href')
    shown = site.get(wall, follow_redirects=True)
    assert tree(shown).get("class") == "wall"
    assert "1 job" in words(shown)
    assert "Stopped" in words(site.get("/s/demo/jobs"))
    [remove] = views.xpath('//form[contains(@action, "remove")]/@action')
    site.post(remove)
    assert "No view is saved yet." in words(site.get("/me/views"))


def test_what_is_no_list_cannot_be_saved(site: Site) -> None:
    for back in ("/admin/accounts", "https://elsewhere.example/", "/me"):
        site.post("/me/views", name="x", back=back)
    assert "No view is saved yet." in words(site.get("/me/views"))


def test_the_menu_of_a_row_offers_what_may_be_done(site: Site, engine_port: CommandServer) -> None:
    menu = words(site.fragment("/s/demo/menu/job?name=/sales/load"))
    assert "Stop job" in menu
    assert "Set run time" in menu
    assert "Kill task at once" in words(site.fragment("/s/demo/menu/task?name=12"))
    assert site.fragment("/s/demo/menu/job?name=/no/such").status_code == 404
    assert engine_port.commands == []


def test_a_definition_has_numbered_lines_and_ways_to_what_it_names_and_the_list_tells_what_is_missing(
    site: Site,
) -> None:
    source = '<job title="x">\n  <lock.use lock="/nowhere"/>\n  <start_job job="/sales/load"/>\n</job>'
    with Rows(site.url) as rows:
        job = a_job("/sales/refers")
        rows.put(replace(a_file(job), definition=JobDefinition("/sales/refers", Script("shell", ""), source=source)))
    page = tree(site.get("/s/demo/config/-/job/sales/refers"))
    assert [line.get("id") for line in page.xpath('//pre[@class="source"]/span')] == ["L1", "L2", "L3", "L4"]
    assert page.xpath('//pre//a[@class="x-value"]/@href') == ["/s/demo/jobs/sales/load"]
    assert page.xpath('//section[@aria-labelledby="h-targets"]//a[@href="#L2"]')
    text = words(site.get("/s/demo/config?q=refers"))
    assert "misses /nowhere" in text


def test_files_stand_in_folders_with_their_kind(site: Site) -> None:
    page = tree(site.get("/s/demo/folders/files?open=*"))
    links = page.xpath('//table[@class="tree"]//a/@href')
    assert "/s/demo/config/-/job/sales/load" in links
    assert "load.job" in page.xpath('string(//table[@class="tree"])')
    assert site.get("/s/demo/folders/locks").status_code == 404
