"Menus of rows: that each has one, where they lead, what they offer, and to whom."

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from lxml import etree, html
from sqlalchemy import update

from models import connect, roles, tables
from models.permissions import Role
from models.roles import Assignment
from scheduler.answers.supervisor import overview_element
from scheduler.changes import Change, Kind
from scheduler.configuration import read_object
from scheduler.definitions import LockDefinition, ProcessClassDefinition
from scheduler.records import FileState, ObjectKind, OrderState, SourceFile
from scheduler.supervisor.records import Freeze, Overview, Protocol, Worker
from tests.support.command_server import CommandServer, refusal
from tests.support.rows import Rows, a_member, a_saved_file, ago, an_order
from tests.support.service_rows import Store, a_notice
from tests.support.web_site import Site, an_account, tree, words
from web.named_schedules import schedule_of

MENU = "/s/demo/menu/"
CONFIG = "/s/demo/config/-"
STATE = """<state><schedules><schedule path="/sales/night"/></schedules>
<process_classes><process_class path="/" max_processes="30"/><process_class path="/sales/wide" max_processes="5"/>
</process_classes><locks><lock path="/sales/db"/><lock path="/by_hand"/></locks>
<monitors><monitor path="/sales/watch"/></monitors></state>"""
CALENDARS = '<business_calendars><business_calendar path="/sales/bank" title="Bank days"/></business_calendars>'
AGENT = '<process_class max_processes="5" remote_scheduler="http://far:1"/>'
NORTH = Worker("north", "north", Protocol.PAIR, "10.0.0.1", active=True, connected=True, wanted=7, applied=7)
SOUTH = Worker("south", "south", Protocol.PAIR, "10.0.0.2", freeze=Freeze(7, datetime(2026, 3, 29, tzinfo=UTC)))
OVERVIEW = Overview("/config/remote", True, True, False, "", (NORTH, SOUTH))


def tell(command: etree._Element) -> str:
    told = {"show_state": STATE, "supervisor.show": overview_element(OVERVIEW), "calendar.show": CALENDARS}
    return told.get(command.tag, "<ok/>")


@pytest.fixture
def filled(site: Site, engine_port: CommandServer) -> Site:
    engine_port.reply = tell
    with Rows(site.url) as rows:
        for kind, definition in (
            (ObjectKind.SCHEDULE, schedule_of('<schedule><period single_start="02:30"/></schedule>', "/sales/night")),
            (ObjectKind.PROCESS_CLASS, ProcessClassDefinition("/sales/wide", 5, source="<process_class/>")),
            (ObjectKind.LOCK, LockDefinition("/sales/db", 2, source="<lock/>")),
            (ObjectKind.PROCESS_CLASS, ProcessClassDefinition("/sales/far", 5, source=AGENT)),
        ):
            rows.put(SourceFile(kind, definition.path, f"/srv{definition.path}", ago(9), FileState.ACTIVE, definition))
    return site


def starts_soon(site: Site, job: str) -> None:
    engine, j = connect.create(site.url, "writer"), tables.jobs.c
    with connect.writing(engine) as connection:
        connection.execute(update(tables.jobs).where(j.path_key == job).values(next_start_at=ago(-600)))
    engine.dispose()


def menu(site: Site, kind: str, name: str, base: str = MENU) -> dict[str, str]:
    return at(site, f"{base}{kind}?name={quote(name)}")


def at(site: Site, address: str) -> dict[str, str]:
    "Word of each entry -> where it leads, or what it posts to."
    answer = site.fragment(address)
    assert answer.status_code == 200, words(answer)
    page = tree(answer)
    links = {" ".join(link.text_content().split()): link.get("href") for link in page.xpath("//a")}
    deeds = {form.xpath("string(.//button)"): form.get("action") for form in page.xpath("//form")}
    return links | deeds


def rows_with_menus(site: Site, address: str) -> Iterator[str]:
    page = tree(site.get(address))
    for row in page.xpath("//main//tr[@data-row]"):
        yield from row.xpath(".//a[@data-menu]/@href")


