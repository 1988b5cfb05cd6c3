"Lists say who stopped or suspended what they show, and why, as long as that holds."

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models import audit, connect, releases
from models.read.journal import JournalRow
from scheduler.hold import RELEASED, Hold, HoldKind
from scheduler.records import ChainState, NodeAction, OrderState
from tests.support.command_server import CommandServer
from tests.support.rows import SCHEDULER, Rows, a_chain, a_job, a_member, an_order, stopped
from tests.support.web_site import Site, tree, words


def act(site: Site, address: str, reason: str = "") -> None:
    page = site.post(address, form_page=address, reason=reason)
    assert page.status_code == 303, words(page)


@pytest.fixture
def held(site: Site) -> Site:
    "The engine of these tests only says yes, so what it would have written is put there."
    act(site, "/s/demo/jobs/sales/load/-/stop", "New disks")
    act(site, "/s/demo/orders/sales/daily/-/next/-/suspend", "Wrong file")
    act(site, "/s/demo/chains/sales/daily/-/stop", "Audit of the shop")
    act(site, "/s/demo/chains/sales/daily/-/node/second/-/skip", "Not today")
    chain, nodes = a_chain("/sales/daily", "/sales/load")
    nodes[1] = replace(nodes[1], action=NodeAction.NEXT_STATE)
    with Rows(site.url) as rows:
        rows.put(stopped(a_job("/sales/load", order=True)), replace(chain, state=ChainState.STOPPED), nodes)
        rows.put(an_order("next", "/sales/daily", state=OrderState.SUSPENDED, ordering=4))
    return site


@pytest.mark.parametrize(
    ("address", "reasons"),
    [
        ("/s/demo/", ("New disks", "Wrong file", "Audit of the shop", "Not today")),
        ("/s/demo/jobs", ("New disks",)),
        ("/s/demo/jobs?state=stopped", ("New disks",)),
        ("/s/demo/orders", ("Wrong file",)),
        ("/s/demo/chains", ("Audit of the shop",)),
    ],
)
def test_who_and_why_stand_beside_the_state(held: Site, address: str, reasons: tuple[str, ...]) -> None:
    text = words(held.get(address))
    for reason in reasons:
        assert f": {reason}" in text
    assert text.count("by admin, ") == len(reasons), "what was held by nobody here names nobody"


def test_the_overview_leads_to_held_chains_and_nodes_and_begins_with_what_is_going_on(held: Site) -> None:
    page = tree(held.get("/s/demo/"))
    links = page.xpath('//section[@aria-labelledby="h-stopped-chains"]//tbody//a[not(contains(@href, "/menu/"))]/@href')
    assert links == ["/s/demo/chains/sales/daily", "/s/demo/chains/sales/daily?node=second"]
    heads = page.xpath("//main//section/@aria-labelledby")
    wanted = ["h-running", "h-failed", "h-held", "h-stopped-chains", "h-day", "h-health", "h-next-hour", "h-activity"]
    assert [each for each in heads if each in wanted] == wanted
    for part in ("now", "day", "health"):
        answer = held.fragment(f"/s/demo/?part={part}")
        assert tree(answer).xpath("//*[@data-live]/@id") == [f"region-{part}"]


def test_what_was_released_and_held_by_somebody_else_later_names_nobody(held: Site) -> None:
    act(held, "/s/demo/jobs/sales/load/-/unstop")
    assert "New disks" not in words(held.get("/s/demo/jobs")), "it was stopped again past these pages"


@pytest.mark.parametrize(
    ("verb", "values", "names"),
    [
        ("reset", {}, False),
        ("set-state", {"state": "second", "resume": "yes"}, False),
        ("set-state", {"state": "second"}, True),
        (None, {}, False),
    ],
)
def test_a_suspension_that_ended_otherwise_is_not_the_one_that_holds_now(
    held: Site, engine_port: CommandServer, verb: str | None, values: dict[str, str], names: bool
) -> None:
    order = "/s/demo/orders/sales/daily/-/next"
    if verb is not None:
        done = held.post(f"{order}/-/{verb}", form_page=f"{order}/-/{verb}", reason="Again", **values)
        assert done.status_code == 303, words(done)
    later = {"created_at": datetime.now(UTC) + timedelta(minutes=5)} if verb is None else {}
    with Rows(held.url) as rows:  # by the engine, after an error; or another order has the id by now
        rows.put(an_order("next", "/sales/daily", state=OrderState.SUSPENDED, ordering=4, **later))
    suspended = '<obstacle kind="suspended" type="order" object="/sales/daily,next" text="It is suspended"/>'
    engine_port.reply = lambda command: f"<order><why>{suspended}</why></order>"
    for answer in (held.get("/s/demo/orders"), held.fragment(f"{order}?part=why")):
        assert ("Wrong file" in words(answer)) is names


