"""Every page, on each kind of database: it is there and shows what it is for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.roles import Assignment
from scheduler.errors import Problem
from scheduler.records import JobState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_failed_task, a_job, a_run, a_task, ago, an_order
from tests.support.web_site import Site, an_account, tree, words

PAGES = {
    "/s/demo/": (
        "Overview",
        ["Faulty configuration files", "The process was ended by signal 9", "check_disk:13", "set back"],
    ),
    "/s/demo/orders": ("Orders", ["4 orders", "task 12 works on it", "until it is resumed", "setback 2, again at"]),
    "/s/demo/orders?state=setback&q=2026": ("Orders", ["1 order", "2026-11-19"]),
    "/s/demo/orders?q=nothing": ("Orders", ["No order matches nothing. Clear the filter", "without it."]),
    "/s/demo/orders/sales/daily/-/2026-11-20": (
        "2026-11-20",
        ["Friday", "permanent", "region", "Steps of run 3", "/sales/check:10"],
    ),
    "/s/demo/orders/sales/daily/-/2026-11-18": (
        "2026-11-18",
        ["The order is not in the chain any more: it left it", "finished"],
    ),
    "/s/demo/jobs": ("Jobs", ["4 jobs", "1 of 2", "never ran", "faulty file", "order job", "standalone"]),
    "/s/demo/jobs?state=faulty": ("Jobs", ["1 job", "check_disk"]),
    "/s/demo/jobs/sales/load": ("load", ["Tasks now", "Load the day's sales", "1 running of 2 possible", "second"]),
    "/s/demo/jobs/housekeeping/check_disk": (
        "check_disk",
        ["the version read before goes on", "line 7, column 3", "Z-JAVA-105"],
    ),
    "/s/demo/jobs/broken": (
        "broken",
        ["there is no version to go on with", "line 1, column 6", "it has title, order, tasks"],
    ),
    "/s/demo/tasks/11": ("Task 11", ["The process ended with exit code 3", "order 2026-11-19", "17 sales"]),
    "/s/demo/tasks/12": ("Task 12", ["running", "Kill at once", "not yet"]),
    "/s/demo/tasks/11/-/log": ("Log of task 11", ["row 1: 17 sales"]),
    "/s/demo/chains": ("Job chains", ["1 chain", "Daily sales", "1 set back"]),
    "/s/demo/chains/sales/daily": ("daily", ["Nodes", "/sales/check", "4 orders", "Newest runs"]),
    "/s/demo/chains/sales/weekly": ("weekly", ["there is no version to go on with"]),
    "/s/demo/resources": ("Resources", ["Schedules", "Process classes", "Locks"]),
    "/s/demo/plan?view=month": ("", ["Mon", "Sun", "to come"]),
    "/s/demo/plan?view=idle": ("Plan of ", ["that do not start on this day"]),
    "/s/demo/start-times": ("Start times", ["At most", "Start times"]),
    "/s/demo/folders/jobs": ("Jobs by folder", ["housekeeping", "sales", "1 stopped"]),
    "/s/demo/folders/jobs?open=/sales/": ("Jobs by folder", ["archive", "load"]),
    "/s/demo/folders/chains?open=*": ("Job chains by folder", ["daily"]),
    "/s/demo/folders/orders": ("Orders by folder", ["sales", "4", "1 set back or blacklisted", "1 suspended"]),
    "/s/demo/folders/orders?open=/sales/,/sales/daily": ("Orders by folder", ["chain daily", "2026-11-20 running"]),
    "/s/demo/folders/resources": ("Resources by folder", ["Open all", "Close all"]),
    "/s/demo/dependencies": ("Dependencies", ["No object in this folder"]),
    "/s/demo/config": ("Configuration", ["Configuration files", "line 7", "configuration error"]),
    "/s/demo/config/-/job/sales/load": ("load", ["Definition in use", "It refers to no other object."]),
    "/s/demo/log": ("Log of the scheduler", ["The engine does not give its log now.", "Log categories"]),
    "/s/demo/search?q=load": ("Search", ["/sales/load", "Load the day"]),
    "/s/demo/resources/run-time": ("Try a run time", ["By fields", "As XML"]),
    "/s/demo/resources/run-time?compose=yes&day=1&at=02:00": ("Try a run time", ["Next starts"]),
    "/s/demo/jobs/sales/load?tab=orders": ("load", ["2026-11-20"]),
    "/s/demo/jobs/sales/load?tab=starts": ("load", ["Start times of the next seven days"]),
    "/s/demo/jobs/sales/load?tab=documentation": ("load", ["has no description"]),
    "/s/demo/jobs/sales/load?tab=configuration": ("load", ["exit 0"]),
    "/s/demo/chains/sales/daily?node=second": ("daily", ["Node second", "Job /sales/load"]),
    "/s/demo/chains/sales/daily?tab=starts": ("daily", ["Start times of the next seven days"]),
    "/schedulers": ("All schedulers", ["demo", "of 1 alive"]),
    "/agents": ("Agents", ["None yet."]),
    "/me/views": ("Saved views", ["No view is saved yet."]),
    "/help": ("Help", ["state:stopped"]),
    "/help/from-joc": ("Where to find it", ["Show log"]),
    "/help/about": ("About Stellwerk", ["Apache-2.0", "htmx.org"]),
    "/dev/gallery": ("Gallery", ["set back"]),
    "/s/demo/history": ("History", ["Runs of orders", "2026-11-17"]),
    "/s/demo/history?kind=tasks&state=failed": ("History", ["killed (signal 9)", "load:11"]),
    "/s/demo/cluster": ("Cluster", ["takes the commands of these pages", "/srv/config/live"]),
    "/s/demo/audit": ("Audit", ["Nobody has done anything here yet."]),
    "/me": ("admin", ["Time zone"]),
    "/help/keys": ("Shortcuts", ["search in the list"]),
}


def test_each_page_shows_what_it_is_for(site_on_each: Site) -> None:
    for address, (heading, texts) in PAGES.items():
        answer = site_on_each.get(address)
        assert answer.status_code == 200, address
        [found] = [" ".join(h1.text_content().split()) for h1 in tree(answer).xpath("//h1")]
        assert found == heading or (heading.endswith(" ") and found.startswith(heading)) or not heading, address
        for text in texts:
            assert text in words(answer), (address, text)


def test_the_plan_of_today_is_there(site_on_each: Site) -> None:
    for view in ("list", "timeline"):
        page = tree(site_on_each.get(f"/s/demo/plan?view={view}"))
        assert str(page.xpath("//h1")[0].text_content()).startswith("Plan of ")
        assert page.xpath(f'//nav[@class="tabs"]//a[@aria-current][contains(., "{view.title()}")]'), view


def test_a_day_that_nobody_planned_shows_what_ran(site_on_each: Site) -> None:
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0) - timedelta(days=2)
    rows = Rows(site_on_each.url)
    rows.put(
        a_failed_task(50, "/sales/noon", -9, enqueued_at=noon, started_at=noon, ended_at=noon + timedelta(minutes=1)),
        a_run(51, "/sales/daily", "of noon", started_at=noon, ended_at=noon + timedelta(minutes=1)),
    )
    rows.writer.close()
    address = f"/s/demo/plan?day={noon:%Y-%m-%d}"
    listed, timeline = (words(site_on_each.get(f"{address}&view={view}")) for view in ("list", "timeline"))
    assert tree(site_on_each.get(address)).xpath('//*[@id="h-list"]/text()') == ["2 entries"]
    for text in ("noon", "killed", "of noon", "Starts per quarter"):
        assert text in listed, text
    for text in ("daily, of noon", "1 done"):
        assert text in timeline, text


def test_what_ran_for_hours_and_failed_just_now_leads_the_newest_failures(site_on_each: Site) -> None:
    with Rows(site_on_each.url) as rows:
        rows.put(a_failed_task(50, "/sales/long", started_at=ago(9000), ended_at=ago(1)))
        rows.put([a_failed_task(60 + number, "/sales/short", ended_at=ago(100)) for number in range(9)])
    page = tree(site_on_each.get("/s/demo/"))
    first = page.xpath('//section[@aria-labelledby="h-failed"]//tr[@data-row]')[0]
    assert first.get("id") == "fail-50"


def test_every_link_of_these_pages_leads_somewhere(site: Site) -> None:
    links = {
        str(link) for address in PAGES for link in tree(site.get(address)).xpath("//main//a/@href | //header//a/@href")
    }
    # of the links to one page, which differ in their arguments, the first is enough
    first = {link.partition("#")[0].partition("?")[0]: link for link in sorted(links, reverse=True)}
    for place, link in first.items():
        if place == "/s/demo/cluster/demo/log":  # of a member, of which there is only the row
            assert site.get(place).status_code == 503
        elif not link.startswith("#"):
            assert site.get(link.partition("#")[0], follow_redirects=True).status_code == 200, link


def test_long_lists_come_in_pages_and_keep_their_filter(site_on_each: Site) -> None:
    with Rows(site_on_each.url) as rows:
        rows.put([an_order(f"many-{number:03d}", "/sales/daily", ordering=100 + number) for number in range(120)])
    address, seen = "/s/demo/orders?q=many", []
    while address:
        page = tree(site_on_each.get(address))
        seen += page.xpath("//tbody//th//a/text()")
        address = (page.xpath('//a[@rel="next"]/@href') or [""])[0]
        assert not address or "q=many" in address
    assert seen == [f"many-{number:03d}" for number in range(120)]


def test_a_history_goes_back_by_the_last_entry_seen(site_on_each: Site) -> None:
    with Rows(site_on_each.url) as rows:
        rows.put([a_failed_task(100 + number) for number in range(110)])
    address, seen = "/s/demo/history?kind=tasks&state=failed&q=/job", []
    while address:
        page = tree(site_on_each.get(address))
        seen += page.xpath("//tbody/tr/@id")
        address = (page.xpath('//a[@rel="next"]/@href') or [""])[0]
    assert seen == [f"task-{number}" for number in range(209, 99, -1)]


def test_why_an_order_does_not_run_is_shown_with_a_link_to_the_cause(site: Site, engine_port: CommandServer) -> None:
    obstacle = '<obstacle kind="stopped" type="job" object="/sales/load" text="The job is stopped"/>'
    engine_port.reply = lambda command: f"<order><why>{obstacle}</why></order>"
    page = site.get("/s/demo/orders/sales/daily/-/late")
    assert "Why it does not run The job is stopped /sales/load" in words(page)
    assert tree(page).xpath('//*[@class="obstacles"]//a/@href') == ["/s/demo/jobs/sales/load"]


def test_what_is_missing_leads_to_the_form_that_makes_it_for_those_who_may(
    site: Site, engine_port: CommandServer
) -> None:
    obstacle = '<obstacle kind="job_missing" type="job" object="/sales/gone" text="The job does not exist"/>'
    engine_port.reply = lambda command: f"<order><why>{obstacle}</why></order>"
    order = "/s/demo/orders/sales/daily/-/late"
    [link] = tree(site.get(order)).xpath('//*[@class="obstacles"]//a/@href')
    assert link == "/s/demo/config/-/new?kind=job&path=/sales/gone"
    assert site.get(link).status_code == 303
    an_account(site.url, "vera", Assignment("viewer"))
    site.enter("vera")
    assert "The job does not exist /sales/gone" in words(site.get(order))
    assert tree(site.get(order)).xpath('//*[@class="obstacles"]//a/@href') == []


def test_what_is_missing_because_its_file_is_faulty_leads_to_the_fault(
    site: Site, engine_port: CommandServer
) -> None:
    obstacle = '<obstacle kind="job_missing" type="job" object="/broken" text="The job does not exist"/>'
    engine_port.reply = lambda command: f"<order><why>{obstacle}</why></order>"
    page = site.get("/s/demo/orders/sales/daily/-/late")
    assert "The file of the job is faulty: SCHEDULER-232 Attribute 'tiitle' is unknown in <job>" in words(page)
    assert tree(page).xpath('//*[@class="obstacles"]//a/@href') == ["/s/demo/config/-/job/broken"]


def test_the_task_that_holds_a_lock_is_named_with_its_page_and_since_when(
    site: Site, engine_port: CommandServer
) -> None:
    held = "The lock is held by task 12 of /sales/load, task 999 of /gone"
    obstacle = f'<obstacle kind="waiting_for_lock" type="lock" object="/db" text="{held}"/>'
    engine_port.reply = lambda command: f"<order><why>{obstacle}</why></order>"
    page = site.get("/s/demo/orders/sales/daily/-/late")
    links = tree(page).xpath('//*[@class="obstacles"]//a/@href')
    assert links == ["/s/demo/resources?q=/db#lock-/db", "/s/demo/tasks/12"]
    assert "/sales/load:12 runs for" in words(page)


@pytest.mark.parametrize("tab", ["", "?tab=configuration"])
def test_what_is_wrong_with_the_script_of_a_job_is_told_once(
    site: Site, engine_port: CommandServer, tab: str
) -> None:
    text = "SyntaxError: invalid syntax (line 1, column 21)"
    problem = Problem("STELLWERK-023", text, 1, 21)
    assert str(problem) == f"STELLWERK-023  {text}", "its place is told once, too"
    with Rows(site.url) as rows:
        rows.put(a_job("/sales/check", order=True, state=JobState.STOPPED, problem=problem))
        rows.put(a_task(20, "/sales/check", problem=problem))
    said = f"The job is stopped; last error: {problem}"
    obstacle = f'<obstacle kind="stopped" type="job" object="/sales/check" text="{said}"/>'
    engine_port.reply = lambda command: f"<job.why>{obstacle}</job.why>"
    page = tree(site.get(f"/s/demo/jobs/sales/check{tab}"))
    for history in page.xpath('//tr[@data-row]'):
        history.drop_tree()
    told = " ".join(page.text_content().split())
    assert "Why it does not run The job is stopped " in told
    assert told.count("SyntaxError") == 1
    dialog = words(site.fragment("/s/demo/jobs/sales/check?part=why"))
    assert dialog.count("SyntaxError") == 1, "where nobody else tells it"


def test_lists_ask_why_in_a_dialog_or_lead_to_the_page(site: Site, engine_port: CommandServer) -> None:
    with Rows(site.url) as rows:
        rows.put(an_order("due", "/sales/daily", start_at=ago(300), ordering=9))
    [link] = tree(site.get("/s/demo/orders")).xpath("//a[@data-why]")
    assert link.get("href").endswith("/-/due#why")
    obstacle = '<obstacle kind="stopped" type="job" object="/sales/load" text="The job is stopped"/>'
    engine_port.reply = lambda command: f"<order><why>{obstacle}</why></order>"
    answer = words(site.fragment(link.get("hx-get")))
    assert answer == "Why order due does not run The job is stopped /sales/loadOpenClose"
    engine_port.reply = lambda command: "<job><why/></job>"
    assert "Nothing is known to stand in its way." in words(site.fragment("/s/demo/jobs/sales/load?part=why"))


def test_the_help_stands_beside_the_account(site: Site) -> None:
    for address in ("/s/demo/jobs", "/me", "/audit"):
        [link] = tree(site.get(address)).xpath('//header//a[@href="/help"]')
        assert link.text_content() == "Help"


def test_an_exit_code_is_told_where_nothing_else_tells_it(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(a_job("/odd"), a_job("/script"), a_task(90, "/odd", exit_code=7))
        rows.put(a_task(91, "/script", exit_code=None))
    page = tree(site.get("/s/demo/jobs"))
    said = {
        row.xpath("string(th//a)"): row.xpath('string(.//*[span="exit code "])').strip()
        for row in page.xpath("//tbody/tr[@data-row]")
    }
    wanted = {"check": "exit code 0", "odd": "exit code 7"}
    assert said == dict.fromkeys(("load", "check_disk", "archive", "script"), "") | wanted


def test_the_state_of_what_does_not_run_is_a_button_that_asks_why(site: Site, engine_port: CommandServer) -> None:
    "Without script it leads to the answer on the page of the object. What a task works on is not asked."
    for list_, pages in (
        ("jobs", ["housekeeping/check_disk", "sales/archive", "sales/check"]),
        ("orders", ["sales/daily/-/2026-11-19", "sales/daily/-/late", "sales/daily/-/next"]),
    ):
        forms = tree(site.get(f"/s/demo/{list_}")).xpath('//form[@class="asked"]')
        asked = {form.get("action"): form.xpath("string(button[@data-why]/@hx-get)") for form in forms}
        assert asked == {f"/s/demo/{list_}/{page}#why": f"/s/demo/{list_}/{page}?part=why" for page in pages}
        assert {form.get("method") for form in forms} == {"get"}
    engine_port.reply = lambda command: '<order><why><obstacle kind="suspended" text="It is held"/></why></order>'
    assert tree(site.get("/s/demo/orders/sales/daily/-/late?")).xpath('//*[@id="why"]')


@pytest.mark.parametrize(
    ("type_", "name", "address"),
    [
        ("job", "/sales/load", "/s/demo/jobs/sales/load"),
        ("job_chain", "/sales/daily", "/s/demo/chains/sales/daily"),
        ("node", "/sales/daily:second", "/s/demo/chains/sales/daily#h-nodes"),
        ("order", "/sales/daily,a/b", "/s/demo/orders/sales/daily/-/a~2Fb"),
        ("order", "/sales/daily,late", ""),  # the page itself
        ("scheduler", "demo", "/s/demo/cluster"),
        ("process_class", "/", "/s/demo/resources#h-classes"),
        ("lock", "/db/warehouse", "/s/demo/resources?q=/db/warehouse#lock-/db/warehouse"),
        ("unheard_of", "/x", ""),
    ],
)
def test_what_is_in_the_way_is_linked_by_its_type(
    site: Site, engine_port: CommandServer, type_: str, name: str, address: str
) -> None:
    obstacle = f'<obstacle kind="x" type="{type_}" object="{name}" text="It is in the way"/>'
    engine_port.reply = lambda command: f"<order><why>{obstacle}</why></order>"
    page = tree(site.get("/s/demo/orders/sales/daily/-/late"))
    assert "It is in the way" in page.xpath('//*[@class="obstacles"]')[0].text_content()
    assert page.xpath('//*[@class="obstacles"]//a/@href') == ([address] if address else [])


def test_without_answer_to_why_the_page_is_there(site: Site, engine_port: CommandServer) -> None:
    engine_port.reply = lambda command: None
    site.be_impatient()
    page = site.get("/s/demo/orders/sales/daily/-/late")
    assert page.status_code == 200
    assert "Why it does not run" not in words(page)


def test_the_start_page_leads_to_the_only_scheduler(site: Site) -> None:
    assert site.get("/").location == "/s/demo/"


def test_before_any_engine_there_are_first_steps(empty_site: Site) -> None:
    empty_site.enter()
    assert "stellwerk engine -id=demo" in words(empty_site.get("/"))


def test_a_chosen_zone_is_used_for_all_times(site: Site) -> None:
    site.post("/me", zone="Asia/Tokyo", theme="dark")
    page = site.get("/s/demo/cluster")
    assert "Times in Asia/Tokyo" in words(page)
    assert tree(page).get("data-theme") == "dark"


def test_a_zone_that_does_not_exist_is_ignored(site: Site) -> None:
    site.client.set_cookie("browser_zone", "..%2F..%2Fetc%2Fpasswd")
    assert "Times in UTC" in words(site.get("/s/demo/cluster"))
