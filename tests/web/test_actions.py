"""Every action becomes the right command, an audit entry and a message."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from models import audit, connect
from models.audit import Entry
from scheduler.records import OrderState
from tests.support.command_server import CommandServer, refusal
from tests.support.ports import held_port
from tests.support.rows import Rows, a_member, an_order
from tests.support.web_site import Site, tree, words

ORDER = "/s/demo/orders/sales/daily/-/late/-/"
JOB = "/s/demo/jobs/sales/load/-/"
TASK = "/s/demo/tasks/12/-/"
CHAIN = "/s/demo/chains/sales/daily/-/"
NODE = "/s/demo/chains/sales/daily/-/node/second/-/"
ENGINE = "/s/demo/-/"
MEMBER = "/s/demo/cluster/demo.other/-/"
WHY = {"reason": "Maintenance"}
SURE = WHY | {"typed": "demo"}
AN_ORDER = 'job_chain="/sales/daily" order="late"'

COMMANDS: list[tuple[str, dict[str, Any], str]] = [
    (JOB + "start", {}, '<start_job job="/sales/load"/>'),
    (JOB + "start", {"at": "now + 90"}, '<start_job job="/sales/load" at="now+90"/>'),
    (
        JOB + "start",
        {"param_name": ["a", "", "b"], "param_value": ["1 & 2", "", ""]},
        '<start_job job="/sales/load"><params><param name="a" value="1 &amp; 2"/><param name="b" value=""/></params>'
        "</start_job>",
    ),
    (JOB + "stop", WHY, '<modify_job job="/sales/load" cmd="stop"/>'),
    (JOB + "unstop", {}, '<modify_job job="/sales/load" cmd="unstop"/>'),
    (JOB + "start", {"in_period": "yes"}, '<start_job job="/sales/load" force="no"/>'),
    (JOB + "start-now", {}, '<start_job job="/sales/load"/>'),
    (JOB + "end-tasks", WHY, '<modify_job job="/sales/load" cmd="end"/>'),
    (JOB + "suspend-tasks", WHY, '<modify_job job="/sales/load" cmd="suspend"/>'),
    (JOB + "continue-tasks", {}, '<modify_job job="/sales/load" cmd="continue"/>'),
    (
        JOB + "set-run-time",
        WHY | {"run_time": '<run_time><period begin="08:00"/></run_time>'},
        '<modify_job job="/sales/load"><run_time><period begin="08:00"/></run_time></modify_job>',
    ),
    (TASK + "end", WHY, '<kill_task job="/sales/load" id="12"/>'),
    (TASK + "dequeue", WHY, '<kill_task job="/sales/load" id="12"/>'),
    (
        TASK + "terminate",
        WHY | {"seconds": "never"},
        '<kill_task job="/sales/load" id="12" immediately="yes" timeout="never"/>',
    ),
    (
        TASK + "terminate",
        WHY | {"seconds": "30"},
        '<kill_task job="/sales/load" id="12" immediately="yes" timeout="30"/>',
    ),
    (TASK + "terminate", WHY, '<kill_task job="/sales/load" id="12" immediately="yes" timeout="15"/>'),
    (TASK + "kill", WHY | {"typed": "12"}, '<kill_task job="/sales/load" id="12" immediately="yes"/>'),
    (CHAIN + "add-order", {}, '<add_order job_chain="/sales/daily" replace="no"/>'),
    (
        CHAIN + "add-order",
        {
            "order": "x",
            "title": "T",
            "at": "never",
            "state": "second",
            "end_state": "done",
            "priority": "5",
            "param_name": "p",
            "param_value": "v",
        },
        '<add_order job_chain="/sales/daily" id="x" replace="no" title="T" state="second" end_state="done" at="never" '
        'priority="5"><params><param name="p" value="v"/></params></add_order>',
    ),
    (ORDER + "start", {}, f'<modify_order {AN_ORDER} at="now"/>'),
    (ORDER + "suspend", WHY, f'<modify_order {AN_ORDER} suspended="yes"/>'),
    (ORDER + "resume", {}, f'<modify_order {AN_ORDER} suspended="no"/>'),
    (
        ORDER + "resume",
        {"param_name": "p", "param_value": "v"},
        f'<modify_order {AN_ORDER} suspended="no"><params><param name="p" value="v"/></params></modify_order>',
    ),
    (ORDER + "reset", WHY, f'<modify_order {AN_ORDER} action="reset"/>'),
    (ORDER + "start-at", WHY | {"at": "never"}, f'<modify_order {AN_ORDER} at="never"/>'),
    (ORDER + "set-state", WHY | {"state": "second"}, f'<modify_order {AN_ORDER} state="second"/>'),
    (
        ORDER + "set-state",
        WHY | {"state": "second", "end_state": "done", "remove_setback": "yes", "resume": "yes"},
        f'<modify_order {AN_ORDER} state="second" end_state="done" setback="no" suspended="no"/>',
    ),
    (ORDER + "remove-setback", {}, f'<modify_order {AN_ORDER} setback="no"/>'),
    (
        ORDER + "set-run-time",
        WHY | {"run_time": "<run_time/>"},
        f"<modify_order {AN_ORDER}><run_time/></modify_order>",
    ),
    (ORDER + "remove", WHY | {"typed": "late"}, f"<remove_order {AN_ORDER}/>"),
    (CHAIN + "stop", WHY, '<job_chain.modify job_chain="/sales/daily" state="stopped"/>'),
    (CHAIN + "unstop", {}, '<job_chain.modify job_chain="/sales/daily" state="running"/>'),
    (NODE + "stop", WHY, '<job_chain_node.modify job_chain="/sales/daily" state="second" action="stop"/>'),
    (NODE + "skip", WHY, '<job_chain_node.modify job_chain="/sales/daily" state="second" action="next_state"/>'),
    (NODE + "process", {}, '<job_chain_node.modify job_chain="/sales/daily" state="second" action="process"/>'),
    (ENGINE + "pause", WHY, '<modify_spooler cmd="pause"/>'),
    (ENGINE + "continue", {}, '<modify_spooler cmd="continue"/>'),
    (ENGINE + "terminate", WHY | {"timeout": "60"}, '<modify_spooler cmd="terminate" timeout="60"/>'),
    (ENGINE + "restart", WHY, '<modify_spooler cmd="terminate_and_restart"/>'),
    (ENGINE + "abort", SURE, '<modify_spooler cmd="abort_immediately"/>'),
    (ENGINE + "abort-restart", SURE, '<modify_spooler cmd="abort_immediately_and_restart"/>'),
    (ENGINE + "terminate-all", SURE, '<terminate all_schedulers="yes"/>'),
    (ENGINE + "restart-all", SURE | {"timeout": "9"}, '<terminate all_schedulers="yes" restart="yes" timeout="9"/>'),
    (ENGINE + "fail-safe", SURE, '<terminate continue_exclusive_operation="yes"/>'),
    (
        ENGINE + "set-log-category",
        {"category": "scheduler.order"},
        '<scheduler_log.log_categories.set category="scheduler.order" value="yes"/>',
    ),
    (
        ENGINE + "set-log-category",
        {"category": "all", "off": "yes", "delay": "600"},
        '<scheduler_log.log_categories.set category="all" value="no" delay="600"/>',
    ),
    (ENGINE + "rotate-log", {}, '<modify_spooler cmd="rotate_logs"/>'),
    (ENGINE + "reset-log-categories", {"delay": "5"}, '<scheduler_log.log_categories.reset delay="5"/>'),
    (MEMBER + "terminate", WHY, '<terminate cluster_member_id="demo.other"/>'),
    (MEMBER + "restart", WHY, '<terminate cluster_member_id="demo.other" restart="yes"/>'),
    (
        MEMBER + "forget",
        WHY | {"typed": "demo.other"},
        '<terminate cluster_member_id="demo.other" delete_dead_entry="yes"/>',
    ),
]


def entries(site: Site) -> list[Entry]:
    engine = connect.create(site.url, "web")
    with connect.reading(engine) as connection:
        found = audit.entries(connection, "demo")
    engine.dispose()
    return found


def same(one: str, other: str) -> bool:
    return etree.tostring(etree.fromstring(one), method="c14n") == etree.tostring(
        etree.fromstring(other), method="c14n"
    )


def signed(command: str) -> str:
    "With the name that the history keeps of some of them."
    element = etree.fromstring(command)
    if element.tag in ("start_job", "add_order", "modify_order"):
        element.set("author", "admin")
    return etree.tostring(element, encoding="unicode")


@pytest.mark.parametrize(("address", "form", "command"), COMMANDS)
def test_an_action_becomes_its_command(
    site: Site, engine_port: CommandServer, address: str, form: dict[str, Any], command: str
) -> None:
    site.show_all()
    answer = site.post(address, **form)
    assert answer.status_code == 303, words(answer)
    sent = [etree.tostring(one).decode() for one in engine_port.commands]
    command = signed(command)
    assert len(sent) == 1
    assert same(sent[0], command), sent[0]
    [entry] = entries(site)
    assert (entry.account, entry.result_code, entry.address) == ("admin", "", "127.0.0.1")
    assert same(entry.command, command)
    assert entry.reason == form.get("reason", "")


@pytest.mark.parametrize("address", sorted({address for address, _, _ in COMMANDS}))
def test_each_action_has_a_form_of_its_own_for_browsers_without_script(site: Site, address: str) -> None:
    site.show_all()
    page = site.get(address)
    assert page.status_code == 200
    assert tree(page).xpath(f'//form[@method="post"][@action="{address}"]//input[@name="csrf_token"]')
    part = site.fragment(address)
    assert "<html" not in part.text
    assert 'name="csrf_token"' in part.text


@pytest.mark.parametrize(
    ("address", "form"),
    [
        (JOB + "stop", {}),
        (JOB + "start", {"at": "tomorrow"}),
        (JOB + "start", {"at": "never"}),
        (JOB + "start", {"param_name": ["a", "A"], "param_value": ["1", "2"]}),
        (JOB + "start", {"param_name": "", "param_value": "1"}),
        (JOB + "start", {"param_name": "a\x01", "param_value": "1"}),
        (TASK + "terminate", WHY | {"seconds": "soon"}),
        (TASK + "terminate", WHY | {"seconds": "0"}),
        (TASK + "kill", WHY | {"typed": "13"}),
        (CHAIN + "add-order", {"priority": "high"}),
        (CHAIN + "add-order", {"order": "x" * 300}),
        (ORDER + "remove", {"typed": "late"}),
        (ORDER + "remove", WHY),
        (ORDER + "set-state", {}),
        (NODE + "skip", {"reason": "  "}),
        (JOB + "set-run-time", WHY | {"run_time": "<run_time>"}),
        (JOB + "set-run-time", WHY | {"run_time": "<period/>"}),
        (ENGINE + "terminate", WHY | {"timeout": "soon"}),
        (ENGINE + "abort", WHY | {"typed": "other"}),
    ],
)
def test_a_wrong_form_sends_nothing_and_is_shown_again(
    site: Site, engine_port: CommandServer, address: str, form: dict[str, Any]
) -> None:
    answer = site.post(address, **form)
    assert answer.status_code == 422
    assert "Nothing was done." in words(answer)
    assert engine_port.commands == []
    assert entries(site) == []


def test_a_form_that_is_shown_again_keeps_what_was_typed(site: Site) -> None:
    answer = site.post(JOB + "start", at="tomorrow", param_name="region", param_value="north")
    page = tree(answer)
    assert page.xpath('//input[@name="at"]/@value') == ["tomorrow"]
    assert "region" in page.xpath('//input[@name="param_name"]/@value')
    assert "north" in page.xpath('//input[@name="param_value"]/@value')


def test_an_unknown_verb_is_not_found(site: Site) -> None:
    assert site.post(JOB + "explode").status_code == 404
    assert site.get(JOB + "explode").status_code == 404


def test_what_was_done_is_said_with_a_link_to_what_it_made(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: '<ok><task id="77" task="77" job="/sales/load"/></ok>'
    page = site.get(site.post(JOB + "start").location)
    assert "Start was ordered: job /sales/load." in words(page)
    assert tree(page).xpath('//*[@id="flashes"]//a/@href') == ["/s/demo/tasks/77"]


def test_a_refusal_is_shown_with_its_code_and_text(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: refusal("SCHEDULER-217", "Order 'late' is being processed by task 12")
    page = site.get(site.post(ORDER + "reset", **WHY).location)
    assert "The engine refused: SCHEDULER-217 Order 'late' is being processed by task 12" in words(page)
    assert entries(site)[0].result_code == "SCHEDULER-217"


def test_silence_is_told_as_silence(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: None
    site.be_impatient()
    page = site.get(site.post(JOB + "unstop").location)
    assert "No answer yet." in words(page)
    assert "may still take effect" in words(page)
    assert entries(site)[0].result_code == "no_answer"


def test_an_engine_that_is_not_there_is_waited_for(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(held_port()))
    page = site.get(site.post(JOB + "unstop").location)
    assert "Waits for a member." in words(page)
    assert entries(site)[0].result_code == audit.PENDING


def test_without_a_member_nothing_is_sent(site: Site, engine_port: CommandServer) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(4444, state="stopped"))
    page = site.get(site.post(JOB + "unstop").location)
    assert "Waits for a member." in words(page)
    assert engine_port.commands == []


def test_afterwards_one_is_back_on_the_page_one_came_from(site: Site) -> None:
    assert site.post(JOB + "unstop", back="/s/demo/jobs?state=stopped").location == "/s/demo/jobs?state=stopped"
    assert site.post(JOB + "unstop", back="https://evil.example/").location == "/s/demo/jobs/sales/load"
    # from a part of it that was fetched again, too
    part = tree(site.fragment("/s/demo/jobs?part=list&q=x"))
    assert set(part.xpath('//input[@name="back"]/@value')) == {"/s/demo/jobs?q=x"}


def test_only_what_is_on_the_blacklist_leaves_it(site: Site, engine_port: CommandServer) -> None:
    with Rows(site.url) as rows:
        rows.put(an_order("kept", "/sales/daily", state=OrderState.BLACKLISTED))
    for order in ("late", "gone"):
        refused = site.post(f"/s/demo/orders/sales/daily/-/{order}/-/remove-blacklisted", **WHY)
        assert (refused.status_code, engine_port.commands) == (422, [])
        assert "The order is not on the blacklist." in words(refused)
    assert site.post("/s/demo/orders/sales/daily/-/kept/-/remove-blacklisted", **WHY).status_code == 303
    [sent] = engine_port.commands
    assert same(etree.tostring(sent).decode(), '<remove_order job_chain="/sales/daily" order="kept"/>')


def test_the_same_form_again_tells_what_came_of_it_though_it_could_not_be_done_now(
    site: Site, engine_port: CommandServer
) -> None:
    with Rows(site.url) as rows:
        rows.put(an_order("kept", "/sales/daily", state=OrderState.BLACKLISTED))
    address = "/s/demo/orders/sales/daily/-/kept/-/remove-blacklisted"
    [seen] = tree(site.get(address)).xpath('//input[@name="seen"]/@value')
    form = {"operation": "one", "seen": seen, **WHY}
    first = site.post(address, **form)
    with Rows(site.url) as rows:
        rows.put(an_order("kept", "/sales/daily", state=OrderState.WAITING))
    again = site.post(address, **form)
    assert [(each.status_code, each.location) for each in (first, again)] == [(303, "/s/demo/chains/sales/daily")] * 2
    assert len(engine_port.commands) == 1
    # the key of another deed says nothing about this one
    other = site.post("/s/demo/orders/sales/daily/-/late/-/remove-blacklisted", operation="one", **WHY)
    assert (other.status_code, "The order is not on the blacklist." in words(other)) == (422, True)


def test_after_removing_an_order_one_is_at_its_chain(site: Site) -> None:
    answer = site.post(ORDER + "remove", typed="late", back="/s/demo/orders/sales/daily/-/late", **WHY)
    assert answer.location == "/s/demo/chains/sales/daily"


def test_the_reason_stays_visible_on_the_page_of_the_object(site: Site) -> None:
    site.post(JOB + "stop", reason="New disks on Friday")
    assert "Stopped by admin" in words(site.get("/s/demo/jobs/sales/load"))
    assert "New disks on Friday" in words(site.get("/s/demo/jobs/sales/load"))
    assert "New disks on Friday" in words(site.get("/s/demo/audit"))


def test_an_auditor_gets_from_the_page_to_what_was_done_and_back(site: Site) -> None:
    acts = {
        JOB + "stop": "/s/demo/jobs/sales/load",
        ORDER + "suspend": "/s/demo/orders/sales/daily/-/late",
        "/s/demo/chains/sales/daily/-/node/second/-/stop": "/s/demo/chains/sales/daily",
        "/s/demo/tasks/12/-/kill": "/s/demo/tasks/12",
        "/s/demo/-/pause": "/s/demo/cluster",
        "/s/demo/config/-/job/sales/load/-/delete": "/s/demo/config/-/job/sales/load",
    }
    for address in acts:
        typed = "12" if "tasks" in address else "/sales/load"
        assert site.post(address, typed=typed, reason="For the auditor").status_code == 303, address
    rows = tree(site.get("/s/demo/audit")).xpath("//tbody/tr")
    pages = [row.xpath(".//a[starts-with(@aria-label, 'Page of')]/@href") for row in rows]
    assert [page for [page] in reversed(pages)] == list(acts.values())
    [back] = tree(site.get("/s/demo/jobs/sales/load")).xpath("//a[.='All that was done']/@href")
    assert "Stop jobjob.stop" in words(site.get(back))


@pytest.mark.parametrize("order_id", ["a/b", "/data/in/x.csv", "-", "..", "a b&c?d#e", "ü%2F~", "x,y"])
def test_orders_with_unusual_ids_can_be_acted_on(site: Site, engine_port: CommandServer, order_id: str) -> None:
    with site.app.test_request_context():
        address = site.app.url_for(
            "order_actions.action", scheduler_id="demo", chain="/sales/daily", order_id=order_id, verb="start"
        )
    assert site.post(address).status_code == 303
    assert engine_port.commands[0].get("order") == order_id