@pytest.mark.parametrize(
    ("kind", "verb", "other_letters", "spelled"),
    [
        ("jobs", "stop", "Sales/LOAD", "/sales/load"),
        ("chains", "stop", "SALES/Daily", "/sales/daily"),
        ("orders", "suspend", "Sales/daily/-/late", "/sales/daily,late"),
        ("chains", "stop", "SALES/Daily/-/node/second", "/sales/daily,second"),
    ],
)
def test_what_is_done_to_an_object_in_other_letters_is_found_with_it(
    site: Site, kind: str, verb: str, other_letters: str, spelled: str
) -> None:
    form = f"/s/demo/{kind}/{other_letters}/-/{verb}"
    for _ in range(2):  # as twice the same form
        act = site.post(form, form_page=form, reason="Other letters", operation="one")
        assert act.status_code == 303, words(act)
    [entry] = json.loads(site.get("/api/v1/audit").text)["items"]
    assert entry["object"] == spelled
    assert "Other letters" in words(site.get(f"/s/demo/audit?object={spelled}"))


def test_a_refused_deed_holds_nothing(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: '<ERROR code="SCHEDULER-121" text="no"/>'
    address = "/s/demo/jobs/sales/archive/-/stop"
    site.post(address, form_page=address, reason="In vain")
    assert "In vain" not in words(site.get("/s/demo/jobs"))


UNTIL = datetime(2030, 3, 9, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("", 5),
        ("jobs", 2),
        ("jobs/sales/load", 2),
        ("orders", 2),
        ("orders/sales/daily/-/next", 2),
        ("chains", 2),
        ("chains/sales/daily", 5),
        ("chains/sales/daily?node=second", 6),
    ],
)
def test_until_when_stands_beside_the_state_and_in_the_banner(
    held: Site, engine_port: CommandServer, address: str, number: int
) -> None:
    names = {
        HoldKind.JOB: "/sales/load", HoldKind.JOB_CHAIN: "/sales/daily", HoldKind.NODE: "/sales/daily,second",
        HoldKind.ORDER: "/sales/daily,next", HoldKind.SCHEDULER: "/",
    }  # fmt: skip
    with Rows(held.url) as rows:
        rows.put([Hold(kind, name, UNTIL) for kind, name in names.items()])
        rows.beat(a_member(engine_port.port, state="paused"))
    page = tree(held.get(f"/s/demo/{address}"))
    moments = page.xpath("//main//time[starts-with(@datetime, '2030-03-09T06:00')]/@datetime")
    assert len(moments) == number
    assert "It goes on by itself at" in page.text_content()


def test_the_sentence_of_a_suspended_order_says_until_when(held: Site) -> None:
    order = "/s/demo/orders/sales/daily/-/next"
    sentence = "//dt[.='Status']/following-sibling::dd[1]"
    assert tree(held.get(order)).xpath(sentence)[0].text_content() == "until it is resumed"
    with Rows(held.url) as rows:
        rows.put(Hold(HoldKind.ORDER, "/sales/daily,next", UNTIL))
    for page in (held.get(order), held.fragment("/s/demo/orders/sales/daily/-/next?part=drawer")):
        [said] = tree(page).xpath(sentence)
        assert said.text_content().startswith("until 2030-03-09"), said.text_content()
    [row] = tree(held.get("/s/demo/orders")).xpath("//tr[.//a='next']")
    assert "until it is resumed" not in row.text_content()
    assert len(row.xpath(".//time[starts-with(@datetime, '2030-03-09')]")) == 1


@pytest.mark.parametrize(
    ("address", "tag", "others"),
    [
        ("jobs/sales/load/-/stop", "modify_job", {"job": "/sales/load", "cmd": "stop"}),
        ("orders/sales/daily/-/next/-/suspend", "modify_order", {"order": "next", "suspended": "yes"}),
        ("chains/sales/daily/-/stop", "job_chain.modify", {"state": "stopped"}),
        ("chains/sales/daily/-/node/second/-/stop", "job_chain_node.modify", {"action": "stop"}),
        ("chains/sales/daily/-/node/second/-/skip", "job_chain_node.modify", {"action": "next_state"}),
        ("-/pause", "modify_spooler", {"cmd": "pause"}),
    ],
)
def test_the_form_asks_until_when_and_the_command_says_so(
    site: Site, engine_port: CommandServer, address: str, tag: str, others: dict[str, str]
) -> None:
    form = f"/s/demo/{address}"
    refused = site.post(form, form_page=form, reason="Disks", until="soon")
    assert "This is no start time" in words(refused)
    assert not engine_port.sent(tag)
    done = site.post(form, form_page=form, reason="Disks", until="2030-03-09 06:00")
    assert done.status_code == 303, words(done)
    site.post(form, form_page=form, reason="Disks")
    first, second = engine_port.sent(tag)
    assert others.items() <= dict(first.attrib).items()
    assert (first.get("until"), first.get("author")) == ("2030-03-09 06:00", "admin")
    assert second.get("until") is None


