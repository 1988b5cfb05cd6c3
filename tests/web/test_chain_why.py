"A chain that is stopped and a node that does not work answer why, in a dialog or on the page; no engine is asked."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.roles import Assignment
from scheduler.definitions import JobChainDefinition, NodeDefinition
from scheduler.errors import Problem
from scheduler.hold import Hold, HoldKind
from scheduler.records import ChainState, JobChain, Node, NodeAction
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_file, a_job, stopped
from tests.support.web_site import Site, an_account, tree, words

CHAIN = "/s/demo/chains/shop/close"
UNTIL = datetime(2030, 3, 9, 6, 0, tzinfo=UTC)
JOBS = {"one": "/shop/count", "two": "/shop/sum", "three": "/other/none", "four": "/shop/sum", "five": "/shop/count"}
ERROR = Problem("SCHEDULER-280", "The process ended with exit code 3")
#: what is asked of the chain (empty) or a node -> the answer
ANSWERS = {
    "": "Why chain /shop/close does not run The job chain is stopped until 2030-03-09",
    "one": "Why node one does not run The node is stopped",
    "two": f"Why node two does not run The job is stopped; last error: SCHEDULER-280 {ERROR.text} /shop/sum",
    "three": "Why node three does not run The job does not exist /other/none",
    "four": "Why node four does not run The node is skipped until 2030-03-09",
    "five": "Why node five does not run Nothing is known to stand in its way.",
    "six": "Why node six does not run The job chain has no node 'six' any more",
}


@pytest.fixture
def shop(site: Site) -> Site:
    """A chain that is stopped, its first node too; the job of the second one was stopped by its errors, that of the
    third one is not there, and the fourth one is skipped, so that its job does not matter."""
    definitions = (*(NodeDefinition(state, job, "done", "done") for state, job in JOBS.items()), NodeDefinition("done"))
    chain = JobChain(JobChainDefinition("/shop/close", definitions, source="<job_chain/>"))
    nodes = [Node(chain.path, place, each) for place, each in enumerate(definitions)]
    total = replace(stopped(a_job("/shop/sum", order=True)), problem=ERROR)
    with Rows(site.url) as rows:
        rows.put(chain, nodes, a_job("/shop/count", order=True), total)
    for address, reason in (("", "Stocktaking"), ("/-/node/one", "No paper")):
        form = f"{CHAIN}{address}/-/stop"
        assert site.post(form, form_page=form, reason=reason).status_code == 303
    nodes[0], nodes[3] = replace(nodes[0], action=NodeAction.STOP), replace(nodes[3], action=NodeAction.NEXT_STATE)
    ends = [Hold(HoldKind.JOB_CHAIN, chain.path, UNTIL), Hold(HoldKind.NODE, f"{chain.path},four", UNTIL)]
    with Rows(site.url) as rows:
        rows.put(replace(chain, state=ChainState.STOPPED), nodes, ends)
    return site


@pytest.mark.parametrize("node", ANSWERS)
def test_the_answer_says_what_it_is_who_put_it_there_and_until_when(
    shop: Site, engine_port: CommandServer, node: str
) -> None:
    before = len(engine_port.commands)
    answer = shop.fragment(f"{CHAIN}?part=why&node={node}")
    said = words(answer)
    assert said.startswith(ANSWERS[node]), said
    reason = {"": "Stocktaking", "one": "No paper"}.get(node)
    assert ("by admin, " in said) == (reason is not None)
    assert reason is None or f": {reason}" in said
    assert tree(answer).xpath('//div[@class="actions"]/a/@href') == [f"{CHAIN}?node={node}" if node else CHAIN]
    assert len(engine_port.commands) == before


@pytest.mark.parametrize("node", ["", "one", "two", "three", "four"])
def test_without_script_the_page_says_the_same_where_the_state_leads(shop: Site, node: str) -> None:
    [place] = tree(shop.get(f"{CHAIN}?node={node}")).xpath('//*[@id="why"]')
    said = " ".join(place.text_content().split())
    assert said.startswith(ANSWERS[node].partition(" does not run ")[2]), said


def test_the_states_of_lists_are_buttons_that_ask_it(shop: Site) -> None:
    asked = {"": ["one", "two", "three", "four"], "?show=nodes": ["", "one", "two", "three", "four"]}
    for address, nodes in asked.items():
        page = tree(shop.get(CHAIN if not address else f"/s/demo/chains{address}"))
        forms = page.xpath(f'//form[@class="asked"][@action="{CHAIN}#why"]')
        assert [form.xpath("string(input[@name='node']/@value)") for form in forms] == nodes, address
        ends = [form.xpath("string(button[@data-why]/@hx-get)").partition("?part=why")[2] for form in forms]
        assert ends == [f"&node={node}" if node else "" for node in nodes]
    labels = page.xpath('//form[@class="asked"]/button/@aria-label')
    assert labels[0] == "stopped. Why does chain /shop/close not run?"
    assert labels[1] == "stopped. Why does node one not run?"
    assert "/s/demo/chains/sales/daily#why" not in page.xpath("//form/@action"), "nothing keeps that one"


def test_a_chain_that_is_gone_is_told_as_such(site: Site) -> None:
    assert "The job chain does not exist" in words(site.fragment("/s/demo/chains/none?part=why"))


def test_the_chain_beside_the_list_says_the_same(shop: Site) -> None:
    said = words(shop.fragment(f"{CHAIN}?part=drawer"))
    assert "The job chain is stopped until 2030-03-09" in said
    assert "/other/none job missing" in said


UNREADABLE = "STELLWERK-050  Directory '/in' cannot be read: No such file or directory"


def test_a_directory_that_cannot_be_read_is_told_by_its_chain(site: Site, engine_port: CommandServer) -> None:
    "Nobody else would: there is no order that could wait."
    definition = JobChainDefinition(
        "/shop/in", (NodeDefinition("one", "/shop/count", "done", "done"), NodeDefinition("done")),
        source='<job_chain><file_order_source directory="/in"/></job_chain>',
    )  # fmt: skip
    chain = JobChain(definition)
    nodes = [Node(chain.path, place, each) for place, each in enumerate(definition.nodes)]
    with Rows(site.url) as rows:
        rows.put(chain, nodes, a_job("/shop/count", order=True), a_file(chain))
    full = '<obstacle kind="max_orders" type="job_chain" object="/shop/in" text="As many orders"/>'
    found = f'<obstacle kind="directory_unreadable" type="directory" object="/in" text="{UNREADABLE}"/>'
    engine_port.reply = lambda command: f"<job_chain><why>{full}{found}</why></job_chain>"
    for said in (words(site.get("/s/demo/chains/shop/in")), words(site.fragment("/s/demo/chains/shop/in?part=drawer"))):
        assert " ".join(UNREADABLE.split()) in said
        assert "As many orders" not in said, "that keeps orders, which say so themselves"
    [*_, asked] = engine_port.sent("show_job_chain")
    assert (asked.get("job_chain"), asked.get("what")) == ("/shop/in", "why")
    german = site.get("/s/demo/chains/shop/in", headers={"Accept-Language": "de"})
    assert "lässt sich nicht lesen" in words(german)


def test_a_job_out_of_sight_is_not_named(shop: Site) -> None:
    an_account(shop.url, "nia", Assignment("viewer", "", "/shop/"))
    shop.enter("nia")
    for node, said in (("three", "Nothing is known"), ("two", "The job is stopped")):
        answer = words(shop.fragment(f"{CHAIN}?part=why&node={node}"))
        assert said in answer
        assert "/other/" not in answer
