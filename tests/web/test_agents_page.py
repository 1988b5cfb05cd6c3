"The page of the agents: which ones process classes name, and where tasks run, since there are none yet."

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models import beats
from models.connect import create, writing
from models.roles import Assignment
from scheduler.cluster.beat_minutes import BeatMinute
from scheduler.definitions import ProcessClassDefinition
from scheduler.records import FileState, ObjectKind, SourceFile
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_chain, a_job, a_run, a_step, a_task, ago, an_order
from tests.support.web_site import Site, an_account, tree, words

EU = """<process_class max_processes="5"><remote_schedulers select="next">
<remote_scheduler remote_scheduler="http://a:1"/><remote_scheduler remote_scheduler="http://b:2"/>
</remote_schedulers></process_class>"""


@pytest.fixture
def filled(site_on_each: Site) -> Site:
    with Rows(site_on_each.url) as rows:
        one = '<process_class remote_scheduler="c:4445"/>'
        for path, source in (("/eu", EU), ("/one", one), ("/here", "<process_class/>")):
            known = ProcessClassDefinition(path, 5, source=source)
            rows.put(SourceFile(ObjectKind.PROCESS_CLASS, path, f"/srv{path}", ago(9), FileState.ACTIVE, known))
        chain, nodes = a_chain("/far", "/far/step")
        rows.put(a_job("/far/step", process_class="/EU"), a_job("/far/other", process_class="/one"), chain, *nodes)
        rows.put(an_order("7", "/far"), a_task(4701, "/far/step", host="A"))
        rows.put(a_run(4702, "/far", "7", node="second"), a_step(4702, 1, 4701))
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    engine = create(site_on_each.url, "web")
    with writing(engine) as connection:
        early = [(timedelta(days=-4), 0.1), (timedelta(hours=-3), 0.1)]
        minutes = [*early, (timedelta(), 0.2), (timedelta(minutes=1), 9.0)]
        beats.add(connection, "demo", [BeatMinute("demo", now + offset, silent) for offset, silent in minutes])
    engine.dispose()
    return site_on_each


def test_agents_are_named_in_their_sequence_with_how_one_is_chosen(filled: Site) -> None:
    page = tree(filled.get("/agents"))
    rows = [" ".join(row.text_content().split()) for row in page.xpath('//table[caption]/tbody/tr')]
    assert page.xpath("//table[caption]/tbody/tr/th/text()") == ["http://a:1", "http://b:2", "c:4445"]
    assert "/eu" in rows[1]
    assert "2 of 2, in turn" in rows[1]
    assert "1 of 1, the first one that answers" in rows[2]
    assert all("its jobs wait" in row for row in rows)
    assert page.xpath('//a[contains(@aria-label, "Change the sequence: /eu")]/@href') == [
        "/s/demo/config/-/process_class/eu/-/edit-class"
    ] * 2


AT_AGENTS = [
    ("jobs?q=agent:a", {"step"}),
    ("jobs?q=agent:b:2", {"step"}),
    ("jobs?q=agent:http://*", {"step"}),
    ("jobs?q=agent:C:44*", {"other"}),
    ("jobs?q=agent:?", {"step", "other"}),
    ("jobs?q=agent:[a]", set()),
    ("jobs?q=folder:/far not agent:a", {"other"}),
    ("chains?q=agent:a", {"far"}),
    ("chains?q=agent:c", set()),
    ("orders?q=agent:a", {"7"}),
    ("orders?q=agent:c", set()),
    ("history?q=agent:a", {"7"}),
    ("history?q=agent:b", set()),
    ("history?kind=tasks&q=agent:a", {"step:4701"}),
    ("history?kind=tasks&q=agent:b", set()),
]


def test_lists_are_narrowed_down_to_an_agent(filled: Site) -> None:
    for address, shown in AT_AGENTS:
        links = tree(filled.get(f"/s/demo/{address}")).xpath('//tr[@data-row]//th[@scope="row"]//a[1]')
        assert {" ".join(link.text_content().split()) for link in links} == shown, address


def test_the_search_finds_books_by_their_titles_and_headings(filled: Site) -> None:
    page = tree(filled.get("/s/demo/search?q=run+times"))
    assert "/help/manual/calendars" in page.xpath("//tr[@data-row]//a/@href")
    page = tree(filled.get("/s/demo/search?q=What+is+where"))
    [row] = page.xpath('//tr[@data-row and .//a[@href="/help/manual/web"]]')
    assert "What is where" in row.text_content()
    assert page.xpath("//tr[@aria-current]") == page.xpath("//tr[@data-row]")[:1], "the first one is marked"


def test_the_search_finds_agents_with_their_jobs_and_accounts(filled: Site) -> None:
    def found(text: str) -> dict[str, str]:
        page = tree(filled.get("/s/demo/search", query_string={"q": text}))
        rows = page.xpath("//tr[@data-row]")
        return {row.findtext("td"): row.xpath(".//a/@href")[0] for row in rows}

    assert found("a:1")["agent"] == "/s/demo/jobs?q=agent:a:1"
    assert found("adm")["account"] == "/admin/accounts/admin"
    an_account(filled.url, "looks", Assignment("viewer", "", "/sales/"))
    filled.enter("looks")
    assert "agent" not in found("a:1"), "its class is in another folder"
    assert "account" not in found("adm")


@pytest.mark.parametrize(
    ("address", "bars", "said"),
    [
        ("/agents", 2, "Last 24 hours: heard of in 67 % of 3 recorded minutes, silent in 1 hour"),
        ("/agents?span=day", 2, "Last 30 days: heard of in 75 % of 4 recorded minutes, silent in 1 day"),
    ],
)
def test_members_are_shown_with_their_tasks_and_how_they_were_heard_of(
    filled: Site, address: str, bars: int, said: str
) -> None:
    page = tree(filled.get(address))
    [picture] = page.xpath('//svg[@class="beats"]')
    assert picture.get("aria-label") == said
    assert len(picture.findall("rect")) >= bars
    running = page.xpath('//td[@data-label="Tasks running"]/text()')
    assert "1" in running, "an engine that stands alone runs all of them"


def test_the_connection_to_a_member_is_tested_when_somebody_asks(site: Site, engine_port: CommandServer) -> None:
    asked = len(engine_port.sent("show_state"))
    [link] = tree(site.get("/agents")).xpath('//a[text()="Test connection"]/@href')[:1]
    assert len(engine_port.sent("show_state")) == asked, "not unless asked"
    told = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    engine_port.reply = lambda command: f'<state state="running" time="{told}"/>'
    text = words(site.get(link))
    assert "answered after" in text
    assert "ahead of this one" in text
    engine_port.reply = lambda command: '<ERROR code="SCHEDULER-121" text="SCHEDULER-121  no"/>'
    assert "SCHEDULER-121" in words(site.get(link))
    assert "answered" not in words(site.get("/agents?test=demo/nobody"))


def test_members_are_for_those_who_may_see_the_cluster(filled: Site) -> None:
    an_account(filled.url, "sales", Assignment("viewer", "", "/sales/"))
    filled.enter("sales")
    answer = filled.get("/agents")
    if answer.status_code == 200:
        assert "http://a:1" not in words(answer)