@pytest.mark.parametrize(
    ("address", "obstacle", "reason"),
    [
        ("jobs/sales/load", 'kind="stopped" type="job" object="/sales/load" text="The job is stopped"', "New disks"),
        ("chains/sales/daily", 'kind="chain_stopped" type="job_chain" object="/sales/daily" text="Stopped"', "Audit"),
        (
            "chains/sales/daily/-/node/second",
            'kind="node_stop" type="node" object="/sales/daily:second" text="-"',
            "Tape",
        ),
        ("", 'kind="paused" type="scheduler" object="demo" text="The scheduler is paused"', "Lunch"),
    ],
)
def test_who_stopped_what_an_order_waits_for_stands_beside_the_obstacle(
    site: Site, engine_port: CommandServer, address: str, obstacle: str, reason: str
) -> None:
    act(site, f"/s/demo/{address}/-/{'stop' if address else 'pause'}".replace("//", "/"), reason)
    engine_port.reply = lambda command: f"<order><why><obstacle {obstacle}/></why></order>"
    order = "/s/demo/orders/sales/daily/-/late"
    [why] = tree(site.get(order)).xpath("//*[@class='obstacles']")
    assert f": {reason}" in why.text_content()
    assert f": {reason}" in words(site.fragment(f"{order}?part=why"))


def test_the_page_of_an_order_says_once_who_suspended_it(site: Site, engine_port: CommandServer) -> None:
    order = "/s/demo/orders/sales/daily/-/late"
    act(site, f"{order}/-/suspend", "Wrong file")
    suspended = '<obstacle kind="suspended" type="order" object="/sales/daily,late" text="It is suspended"/>'
    engine_port.reply = lambda command: f"<order><why>{suspended}</why></order>"
    assert words(site.get(order)).count(": Wrong file") == 1


@pytest.mark.parametrize(("verb", "action"), [("stop", NodeAction.STOP), ("skip", NodeAction.NEXT_STATE)])
def test_the_nodes_of_a_chain_say_who_holds_them(site: Site, verb: str, action: NodeAction) -> None:
    act(site, f"/s/demo/chains/sales/daily/-/node/second/-/{verb}", "Tape is full")
    chain = "/s/demo/chains/sales/daily"
    assert "Tape is full" not in words(site.get(chain)), "the engine of these tests only says yes"
    _, nodes = a_chain("/sales/daily", "/sales/load")
    with Rows(site.url) as rows:
        rows.put([replace(node, action=action) if node.state == "second" else node for node in nodes])
    [row] = tree(site.get(chain)).xpath("//tr[th[.='second']]")
    assert "by admin" in row.text_content()
    assert ": Tape is full" in row.text_content()


def released(site: Site, *rows: JournalRow) -> None:
    "Noted as the background services do it."
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        for row in rows:
            assert releases.is_release(row)
            releases.note(connection, SCHEDULER, row)
        assert audit.check(connection).faults == ()
    engine.dispose()


def test_what_was_let_go_at_its_time_is_a_deed_of_the_scheduler_that_is_found_like_others(site: Site) -> None:
    form = "/s/demo/jobs/sales/load/-/stop"
    site.post(form, form_page=form, reason="New disks", ticket="CH-7", until="2030-03-09 06:00")
    detail = {**RELEASED, "until": "2030-03-09T06:00:00.000Z", "by": "admin"}
    released(site, JournalRow(7, UNTIL, "job.unstopped", "/sales/load", detail))
    for query in ("account=the scheduler", "action=job.unstop", "q=New+disks&action=job.unstop", "from=2030-03-09"):
        for address in ("/s/demo/audit", "/audit"):
            [row] = tree(site.get(f"{address}?{query}")).xpath("//tr[starts-with(@id, 'entry-')]")
            said = " ".join(row.text_content().split())
            assert said.startswith("2030-03-09 06:00:00 the scheduler Unstop job")
            assert "it was held by admin until 2030-03-09T06:00:00.000Z New disks CH-7" in said
        assert len(site.get(f"/audit/export.jsonl?{query}").text.splitlines()) == 1
    told = json.loads(site.get("/audit/export.jsonl?account=the+scheduler").text)
    assert (told["account"], told["object"], told["time"]) == ("the scheduler", "/sales/load", UNTIL.isoformat())
    assert told["checksum"]
    note = words(site.get("/s/demo/jobs/sales/load"))
    assert "Unstopped by the scheduler at" in note
    page = site.get("/s/demo/audit?account=the+scheduler", headers={"Accept-Language": "de"})
    assert "Scheduler (von selbst)" in words(page)
    assert "Die Zeit war gekommen: angehalten von admin bis 2030-03-09" in words(page)