def test_a_schedule_leads_to_its_definition_its_editor_its_substitute_and_its_users(filled: Site) -> None:
    found = menu(filled, "schedule", "/sales/night")
    file = f"{CONFIG}/schedule/sales/night"
    assert {word: found.get(word) for word in
            ("Open", "Configuration", "Edit", "Add substitute", "Versions", "Used by", "Delete file")} == {
        "Open": "/s/demo/resources/schedules/sales/night",
        "Configuration": file,
        "Edit": f"{file}/-/edit-schedule",
        "Add substitute": "/s/demo/config/-/new?kind=schedule&substitute=/sales/night",
        "Versions": f"{file}/-/versions",
        "Used by": "/s/demo/resources/schedules/sales/night#h-users",
        "Delete file": f"{file}/-/delete-schedule",
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "ending"), [("process_class", "wide", "-class"), ("lock", "db", "")])
def test_a_process_class_and_a_lock_lead_to_their_definition_and_their_limits(
    filled: Site, kind: str, name: str, ending: str
) -> None:
    found = menu(filled, kind, f"/sales/{name}")
    file = f"{CONFIG}/{kind}/sales/{name}"
    assert found["Open"] == f"/s/demo/resources?q=/sales/{name}#{kind}-/sales/{name}"
    assert found["Configuration"] == file
    assert found["Edit"] == f"{file}/-/edit{ending}"
    assert found["Edit limit" if kind == "lock" else "Edit limits"] == f"{file}/-/set-limits-{kind.split('_')[-1]}"
    assert found["Dependencies"] == f"/s/demo/dependencies?around=/sales/{name}"
    assert "Used by" not in found


def test_a_file_leads_to_its_definition_and_to_the_page_of_its_object(filled: Site) -> None:
    found = menu(filled, "file", "job,/sales/load")
    file = f"{CONFIG}/job/sales/load"
    assert found["Open"] == file
    assert found["Page of the job"] == "/s/demo/jobs/sales/load"
    assert found["Edit"] == f"{file}/-/edit"
    assert found["Download"] == f"{file}/download"
    assert found["Delete file"] == f"{file}/-/delete"
    for unknown in ("job,/no/such", "nonsense,/sales/load", "job", "lock,/sales/load"):
        assert filled.fragment(f"{MENU}file?name={unknown}").status_code == 404, unknown


def test_a_job_and_a_chain_lead_to_what_their_pages_and_the_lists_show_of_them(filled: Site) -> None:
    job, chain = "/s/demo/jobs/sales/load", "/s/demo/chains/sales/daily"
    for kind, name, ways in (
        ("job", "/sales/load", {
            "Start times": f"{job}?tab=starts", "History": "/s/demo/history?kind=tasks&q=job:/sales/load",
            "Dependencies": "/s/demo/dependencies?around=/sales/load", "Configuration": f"{CONFIG}/job/sales/load",
        }),
        ("chain", "/sales/daily", {
            "Start times": f"{chain}?tab=starts", "History": "/s/demo/history?kind=orders&q=chain:/sales/daily",
            "Dependencies": "/s/demo/dependencies?around=/sales/daily",
            "Configuration": f"{CONFIG}/job_chain/sales/daily",
        }),
    ):  # fmt: skip
        found = menu(filled, kind, name)
        assert {word: found.get(word) for word in ways} == ways
        for address in ways.values():
            assert filled.get(address).status_code == 200, address


def test_a_node_leads_to_its_job_and_stops_it(filled: Site) -> None:
    found = menu(filled, "node", "/sales/daily,second")
    assert found["Page of the job"] == "/s/demo/jobs/sales/load"
    assert found["Configuration of the job"] == f"{CONFIG}/job/sales/load"
    assert found["Stop job"] == "/s/demo/jobs/sales/load/-/stop"
    engine, j = connect.create(filled.url, "writer"), tables.jobs.c
    with connect.writing(engine) as connection:
        connection.execute(update(tables.jobs).where(j.path_key == "/sales/load").values(stopped=True))
    engine.dispose()
    found = menu(filled, "node", "/sales/daily,second")
    assert found["Unstop job"] == "/s/demo/jobs/sales/load/-/unstop"
    assert "Stop job" not in found


def test_an_order_leads_to_its_parts_and_a_task_to_its_job(filled: Site) -> None:
    page = "/s/demo/orders/sales/daily/-/2026-11-19"
    found = menu(filled, "order", "/sales/daily,2026-11-19")
    assert (found["Parameters"], found["History"]) == (f"{page}#h-params", f"{page}#h-runs")
    shown = tree(filled.get(page))
    assert shown.xpath('//*[@id="h-params"]')
    assert shown.xpath('//*[@id="h-runs"]')
    assert "Configuration" not in found, "it has no file"
    assert menu(filled, "task", "12")["Page of the job"] == "/s/demo/jobs/sales/load"


