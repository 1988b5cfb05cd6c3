"Lists of orders by what is done with them, where parameters come from, and lists of jobs that never ran."

from __future__ import annotations

from dataclasses import replace

import pytest

from models.roles import Assignment
from scheduler.definitions import OrderDefinition
from scheduler.kept_params import kept
from scheduler.params import Params
from scheduler.records import FileState, ObjectKind, OrderState, SourceFile
from scheduler.states import OrderOrigin, RunCause
from tests.support.rows import Rows, a_chain, a_file, a_job, a_task, ago, an_order
from tests.support.web_site import Site, an_account, tree, words
from web.order_params import (
    ADDED,
    ADDED_BY_JOB,
    BY_JOB,
    CHANGED,
    GIVEN,
    OF_COMMAND,
    OF_FILE,
    OF_ORDER,
    OF_PLAN,
    OF_WATCHED,
    OTHER_BY_JOB,
    origins,
)

SOURCE = '<order><params><param name="Limit" value="3"/><param name="mode" value="full"/></params></order>'


@pytest.mark.parametrize(
    ("values", "source", "found"),
    [
        ({"params": {"limit": "3", "mode": "fast", "own": "1"}, "params_given": None}, SOURCE,
         {"limit": OF_FILE, "mode": CHANGED, "own": ADDED}),
        ({"params": {"limit": "4", "mode": "fast", "own": "1"}, "params_given": Params({"Limit": "4"})}, SOURCE,
         {"limit": GIVEN, "mode": OTHER_BY_JOB, "own": ADDED_BY_JOB}),
        ({"params": {"limit": "4"}, "params_before": Params({"limit": "3"})}, SOURCE, {"limit": OF_PLAN}),
        ({"params": {"a": "b"}}, "", {"a": OF_COMMAND}),
        ({"params": {"scheduler_file_path": "/x", "a": "b"}, "origin": OrderOrigin.FILE_ORDER}, "",
         {"scheduler_file_path": OF_WATCHED, "a": OF_COMMAND}),
        ({"params": {"a": "b"}}, "<order", {"a": ADDED_BY_JOB}),
        ({"params": {"a": "b"}, "params_given": Params({"a": "c"})}, "", {"a": OF_COMMAND}),
    ],
)  # fmt: skip
def test_a_parameter_tells_where_it_comes_from(
    values: dict[str, object], source: str, found: dict[str, str]
) -> None:
    assert origins(an_order("1", **values), source) == found


def test_what_a_job_has_changed_since_the_run_began_is_told_apart() -> None:
    order = an_order("1", params={"a": "2", "b": "1", "db_password": "x"})
    begun = kept(Params({"a": "1", "b": "1", "db_password": "x"}))
    assert origins(order, "", begun) == {"a": BY_JOB, "b": OF_COMMAND, "db_password": OF_COMMAND}


def test_what_the_configuration_of_a_chain_has_given_an_order_that_its_node_added_is_told_apart(site: Site) -> None:
    params = {"Region": "north", "of": "order 7", "own": "1", "First/limit": "3", "dir/name": "x"}
    order = an_order("9", "/sales/daily", cause=RunCause.ORDER, params=params)
    plugin = "xmlns:o='https://jobscheduler-plugins.sos-berlin.com/NodeOrderPlugin'"
    given = "".join(f"<o:param o:name='{name}' o:value='{value}'/>" for name, value in
                    (("region", "north"), ("of", "order ${ORDER_ID}"), ("own", "2")))  # fmt: skip
    added = f"<o:add_order o:job_chain='/sales/daily'><o:params>{given}</o:params></o:add_order>"
    codes = f"<on_return_codes><on_return_code>{added}</on_return_code></on_return_codes>"
    source = f"<job_chain {plugin}><job_chain_node state='north'>{codes}</job_chain_node></job_chain>"
    chain, _ = a_chain("/hidden/adding")
    file = a_file(chain)
    with Rows(site.url) as rows:
        rows.put(order, replace(file, definition=replace(chain.definition, source=source)))
    page = tree(site.get("/s/demo/orders/sales/daily/-/9"))
    given = "node north of the job chain /hidden/adding, which added the order"
    found = page.xpath('//section[@aria-labelledby="h-params"]//tbody/tr/td[last()]/span/text()')
    assert dict(zip(page.xpath('//section[@aria-labelledby="h-params"]//th//code/text()'), found, strict=True)) == {
        "Region": given, "of": given, "own": OF_ORDER,
        "First/limit": f"{OF_ORDER}; only for the shell job at node first", "dir/name": OF_ORDER,
    }  # fmt: skip
    an_account(site.url, "looks", Assignment("viewer", "", "/sales/"))
    site.enter("looks")
    said = words(site.get("/s/demo/orders/sales/daily/-/9"))
    assert "north" in said
    assert "/hidden" not in said


