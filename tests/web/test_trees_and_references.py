"Folders as an indented table, what definitions refer to, search, saved views, and menus of rows."

from __future__ import annotations

from dataclasses import replace

from models.read.folders import Item, Numbers
from scheduler.definitions import JobDefinition, Script
from scheduler.records import ObjectKind
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_chain, a_file, a_job
from tests.support.web_site import Site, tree, words
from web.references import references, uses
from web.tree import tree as folders

ROOT, ONE, TWO, THREE = Item("/a"), Item("/b/one", trouble=True), Item("/b/c/two", held=True), Item("/B/three")
NUMBERS = [Numbers("/", 1), Numbers("/b/", 2, trouble=1, active=1), Numbers("/b/c/", 1, held=1)]


def test_numbers_of_a_folder_are_of_everything_below() -> None:
    rows = folders(NUMBERS, [ROOT], set())
    assert [(row.folder.path, row.folder.total) for row in rows if row.folder] == [("/", 4), ("/b/", 3)]
    [folder] = [row.folder for row in rows if row.folder and row.folder.path == "/b/"]
    assert (folder.trouble, folder.active, folder.held) == (1, 1, 1)
    assert [row.item.path for row in rows if row.item] == ["/a"]


def test_open_folders_show_what_is_in_them() -> None:
    rows = folders(NUMBERS, [ROOT, ONE, THREE], {"/b/"})
    assert [(row.level, row.item.path) for row in rows if row.item] == [(3, "/b/one"), (3, "/B/three"), (2, "/a")]
    assert len([row for row in folders(NUMBERS, [ROOT, TWO, ONE, THREE], set(), all_open=True) if row.item]) == 4


def test_of_a_large_folder_some_are_shown_and_all_are_counted(site_on_each: Site) -> None:
    with Rows(site_on_each.url) as rows:
        rows.put([a_job(f"/Large/job{number:03}", enabled=number > 2) for number in range(120)], a_job("/large/in/job"))
    page = tree(site_on_each.get("/s/demo/folders/jobs?open=/large/"))
    folders_shown = [" ".join(row.text_content().split()) for row in page.xpath('//tr[starts-with(@id, "folder-")]')]
    [large] = [text for text in folders_shown if "folder Large" in text]
    assert large.endswith("list 121 3 stopped")
    assert any("Level 3, folder in list 1" in text for text in folders_shown)
    assert len(page.xpath('//tr[starts-with(@id, "item-")]')) == 100


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