def test_an_order_is_offered_what_can_be_done_as_it_stands(filled: Site) -> None:
    with Rows(filled.url) as rows:
        rows.put(
            an_order("kept", "/sales/daily", state=OrderState.BLACKLISTED),
            an_order("ending", "/sales/daily", state=OrderState.SUSPENDING, task_id=12),
        )
    always, free = {"Set run time", "Remove order"}, {"Set state", "Reset"}
    waits = always | free | {"Start now", "Start at …", "Suspend"}
    known = waits | {"Resume", "Remove set-back", "Remove from blacklist"}
    for order, wanted in {
        "next": waits,
        "2026-11-19": waits | {"Remove set-back"},
        "late": always | free | {"Start at …", "Resume"},
        "2026-11-20": always | {"Suspend"},
        "ending": always | {"Suspend", "Resume"},
        "kept": always | free | {"Resume", "Remove from blacklist"},
    }.items():
        assert known & set(menu(filled, "order", f"/sales/daily,{order}")) == wanted, order
    page = tree(filled.get("/s/demo/orders/sales/daily/-/ending"))
    offered = {button.text_content() for button in page.xpath('//*[@class="head"]//button')}
    assert "Resume" in offered, "before its step has ended"
    for order, has in {"next": False, "late": True, "kept": False}.items():
        page = tree(filled.get(f"/s/demo/orders/sales/daily/-/{order}"))
        ends = page.xpath('//*[@class="head"]//a[normalize-space()="Suspend until …"]/@href')
        assert bool(ends) is has, "another end of the suspension"


def test_a_worker_is_woken_up_frozen_or_forgotten_as_it_stands(filled: Site, engine_port: CommandServer) -> None:
    found, page = menu(filled, "worker", "north"), "/s/demo/supervisor/north"
    assert [found[word] for word in ("Open", "Versions", "Files", "Transfers")] == [
        page, f"{page}#h-versions", f"{page}#h-files", f"{page}#h-transfers",
    ]  # fmt: skip
    assert found["Send now"] == f"{page}/-/send"
    assert "Freeze" in found
    assert {"Forget", "End the freeze"}.isdisjoint(found)
    frozen = menu(filled, "worker", "south")
    assert {"End the freeze", "Forget"} <= set(frozen)
    assert {"Send now", "Roll back", "Freeze"}.isdisjoint(frozen)
    engine_port.reply = lambda command: refusal("STELLWERK-060", "There is no workload scheduler 'x'")
    assert filled.fragment(f"{MENU}worker?name=x").status_code == 404


def test_each_row_has_its_menu(filled: Site) -> None:
    starts_soon(filled, "/sales/check")
    for address, wanted in {
        "/s/demo/resources": ["schedule?name=/sales/night", "process_class?name=/sales/wide", "lock?name=/sales/db"],
        "/supervisor": ["worker?name=north", "worker?name=south"],
        "/s/demo/config": ["file?name=job,/sales/load", "file?name=lock,/sales/db"],
        "/s/demo/folders/files?open=*": ["file?name=job,/sales/load", "file?name=process_class,/sales/wide"],
        "/s/demo/": ["job?name=/sales/check", "order?name=/sales/daily,2026-11-19", "file?name=job,/broken"],
        "/s/demo/search?q=sales": ["job?name=/sales/load", "chain?name=/sales/daily", "schedule?name=/sales/night"],
        "/s/demo/search?q=2026": ["order?name=/sales/daily,2026-11-19"],
    }.items():
        found = set(rows_with_menus(filled, address))
        assert {f"{MENU}{each}" for each in wanted} <= found, address
        for each in found:
            assert filled.fragment(each).status_code == 200, each
    part = tree(filled.fragment("/s/demo/search?q=night"))
    assert part.xpath("//a[@data-menu]/@href") == [f"{MENU}schedule?name=/sales/night"], "also while one types"


#: pages whose tables have different rows
PAGES = (
    "/s/demo/", "/s/demo/orders", "/s/demo/orders/sales/daily/-/2026-11-20", "/s/demo/jobs", "/s/demo/jobs/sales/load",
    "/s/demo/jobs/sales/load?tab=orders", "/s/demo/chains", "/s/demo/chains/sales/daily", "/s/demo/history",
    "/s/demo/history?kind=tasks", "/s/demo/plan", "/s/demo/plan?view=idle", "/s/demo/plan?view=timeline",
    "/s/demo/plan?view=compare&all=yes", "/s/demo/compare/tasks?one=12&other=11", "/s/demo/start-times",
    "/s/demo/resources", "/s/demo/calendars", "/s/demo/folders/orders?open=*", "/s/demo/folders/resources?open=*",
    "/s/demo/config", "/s/demo/config/-/versions", "/s/demo/config/-/job_chain/sales/daily", "/s/demo/dependencies",
    "/s/demo/search?q=sales", "/s/demo/search?q=demo", "/s/demo/search?q=admin", "/s/demo/services", "/s/demo/notices",
    "/s/demo/reports", "/supervisor", "/agents", "/schedulers", "/operations", "/me/views", "/me/tokens",
    "/admin/accounts", "/admin/roles",
)  # fmt: skip


