"The way of an order: where it was, whether that went well, where it is, what is to come."

from __future__ import annotations

from dataclasses import replace

import pytest

from models.read import NodeRow
from scheduler.records import NodeAction, OrderState
from tests.support.rows import Rows, a_failed_task, a_file, a_job, a_run, a_step, an_order
from tests.support.web_site import Site, tree, words
from web.way import way


def a_node(state: str, then: str = "", error: str = "") -> NodeRow:
    return NodeRow(
        state, 0, "/j" if then else "", then, error, "", False, 0, NodeAction.PROCESS, True, "", False, {}
    )


NODES = [a_node("one", "two", "bad"), a_node("two", "done", "bad"), a_node("done"), a_node("bad")]


@pytest.mark.parametrize(
    ("here", "visited", "told"),
    [
        ("one", {}, "one(here) two done"),
        ("two", {"one": True}, "one(ok) two(here) done"),
        ("two", {"one": True, "two": False}, "one(ok) two(here) done"),
        ("", {"one": True, "two": True, "done": True}, "one(ok) two(ok) done(ok)"),
        ("", {"one": False, "bad": False}, "one(failed) two done bad(failed)"),
    ],
)
def test_stops(here: str, visited: dict[str, bool], told: str) -> None:
    words = {(True, False, False): "(here)", (False, True, False): "(ok)", (False, True, True): "(failed)"}
    stops = way(NODES, here, visited)
    assert " ".join(each.state + words.get((each.here, each.done, each.failed), "") for each in stops) == told


@pytest.mark.parametrize(("last", "told"), [("", "Setbacks2Created"), (' is_maximum="yes"', "Setbacks2 of 5Created")])
def test_an_order_that_is_set_back_says_how_often_that_may_be(site: Site, last: str, told: str) -> None:
    delays = "".join(
        f'<delay_order_after_setback setback_count="{count}" delay="60"{most}/>' for count, most in ((1, ""), (5, last))
    )
    job = a_job("/sales/check", order=True)
    definition = replace(job.definition, source=f'<job order="yes">{delays}<script language="shell">x</script></job>')
    with Rows(site.url) as rows:
        rows.put(a_file(replace(job, definition=definition)))
        rows.put(an_order("2026-11-20", "/sales/daily", state=OrderState.SETBACK, setback_count=2, ordering=5))
    assert told in words(site.get("/s/demo/orders/sales/daily/-/2026-11-20"))


def test_an_order_that_failed_says_so_at_its_head_and_on_its_way(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_failed_task(90, "/sales/load", 3, chain="/sales/daily", order_id="gone", node="first"))
        rows.put(a_run(90, "/sales/daily", "gone", node="failed", failed=True, state_text="no files"))
        rows.put(a_step(90, task_id=90, exit_code=1))
    page = site.get("/s/demo/orders/sales/daily/-/gone")
    assert "it failed and left it" in words(page)
    assert "at failed: no files" in words(page)
    [first] = tree(page).xpath('//*[@class="route"]/li[1]')
    assert "failed" in first.get("class").split()
    assert "(failed)" in first.text_content()
