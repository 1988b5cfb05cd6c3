"What the drawing of a chain shows: directories that feed it, the chosen node and its past, chains inside."

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from models.roles import Assignment
from scheduler.definitions import OrderDefinition
from scheduler.definitions.job_chain import SINK_JOB, FileOrderSink, NodeDefinition
from scheduler.records import JobChain, Node, OrderState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_chain, a_failed_task, a_file, a_job, a_run, ago, an_order
from tests.support.web_site import Site, an_account, tree, words

GRAPH = '//*[contains(@class, "graph-panel")]'
PANEL = '//*[@id="node-panel"]'


@pytest.fixture
def rows(site: Site) -> Iterator[Rows]:
    with Rows(site.url) as rows:
        yield rows


def put(rows: Rows, path: str, definitions: tuple[NodeDefinition, ...], source: str = "<job_chain/>") -> JobChain:
    chain = a_chain(path)[0]
    chain = replace(chain, definition=replace(chain.definition, nodes=definitions, source=source))
    rows.put(chain, a_file(chain), *[Node(path, number, each) for number, each in enumerate(definitions)])
    return chain


def test_the_panel_of_a_node_names_its_orders_and_the_last_runs_of_its_job(site: Site, rows: Rows) -> None:
    rows.put(*[an_order(f"o{number}", "/sales/daily", node="second", ordering=100 + number) for number in range(7)])
    rows.put(a_failed_task(70, "/sales/load"))
    page = tree(site.get("/s/demo/chains/sales/daily?node=second"))
    [panel] = page.xpath(PANEL)
    orders = panel.xpath('.//a[contains(@href, "/orders/sales/daily/")]/text()')
    assert len(orders) == 5
    assert panel.xpath('.//a[.="Show all of them"]/@href') == ["/s/demo/orders?chain=/sales/daily&q=node:second"]
    assert panel.xpath('.//li[.//a[@href="/s/demo/tasks/70"]]/span[contains(., "failed")]')
    [table_row] = page.xpath('//tr[@aria-current="true"]')
    assert table_row.xpath("string(th)") == "second"


def test_directories_of_files_stand_before_their_nodes_and_orders_on_the_way_on_the_edge(
    site: Site, rows: Rows
) -> None:
    source = '<job_chain><file_order_source directory="/in/returns" regex="^r.*$" next_state="b"/></job_chain>'
    job = "/sales/load"
    nodes = (NodeDefinition("a", job, "b", "z"), NodeDefinition("b", job, "z", "z"), NodeDefinition("z"))
    put(rows, "/feeds", nodes, source)
    rows.put(*[an_order(str(n), "/feeds", node="b", state=OrderState.RUNNING, ordering=n) for n in range(3)])
    page = tree(site.get("/s/demo/chains/feeds"))
    [feed] = page.xpath(f'{GRAPH}//*[@class="feed"]')
    assert "Files of /in/returns named ^r.*$ become orders" in feed.xpath("string(.)")
    assert page.xpath(f'{GRAPH}//*[@class="on-edge"]/text()') == ["3"]
    assert len(page.xpath(f'{GRAPH}//a[contains(@class, "node")]')) == 3


def test_orders_in_several_states_are_counted_apart(site: Site, rows: Rows) -> None:
    states = (OrderState.WAITING, OrderState.WAITING, OrderState.SETBACK, OrderState.SUSPENDED)
    rows.put(*[an_order(str(n), "/sales/apart", state=state, ordering=n) for n, state in enumerate(states)])
    put(rows, "/sales/apart", (NodeDefinition("first", "/sales/load", "end", "end"), NodeDefinition("end")))
    [node] = tree(site.get("/s/demo/chains/sales/apart")).xpath(f'{GRAPH}//a[@data-box and contains(., "first")]')
    shapes = [href.partition("#")[2] for href in node.xpath("use/@href")]
    assert dict(zip(shapes[1:], node.xpath('text[@class="counts"]/text()'), strict=True)) == {
        "circle": "2", "retry": "1", "bars": "1",
    }  # fmt: skip
    assert all(part in node.findtext("title") for part in ("2 waiting", "1 set back", "1 suspended"))


def test_a_chain_in_a_node_is_drawn_in_its_panel(site: Site, rows: Rows) -> None:
    put(rows, "/outer", (NodeDefinition("in", next_state="z", job_chain="/sales/daily"), NodeDefinition("z")))
    page = tree(site.get("/s/demo/chains/outer?node=in"))
    inside = page.xpath(f'{PANEL}//a[contains(@class, "node")]/@href')
    assert "/s/demo/chains/sales/daily?node=first#node-panel" in inside
    assert len(page.xpath("//@id")) == len(set(page.xpath("//@id")))