GONE = {Kind.JOB_REMOVED: "/sales/gone", Kind.CHAIN_REMOVED: "/sales/past", Kind.ORDER_REMOVED: "/sales/past,never"}


def is_place(row: html.HtmlElement, page: str) -> bool:
    "A folder, a group of the timeline, a change of files: what it links to is a list, in part."
    links = {link.partition("?")[0] for link in row.xpath(".//a/@href")}
    return str(row.get("id")).startswith("folder-") or links <= {page.partition("?")[0], "/s/demo/config"}


def is_help(row: html.HtmlElement) -> bool:
    return bool(" ".join(row[0].text_content().split()) == "help")


def test_no_row_that_leads_to_an_object_is_without_its_menu_and_each_menu_opens(filled: Site) -> None:
    with Rows(filled.url) as rows:
        rows.put(an_order("again", "/sales/daily"))
        # what is gone stands among what happened last; that order never ran
        rows.writer.write([Change(kind, name) for kind, name in GONE.items()], now=ago(0))
    Store(filled.url).put(a_notice())
    a_saved_file(filled.url, "/sales/load", "one", "two")
    filled.post("/me/views", name="Stopped", back="/s/demo/jobs?state=stopped", shared="yes")
    filled.post("/me/tokens", name="night", extent="view", days="30")
    filled.post("/s/demo/jobs/sales/load/-/stop", reason="Disks")
    menus: dict[str, str] = {}
    for address in PAGES:
        answer = filled.get(address)
        assert answer.status_code == 200, address
        for row in tree(answer).xpath("//main//tbody/tr[.//a][not(ancestor::details)]"):
            found = row.xpath(".//a[@data-menu]/@href")
            words_of_row = " ".join(row.text_content().split())
            assert found or is_place(row, address) or is_help(row), (address, words_of_row)
            menus |= dict.fromkeys(found, address)
    for each, address in menus.items():
        assert filled.fragment(each).status_code == 200, (each, address)
    for kind, name in GONE.items():
        assert set(at(filled, f"{MENU}{kind.partition('.')[0]}?name={name}")) == {"Open", "Close"}
    assert {f"{MENU}{kind.partition('.')[0]}?name={name}" for kind, name in GONE.items()} <= set(menus)
    kinds = {each.partition("?")[0].rpartition("/")[2] for each in menus}
    assert kinds >= {
        "job", "chain", "node", "order", "run", "task", "file", "schedule", "process_class", "lock", "monitor",
        "calendar", "worker", "member", "scheduler", "service", "notice", "account", "role", "token", "view",
        "operation",
    }  # fmt: skip


def general(site: Site, kind: str, name: str) -> dict[str, str]:
    return menu(site, kind, name, "/menu/")


def test_what_an_engine_brings_along_has_a_menu_too(filled: Site) -> None:
    "The class of jobs that name none, monitors, and calendars."
    assert {word: to for word, to in menu(filled, "process_class", "/").items() if word != "Close"} == {
        "Open": "/s/demo/resources#h-classes", "Running tasks": "/s/demo/history?kind=tasks&state=running",
        "Where tasks run": "/agents#h-places",
    }  # fmt: skip
    assert set(menu(filled, "monitor", "/sales/watch")) == {"Open", "Close"}
    calendar = menu(filled, "calendar", "/sales/bank")
    assert (calendar["Open"], calendar["iCalendar"]) == (
        "/s/demo/calendars/sales/bank", "/s/demo/calendars/sales/bank.ics",
    )  # fmt: skip
    assert "Add black-out" not in calendar, "it has no file that could be changed"
    with Rows(filled.url) as rows:
        known = read_object(ObjectKind.CALENDAR, "/sales/bank", b"<calendar/>", {})
        rows.put(SourceFile(ObjectKind.CALENDAR, "/sales/bank", "/srv/bank", ago(9), FileState.ACTIVE, known))
    assert {"Configuration", "Edit", "Versions", "Add black-out", "Delete file"} <= set(
        menu(filled, "calendar", "/sales/bank")
    )


