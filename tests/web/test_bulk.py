"""One action on many objects: confirmed once, run one by one, with progress, results, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from models import audit, operations
from models.roles import Assignment
from scheduler.records import NodeAction, OrderOrigin, OrderState
from tests.support.batches import fields, over
from tests.support.command_server import CommandServer, refusal
from tests.support.rows import Rows, a_chain, a_job, an_order
from tests.support.waiting import wait_until
from tests.support.web_site import Site, an_account, tree, words
from web import batches, database
from web.actions.verbs import VERBS


def confirmed(site: Site, address: str, **given: object) -> TestResponse:
    page = site.post(address, **given)
    assert page.status_code == 200, page.text
    return site.client.post(address, data={**fields(page), "reason": "Maintenance", **given.get("more", {})})  # type: ignore[dict-item]


def test_what_is_ticked_is_done_one_by_one_and_what_makes_no_sense_is_left_out(
    site: Site, engine_port: CommandServer
) -> None:
    objects = ["/sales/load", "/sales/check", "/sales/archive", "/no/such"]
    page = site.post("/s/demo/bulk/job", verb="stop", object=objects)
    assert "Stop job: 2 jobs" in words(page)
    assert "/sales/archive is stopped already" in words(page)
    assert engine_port.commands == []
    answer = site.client.post("/s/demo/bulk/job", data={**fields(page), "reason": "Patch"})
    assert answer.status_code == 303
    text = over(site, answer.location)
    assert "2 of 2, 2 done" in text
    assert [command.get("job") for command in engine_port.sent("modify_job")] == ["/sales/load", "/sales/check"]
    with site.app.app_context():
        entries = audit.entries(database.read(), "demo", limit=10)
    assert {(entry.object, entry.reason) for entry in entries} == {("/sales/load", "Patch"), ("/sales/check", "Patch")}


def test_the_same_form_sent_twice_runs_once(site: Site, engine_port: CommandServer) -> None:
    page = site.post("/s/demo/bulk/job", verb="stop", object=["/sales/load"])
    form = {**fields(page), "reason": "Patch"}
    first, second = (site.client.post("/s/demo/bulk/job", data=form) for _ in range(2))
    assert first.location == second.location
    over(site, first.location)
    assert len(engine_port.sent("modify_job")) == 1


@pytest.mark.parametrize(
    ("kind", "verb", "names", "tag"),
    [
        ("job", "stop", ["/sales/load", "/sales/check"], "modify_job"),
        ("order", "suspend", ["/sales/daily,late", "/sales/daily,next"], "modify_order"),
        ("chain", "stop", ["/sales/daily"], "job_chain.modify"),
    ],
)
def test_all_of_them_are_held_until_the_same_instant(
    site: Site, engine_port: CommandServer, kind: str, verb: str, names: list[str], tag: str
) -> None:
    page = site.post(f"/s/demo/bulk/{kind}", verb=verb, object=names)
    [field] = tree(page).xpath("//input[@name='until']")
    assert field.get("hx-get") == "/s/demo/when"
    form = {**fields(page), "reason": "Disks"}
    for wrong, sentence in (("soon", "This is no start time"), ("now+1:75", "SCHEDULER-")):
        refused = site.client.post(f"/s/demo/bulk/{kind}", data={**form, "until": wrong})
        assert refused.status_code == 422
        assert sentence in words(refused)
        assert tree(refused).xpath("//input[@name='until']/@value") == [wrong]
    assert engine_port.commands == []
    before = datetime.now(UTC)
    answer = site.client.post(f"/s/demo/bulk/{kind}", data={**form, "until": " now + 01:30"})
    over(site, answer.location)
    sent = engine_port.sent(tag)
    assert len(sent) == len(tree(page).xpath("//details[1]//li"))
    [end] = {command.get("until") for command in sent}
    assert end is not None
    assert timedelta(minutes=90) - timedelta(seconds=1) <= datetime.fromisoformat(end) - before
    assert {command.get("author") for command in sent} == {"admin"}


def test_what_holds_nothing_asks_no_end(site: Site, engine_port: CommandServer) -> None:
    for kind, verb, name in (("job", "start-now", "/sales/load"), ("order", "resume", "/sales/daily,late")):
        page = site.post(f"/s/demo/bulk/{kind}", verb=verb, object=name)
        assert page.status_code == 200
        assert not tree(page).xpath("//input[@name='until']")


def test_a_reason_is_asked_for(site: Site, engine_port: CommandServer) -> None:
    page = site.post("/s/demo/bulk/job", verb="stop", object=["/sales/load"])
    answer = site.client.post("/s/demo/bulk/job", data={**fields(page), "reason": ""})
    assert answer.status_code == 422
    assert "Say why" in words(answer)
    assert engine_port.commands == []


def test_many_are_chosen_by_the_filter_and_their_number_is_typed(site: Site, engine_port: CommandServer) -> None:
    with Rows(site.url) as rows:
        rows.put([a_job(f"/many/job{number:02}") for number in range(30)])
    address = "/s/demo/bulk/job?q=folder:/many"
    page = site.post(address, verb="stop", all="yes")
    assert "Stop job: 30 jobs" in words(page)
    form = {**fields(page), "reason": "Night"}
    assert "Type 30 to confirm." in words(site.client.post(address, data=form))
    answer = site.client.post(address, data={**form, "typed": "30"})
    assert "30 of 30, 30 done" in over(site, answer.location)
    assert len(engine_port.sent("modify_job")) == 30


def test_a_filter_that_is_not_understood_does_not_become_everything(site: Site) -> None:
    assert site.post("/s/demo/bulk/job?q=colour:blue", verb="stop", all="yes").status_code == 400


def test_what_failed_is_repeated_and_the_rest_is_not(site: Site, engine_port: CommandServer) -> None:
    bad = {"/sales/check"}
    engine_port.reply = lambda command: (
        refusal("SCHEDULER-204", "in error") if command.get("job") in bad else "<ok/>"
    )
    answer = confirmed(site, "/s/demo/bulk/job", verb="stop", object=["/sales/load", "/sales/check"])
    text = over(site, answer.location)
    assert "1 done" in text
    assert "1 refused" in text
    assert "SCHEDULER-204" in text
    bad.clear()
    again = site.post(f"{answer.location}/retry")
    assert again.status_code == 303
    assert "2 of 2, 2 done" in over(site, answer.location)
    assert [command.get("job") for command in engine_port.sent("modify_job")] == [
        "/sales/load", "/sales/check", "/sales/check"
    ]  # fmt: skip


def test_a_batch_is_stopped_and_continued(site: Site, engine_port: CommandServer) -> None:
    with Rows(site.url) as rows:
        rows.put([a_job(f"/many/job{number:02}") for number in range(20)])
    page = site.post("/s/demo/bulk/job", verb="stop", object=[f"/many/job{number:02}" for number in range(20)])
    form = {**fields(page), "reason": "x"}
    [key] = form["key"]
    sent: list[object] = []

    def reply(command: object) -> str:
        sent.append(command)
        if len(sent) == 3:
            with site.app.app_context(), database.writing() as connection:
                operations.stop_batch(connection, f"1.{key}", datetime.now(UTC))
        return "<ok/>"

    engine_port.reply = reply
    answer = site.client.post("/s/demo/bulk/job", data=form)
    text = wait_until(
        lambda: (found := words(site.get(answer.location))) and "Continue" in found and found, 20, "the stop"
    )
    assert "20 of 20" not in text
    site.post(f"{answer.location}/continue")
    assert "20 of 20, 20 done" in over(site, answer.location)
    assert len(engine_port.sent("modify_job")) == 20


def test_what_others_have_done_to_many_is_shown_to_who_sees_the_audit_of_all_folders(site: Site) -> None:
    batch = confirmed(site, "/s/demo/bulk/job", verb="stop", object=["/sales/load", "/housekeeping/check_disk"])
    over(site, batch.location)
    for name, folder, status in (("vera", "/", 200), ("kim", "/housekeeping/", 403)):
        an_account(site.url, name, Assignment("auditor", "", folder))
        site.enter(name)
        assert site.get(batch.location).status_code == status, name


@pytest.mark.parametrize(("kind", "verb"), [("job", "explode"), ("task", "kill"), ("moon", "stop")])
def test_what_cannot_be_done_to_many_is_not_there(site: Site, kind: str, verb: str) -> None:
    assert site.post(f"/s/demo/bulk/{kind}", verb=verb, object=["/a"]).status_code == 404


def test_orders_and_chains_are_taken_too(site: Site, engine_port: CommandServer) -> None:
    objects = ["/sales/daily,late", "/sales/daily,next"]
    page = site.post("/s/demo/bulk/order", verb="resume", object=objects)
    assert "Resume: 1 order" in words(page)
    assert "is not suspended" in words(page)
    answer = site.client.post("/s/demo/bulk/order", data=fields(page))
    over(site, answer.location)
    [command] = engine_port.sent("modify_order")
    assert (command.get("order"), command.get("suspended")) == ("late", "no")
    page = site.post("/s/demo/bulk/chain", verb="stop", object=["/sales/daily"])
    answer = site.client.post("/s/demo/bulk/chain", data={**fields(page), "reason": "Test"})
    over(site, answer.location)
    assert len(engine_port.sent("job_chain.modify")) == 1


def test_all_temporary_orders_of_a_chain_are_removed_and_permanent_ones_are_named_as_left(
    site: Site, engine_port: CommandServer
) -> None:
    with Rows(site.url) as rows:
        rows.put([*a_chain("/crowd")[1], a_chain("/crowd")[0]])
        rows.put([an_order(f"by hand {number:03}", "/crowd") for number in range(70)])
        rows.put([
            an_order("of a file", "/crowd", origin=OrderOrigin.FILE_ORDER),
            an_order("every night", "/crowd", origin=OrderOrigin.PERMANENT),
            an_order("goes", "/crowd", state=OrderState.RUNNING, task_id=7, removed=True),
        ])  # fmt: skip
    [address] = {
        link
        for page in ("/s/demo/chains/crowd", "/s/demo/menu/chain?name=/crowd", "/s/demo/orders?chain=/crowd")
        for link in tree(site.get(page)).xpath('//a[contains(., "Remove all temporary orders")]/@href')
    }
    page = site.get(address)
    text = words(page)
    assert "Remove all temporary orders: 71 orders" in text
    assert "/crowd, every night is permanent and stays" in text
    assert "/crowd, goes goes as soon as its step has ended" in text
    form = {**fields(page), "reason": "Sent twice"}
    assert "Type 71 to confirm." in words(site.client.post(address, data=form))
    assert "Say why" in words(site.client.post(address, data={**form, "typed": "71", "reason": ""}))
    assert engine_port.commands == []
    answer = site.client.post(address, data={**form, "typed": "71"})
    assert "71 of 71, 71 done" in over(site, answer.location)
    sent = {str(command.get("order")) for command in engine_port.sent("remove_order")}
    assert sent == {"of a file", *(f"by hand {number:03}" for number in range(70))}
    with site.app.app_context():
        entries = audit.entries(database.read(), "demo", limit=100)
    assert {(entry.action, entry.reason) for entry in entries} == {("order.remove", "Sent twice")}


def test_who_may_not_remove_orders_is_not_offered_to_clear_a_chain(site: Site) -> None:
    an_account(site.url, "looker", Assignment("viewer"))
    site.enter("looker")
    assert "Remove all temporary orders" not in site.get("/s/demo/chains/sales/daily").text
    assert site.get("/s/demo/bulk/order/temporary?chain=/sales/daily").status_code == 403
    assert site.get("/s/demo/bulk/order/temporary?chain=/no/such").status_code == 404


def test_what_is_hidden_cannot_be_done_to_many_either(site: Site) -> None:
    site.post("/admin/settings", "/admin/settings", **{"ui.hide.order.remove": "yes", "reasons": "x"})
    assert site.get("/s/demo/bulk/order/temporary?chain=/sales/daily").status_code == 404
    assert site.post("/s/demo/bulk/order", verb="remove", object=["/sales/daily,late"]).status_code == 404


def test_the_orders_of_a_chain_on_all_its_pages_are_taken_at_once(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put([*a_chain("/crowd")[1], a_chain("/crowd")[0]])
        rows.put([an_order(f"{number:03}", "/crowd") for number in range(70)])
    [form] = tree(site.get("/s/demo/chains/crowd")).xpath('//form[@id="bulk"]')
    assert "all 70 that match" in form.text_content()
    page = site.post(form.get("action"), verb="suspend", all="yes")
    assert "Suspend: 70 orders" in words(page)


def test_the_number_is_typed_where_one_alone_asks_for_its_name(site: Site, engine_port: CommandServer) -> None:
    page = site.post("/s/demo/bulk/order", verb="remove", object=["/sales/daily,late", "/sales/daily,next"])
    form = {**fields(page), "reason": "Test"}
    assert "Type 2 to confirm." in words(site.client.post("/s/demo/bulk/order", data=form))
    assert engine_port.commands == []
    over(site, site.client.post("/s/demo/bulk/order", data={**form, "typed": "2"}).location)
    assert len(engine_port.sent("remove_order")) == 2


def test_every_verb_of_the_bar_exists() -> None:
    named = [("job", batches.OF_JOBS[verb]) if verb in batches.OF_JOBS else (kind, verb)
             for kind, verbs in batches.BULK.items() for verb in verbs]  # fmt: skip
    assert set(named) <= set(VERBS)


def nodes_page(site: Site, address: str = "/s/demo/chains/sales/daily") -> dict[str, str]:
    "State of each node that can be ticked -> the verbs that make sense for it."
    boxes = tree(site.get(address)).xpath("//input[@form='bulk-nodes'][@name='object']")
    return {box.get("value").partition(",")[2]: box.get("data-can") for box in boxes}


def test_nodes_are_stopped_skipped_and_put_back_together(site: Site, engine_port: CommandServer) -> None:
    "And so are their jobs; each job once, however many of the nodes it has."
    chain, nodes = a_chain("/sales/long", "/sales/load")
    nodes[1] = replace(nodes[1], action=NodeAction.STOP)
    with Rows(site.url) as rows:
        rows.put(chain, nodes)
    address, names = "/s/demo/bulk/node", [f"/sales/long,{state}" for state in ("first", "second", "done")]
    assert nodes_page(site, "/s/demo/chains/sales/long") == {
        "first": "stop skip stop-job", "second": "skip process stop-job",
    }  # fmt: skip
    page = site.post(address, verb="stop", object=names)
    for sentence in ("Stop node: 1 node", "/sales/long, second is stopped already", "/sales/long, done is an end"):
        assert sentence in words(page)
    assert tree(page).xpath("//input[@name='until']")
    for verb, wanted in {
        "stop": [("first", "stop")], "skip": [("first", "next_state"), ("second", "next_state")],
        "process": [("second", "process")],
    }.items():  # fmt: skip
        answer = confirmed(site, address, verb=verb, object=names)
        assert f"{len(wanted)} of {len(wanted)}, {len(wanted)} done" in over(site, answer.location), verb
        sent = engine_port.sent("job_chain_node.modify")[-len(wanted) :]
        assert [(each.get("state"), each.get("action")) for each in sent] == wanted
    page = site.post(address, verb="stop-job", object=names)
    assert "Stop job: 1 job" in words(page)
    answer = site.client.post(address, data={**fields(page), "reason": "Patch"})
    over(site, answer.location)
    assert [command.get("job") for command in engine_port.sent("modify_job")] == ["/sales/load"]
    page = site.post(address, verb="unstop-job", object=names)
    assert "its job is not stopped" in words(page)
    assert site.post(address, verb="explode", object=names).status_code == 404


def test_states_of_nodes_differ_by_letter_case_and_a_job_runs_at_any_of_its_nodes(site: Site) -> None:
    chain, nodes = a_chain("/sales/cases", "/sales/load")
    nodes[1] = replace(nodes[1], definition=replace(nodes[1].definition, state="First", job="/Sales/Load"))
    with Rows(site.url) as rows:
        rows.put(chain, nodes, an_order("7", "/sales/cases", node="First", state=OrderState.RUNNING))
    names = ["/sales/cases,first", "/sales/cases,First", "/sales/cases,first"]
    assert "Stop node: 2 nodes" in words(site.post("/s/demo/bulk/node", verb="stop", object=names))
    text = words(site.post("/s/demo/bulk/node", verb="stop-job", object=names))
    assert "Stop job: 1 job" in text
    assert "1 running" in text


def test_nodes_are_ticked_by_those_who_may_change_them(site: Site, engine_port: CommandServer) -> None:
    an_account(site.url, "vera", Assignment("viewer"))
    site.enter("vera")
    assert nodes_page(site) == {}
    assert site.post("/s/demo/bulk/node", verb="stop", object=["/sales/daily,first"]).status_code == 403
    an_account(site.url, "olga", Assignment("viewer"), Assignment("operator", "", "/housekeeping/"))
    site.enter("olga")
    answer = confirmed(site, "/s/demo/bulk/node", verb="stop", object=["/sales/daily,first"])
    assert "0 of 0" in over(site, answer.location), "she may stop other nodes, not this one"
    assert engine_port.commands == []