def test_orders_in_the_chains_inside_are_shown_with_the_outer_chain(site: Site, rows: Rows) -> None:
    put(rows, "/outer", (NodeDefinition("in", next_state="z", job_chain="/sales/daily"), NodeDefinition("z")))
    rows.put(
        an_order("n", "/sales/daily", outer_chain="/Outer", outer_node="in"),
        a_run(90, "/sales/daily", "through"),
    )
    answer = site.get("/s/demo/chains/outer?node=in")
    assert "1 waiting" in words(answer)
    page = tree(answer)
    inside = "/s/demo/orders/sales/daily/-/n"
    assert page.xpath(f'//table//a[@href="{inside}"]')
    assert page.xpath(f'{PANEL}//a[@href="{inside}"]')
    assert "Its runs are told with the chains inside it: /sales/daily" in words(answer)
    assert site.get("/s/demo/orders/outer/-/through").location == "/s/demo/orders/sales/daily/-/through"
    assert site.get("/s/demo/orders/outer/-/never").status_code == 404


def test_an_order_in_a_nested_chain_has_the_file_and_the_starts_of_the_chain_around(
    site: Site, rows: Rows, engine_port: CommandServer
) -> None:
    rows.put(an_order("night", "/sales/daily", outer_chain="/outer", outer_node="in", has_run_time=True, ordering=9))
    rows.put(a_file(OrderDefinition("/outer", "night", source='<order title="Of the night"/>')))
    answer = f'<calendar><at at="{ago(-7200):%FT%TZ}" job_chain="/outer" order="night"/></calendar>'
    engine_port.reply = lambda command: answer if command.tag == "show_calendar" else "<ok/>"
    page = site.get("/s/demo/orders/sales/daily/-/night")
    assert 'title="Of the night"' in words(page)
    assert "/s/demo/plan?q=/outer,night" in tree(page).xpath("//a/@href")
    assert len(tree(page).xpath('//section[contains(., "Start times of the next seven days")]//tr[@data-row]')) == 1
    an_account(site.url, "clerk", Assignment("operator", folder="/sales/"))
    site.enter("clerk")
    page = site.get("/s/demo/orders/sales/daily/-/night")
    assert "Of the night" not in words(page)
    assert "/outer" not in page.text


def test_nodes_without_a_job_of_the_configuration_and_with_one_that_is_stopped_or_missing_say_so(
    site: Site, rows: Rows
) -> None:
    nodes = (
        NodeDefinition("in", next_state="gone", job_chain="/sales/daily"),
        NodeDefinition("gone", "/sales/gone", "held"),
        NodeDefinition("held", "/sales/archive", "sink"),
        NodeDefinition("sink", SINK_JOB, sink=FileOrderSink(remove=True)),
    )
    put(rows, "/mixed", nodes)
    [row] = tree(site.get("/s/demo/chains?q=mixed&show=nodes")).xpath('//tr[.//a[.="mixed"]]')
    shown = row.xpath('td[@data-label="By state"]//div[@class="small"]')
    assert [" ".join(each.text_content().split()) for each in shown] == [
        "in job chain /sales/daily", "gone /sales/gone job missing", "held /sales/archive job stopped",
        "sink file order sink",
    ]  # fmt: skip
    for address in ("/chains?q=mixed&show=nodes", "/chains/mixed?node=sink", "/chains/mixed?part=drawer"):
        answer = site.fragment(f"/s/demo{address}") if "part" in address else site.get(f"/s/demo{address}")
        assert "file order sink" in words(answer)
        assert tree(answer).xpath(f'//a[contains(@href, "{SINK_JOB}")]') == [], "it has no page"
    assert "job missing" in tree(site.get("/s/demo/chains/mixed?node=gone")).xpath(f"string({PANEL}/header)")


def test_of_a_long_chain_the_part_at_work_is_drawn_and_a_picture_shows_where_it_lies(site: Site, rows: Rows) -> None:
    nodes = (*[NodeDefinition(f"s{n}", "/sales/load", f"s{n + 1}") for n in range(80)], NodeDefinition("s80"))
    put(rows, "/long", nodes)
    rows.put(a_job("/sales/load", order=True), an_order("1", "/long", node="s40", state=OrderState.RUNNING))
    answer = site.get("/s/demo/chains/long")
    page = tree(answer)
    drawn = {link.rpartition("=")[2].partition("#")[0] for link in page.xpath(f'{GRAPH}//a[@data-box]/@href')}
    assert drawn == {"s38", "s39", "s40", "s41", "s42"}
    [whole] = page.xpath(f'{GRAPH}//*[@class="whole"]')
    assert whole.get("aria-label") == "81 nodes, of which 5 are drawn below"
    marked = [number for number, each in enumerate(whole.xpath("*")) if each.get("class") == "drawn"]
    assert marked == [38, 39, 40, 41, 42]
    assert "76 nodes are not drawn" in words(answer)


def test_the_menu_of_a_node_offers_what_can_be_done_with_it(site: Site) -> None:
    text = words(site.fragment("/s/demo/menu/node?name=/sales/daily,second"))
    assert "Stop node" in text
    assert site.fragment("/s/demo/menu/node?name=/sales/daily,done").status_code == 404
    # and without script it is a page
    assert "Stop node" in words(site.get("/s/demo/menu/node?name=/sales/daily,second"))
    assert site.get("/s/demo/menu/job?name=/sales/load&to=log").location == "/s/demo/tasks/12/-/log"