def test_a_member_is_told_what_its_card_offers(filled: Site) -> None:
    common = {"clustered": True, "active": False, "tcp_port": None}
    in_time = -600  # a slow machine must not find one silent between its card and its menu
    with Rows(filled.url) as rows:
        rows.beat(a_member(member_id="demo/b:2", state="waiting_for_activation", backup=True, **common), in_time)
        rows.beat(a_member(member_id="demo/c:3", state="waiting_for_activation_paused", backup=True, **common), in_time)
        rows.beat(a_member(member_id="demo/d:4", dead=True, **common), in_time)
    cards = tree(filled.get("/s/demo/cluster")).xpath("//section[@class='panel'][footer]")
    assert len(cards) == 4
    for card in cards:
        name = card.findtext(".//dd[@class='mono']")
        offered = set(card.xpath("./footer//form/@action | ./footer//a/@href"))
        found = {to.partition("?")[0] for to in menu(filled, "member", name).values() if "/-/" in to}
        assert found == offered, name
    assert "Pause" in menu(filled, "scheduler", "")
    assert filled.fragment(f"{MENU}member?name=demo/x:9").status_code == 404


def test_a_service_runs_pauses_and_goes_on_from_its_menu(filled: Site) -> None:
    found = menu(filled, "service", "monitor")
    assert found["Open"] == "/s/demo/services/monitor"
    assert found["Run now"] == "/s/demo/services/monitor/-/run"
    filled.post(found["Pause"])
    assert {"Continue", "Run now"} <= set(menu(filled, "service", "monitor"))
    assert filled.fragment(f"{MENU}service?name=cooking").status_code == 404


def test_a_notice_is_acknowledged_from_its_menu(filled: Site) -> None:
    Store(filled.url).put(a_notice())
    found = menu(filled, "notice", "1")
    assert found["Page of its object"] == "/s/demo/jobs/sales/load"
    assert filled.post(found["Acknowledge"]).status_code == 303
    assert {"Give back", "Close"} <= set(menu(filled, "notice", "1"))


def test_accounts_and_roles_lead_to_what_changes_them_and_only_those_who_manage_them(filled: Site) -> None:
    an_account(filled.url, "vera", Assignment("viewer"))
    found = general(filled, "account", "vera")
    assert (found["Explain access"], found["What it did"]) == (
        "/admin/accounts/vera#h-why", "/audit?account=vera",
    )  # fmt: skip
    assert "Remove" in found
    assert "Remove" not in general(filled, "account", "admin"), "not oneself"
    assert general(filled, "role", "viewer")["Copy"] == "/admin/roles/new?from=viewer"
    assert "Remove" not in general(filled, "role", "viewer"), "it ships"
    filled.enter("vera")
    for kind, name in (("account", "vera"), ("role", "viewer")):
        assert filled.fragment(f"/menu/{kind}?name={name}").status_code == 403
    for kind, name in (("moon", "1"), ("token", "1"), ("view", "9"), ("operation", "1.x")):
        assert filled.fragment(f"/menu/{kind}?name={name}").status_code == 404


def test_tokens_views_and_operations_are_ones_own(filled: Site) -> None:
    filled.post("/me/tokens", name="night", extent="view", days="30")
    filled.post("/me/views", name="Mine", back="/s/demo/jobs?state=stopped")
    filled.post("/me/views", name="Ours", back="/s/demo/jobs?state=running", shared="yes")
    filled.post("/s/demo/jobs/sales/load/-/stop", reason="Disks", operation="night-1")
    views = {}
    for row in tree(filled.get("/me/views")).xpath("//tbody/tr"):
        [views[row.findtext("th/a")]] = row.xpath(".//a[@data-menu]/@href")
    [token] = tree(filled.get("/me/tokens")).xpath("//a[@data-menu]/@href")
    operation = tree(filled.get("/operations")).xpath("//a[@data-menu]/@href")[0]
    found = {name: at(filled, address) for name, address in views.items()}
    assert found["Mine"]["Open"] == "/s/demo/jobs?state=stopped"
    assert {"As first page", "Wall display", "Remove"} <= set(found["Mine"])
    assert at(filled, token)["Revoke"].endswith("/revoke")
    assert at(filled, operation)["Page of its object"] == "/s/demo/jobs/sales/load"
    filled.post(found["Mine"]["Remove"])
    assert filled.fragment(views["Mine"]).status_code == 404
    an_account(filled.url, "vera", Assignment("viewer"))
    filled.enter("vera")
    assert "Remove" not in at(filled, views["Ours"])
    for address in (token, operation):
        assert filled.fragment(address).status_code == 404, address