@pytest.fixture
def orders(site: Site) -> Site:
    definition = replace(OrderDefinition("/sales/daily", "kept"), source=SOURCE)
    with Rows(site.url) as rows:
        rows.put(SourceFile(ObjectKind.ORDER, "/sales/daily,kept", "x.xml", ago(500), FileState.ACTIVE, definition))
        rows.put(a_task(80, "/sales/load", chain="/sales/daily", order_id="kept", member_id="beta", started_at=ago(5)))
        rows.put(
            an_order(
                "kept", "/sales/daily", origin=OrderOrigin.PERMANENT, params={"mode": "fast", "limit": "3"}, task_id=80,
                params_given=Params({"mode": "fast"}),
                state=OrderState.RUNNING, setback_count=2, has_run_time=True, ordering=80, node="first",
            )
        )  # fmt: skip
        rows.put(a_job("/sales/new"))
    return site


def test_a_list_marks_changed_parameters_and_tells_where_an_order_runs(orders: Site) -> None:
    page = tree(orders.get("/s/demo/orders"))
    marked = page.xpath('//tr[contains(., "parameters changed")]')
    assert ["kept" in row.text_content() for row in marked] == [True]
    assert "at beta" in marked[0].text_content()
    assert "2 set-backs" in marked[0].text_content()
    one = words(orders.get("/s/demo/orders/sales/daily/-/kept"))
    assert "a command, later" in one
    assert "its starts today" in one


@pytest.mark.parametrize(
    ("state", "there", "absent"),
    [("active", "kept", "late"), ("held", "late", "kept"), ("blacklisted", "nothing was left over", "kept")],
)
def test_tabs_show_what_is_active_and_what_is_held(orders: Site, state: str, there: str, absent: str) -> None:
    page = tree(orders.get(f"/s/demo/orders?state={state}"))
    said = page.xpath('string(//section[@aria-label="Orders"])')
    ids = [str(each) for each in page.xpath('//section[@aria-label="Orders"]//div[@class="name"]/a/text()')]
    assert there in ids or there in said
    assert absent not in ids
    assert page.xpath('//nav[@class="tabs"]/a[@aria-current]/@href') == [f"/s/demo/orders?state={state}"]


def test_ended_orders_are_found_beside_those_of_other_states(orders: Site) -> None:
    with Rows(orders.url) as rows:
        rows.put(an_order("over", "/sales/daily", state=OrderState.ENDED, ordering=90))
    for wanted, there, absent in (("ended,running", {"over", "kept"}, {"late"}), ("running", {"kept"}, {"over"})):
        page = tree(orders.get(f"/s/demo/orders?q=state:{wanted}"))
        ids = {str(each) for each in page.xpath('//section[@aria-label="Orders"]//div[@class="name"]/a/text()')}
        assert there <= ids
        assert not absent & ids


def test_an_order_is_added_from_the_list(orders: Site) -> None:
    for chain, leads in (("/sales/daily", "/s/demo/chains/sales/daily/-/add-order"), ("/no", "/s/demo/orders")):
        answer = orders.client.get("/s/demo/orders/-/add", query_string={"chain": chain})
        assert (answer.status_code, answer.headers["Location"]) == (303, leads)


def test_jobs_that_never_ran_or_have_tasks_are_found(orders: Site) -> None:
    never, busy = (words(orders.get(f"/s/demo/jobs?state={state}")) for state in ("never", "busy"))
    assert "new" in never
    assert "/sales/load" not in never
    assert "/sales/ load" in busy or "/sales/load" in busy
    last = words(orders.get("/s/demo/jobs/sales/load"))
    assert "Last error" in last


def test_an_empty_list_of_one_chain_speaks_of_this_chain_only(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(*a_chain("/calm"), an_order("left", "/sales/daily", state=OrderState.BLACKLISTED, ordering=9))
    for query, said in (
        ("", "No order is in this chain."), ("&state=held", "No order of this chain is set back or suspended, as of"),
        ("&state=blacklisted", "No order of this chain is blacklisted, as of"),
    ):  # fmt: skip
        page = words(site.get(f"/s/demo/orders?chain=/calm{query}"))
        assert said in page
        assert "There is no order" not in page
        assert "nothing was left over" not in page