def test_the_key_of_the_log_leads_to_the_page_of_what_has_none(filled: Site) -> None:
    assert filled.get(f"{MENU}lock?name=/sales/db&to=log").location == "/s/demo/resources?q=/sales/db#lock-/sales/db"


def test_what_is_done_from_a_menu_leads_back_to_the_list(filled: Site) -> None:
    "Without script the menu is a page, and the way back leads to it."
    address = f"{MENU}worker?name=north"
    for answer, back in (
        (filled.fragment(address, HX_Current_URL="http://localhost/supervisor?q=n"), "/supervisor?q=n"),
        (filled.fragment(address, HX_Current_URL="http://elsewhere.example/supervisor"), address),
        (filled.get(address), address),
    ):
        assert tree(answer).xpath('//form[contains(@action, "/-/send")]/input[@name="back"]/@value') == [back]


def test_what_has_no_file_is_asked_from_the_engine(filled: Site) -> None:
    assert set(menu(filled, "lock", "/by_hand")) == {"Open", "Close"}
    assert filled.fragment(f"{MENU}lock?name=/no/such").status_code == 404


def test_a_menu_offers_what_its_reader_may(filled: Site) -> None:
    "A viewer looks; somebody of another folder gets nothing; who sees no file gets the page of the resource."
    an_account(filled.url, "vera", Assignment("viewer"))
    filled.enter("vera")
    assert {"Open", "Configuration", "Versions"} <= set(menu(filled, "schedule", "/sales/night"))
    for kind, name in (("schedule", "/sales/night"), ("file", "lock,/sales/db"), ("worker", "north")):
        found = menu(filled, kind, name)
        assert {"Edit", "Add substitute", "Edit limit", "Delete file", "Send now", "Freeze"}.isdisjoint(found), kind
    Store(filled.url).put(a_notice())
    assert "Page of its object" in menu(filled, "notice", "1")
    with Rows(filled.url) as rows:
        rows.writer.write([Change(Kind.JOB_REMOVED, "/sales/gone")], now=ago(0))
    an_account(filled.url, "henry", Assignment("configurator", "", "/housekeeping/"))
    filled.enter("henry")
    for kind, name in (
        ("schedule", "/sales/night"), ("process_class", "/sales/wide"), ("lock", "/sales/db"), ("worker", "north"),
        ("file", "job,/sales/load"), ("calendar", "/sales/bank"), ("monitor", "/sales/watch"), ("notice", "1"),
        ("job", "/sales/gone"),
    ):  # fmt: skip
        answer = filled.fragment(f"{MENU}{kind}?name={name}")
        assert answer.status_code in (403, 404), (kind, words(answer))
    assert menu(filled, "file", "job,/housekeeping/check_disk")["Edit"]
    engine = connect.create(filled.url, "web")
    with connect.writing(engine) as connection:
        roles.save_role(connection, Role("planner", "Planner", "", ("schedules.view",)), ago(0))
    engine.dispose()
    an_account(filled.url, "pia", Assignment("planner", "", "/sales/"))
    filled.enter("pia")
    assert set(menu(filled, "schedule", "/sales/night")) == {"Open", "Used by", "Close"}


def test_a_menu_leads_only_where_its_reader_may_go(filled: Site) -> None:
    "Somebody who sees jobs and chains, and neither what ran nor files."
    engine = connect.create(filled.url, "web")
    with connect.writing(engine) as connection:
        roles.save_role(connection, Role("looker", "Looker", "", ("jobs.view", "chains.view")), ago(0))
        roles.save_role(connection, Role("chains", "Chains", "", ("chains.view",)), ago(0))
    engine.dispose()
    an_account(filled.url, "lou", Assignment("looker"))
    filled.enter("lou")
    for kind, name in (("job", "/sales/load"), ("chain", "/sales/daily")):
        found = menu(filled, kind, name)
        assert "Start times" in found
        assert {"History", "Dependencies", "Configuration"}.isdisjoint(found)
    assert set(menu(filled, "node", "/sales/daily,second")) == {"Open", "Page of the job", "Close"}
    an_account(filled.url, "carl", Assignment("chains"))
    filled.enter("carl")
    assert set(menu(filled, "node", "/sales/daily,second")) == {"Open", "Close"}
