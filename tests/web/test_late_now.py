"""What is late now: by the plan of whatever day, without a plan by orders that wait; a number leads to its list."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import event

from models import connect, tables
from models import plan as store
from models.plan import EntryRow
from models.read import overview
from models.roles import Assignment
from scheduler.definitions import ProcessClassDefinition
from scheduler.plan.expected import Expected
from scheduler.plan.state import EntryState
from scheduler.records import FileState, ObjectKind, SourceFile
from scheduler.run_time.calendar import StartKind
from tests.support.rows import SCHEDULER, Rows, an_order
from tests.support.web_site import Site, an_account, tree, words

NOW = datetime.now(UTC)
#: the plan day of this test begins an hour ago
BEGIN = NOW - timedelta(hours=1)
TODAY, YESTERDAY = BEGIN.date(), BEGIN.date() - timedelta(days=1)


def entry(day: date, path: str, minutes: float, state: EntryState) -> EntryRow:
    at = NOW + timedelta(minutes=minutes)
    about = Expected("job", path, path, at, at, StartKind.SINGLE)
    return EntryRow(day, about, "", 60.0, state, late=state is EntryState.LATE)


ENTRIES = {
    TODAY: [
        entry(TODAY, "/sales/load", -30, EntryState.LATE),
        entry(TODAY, "/sales/check", -30, EntryState.OVERDUE),
        entry(TODAY, "/sales/archive", -30, EntryState.FINISHED),
        entry(TODAY, "/housekeeping/check_disk", -30, EntryState.STARTED),
        entry(TODAY, "/sales/later", 30, EntryState.PLANNED),
    ],
    YESTERDAY: [
        entry(YESTERDAY, "/housekeeping/slow", -90, EntryState.OVERDUE),
        entry(YESTERDAY, "/sales/lost", -90, EntryState.MISSED),
    ],
}


def plan_of_now(site: Site) -> Site:
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        for day, begin in ((TODAY, BEGIN), (YESTERDAY, BEGIN - timedelta(days=1))):
            store.put_day(connection, SCHEDULER, day, (begin, begin + timedelta(days=1)), "UTC", NOW)
            store.replace_entries(connection, SCHEDULER, day, [], ENTRIES[day])
            store.put_summary(connection, SCHEDULER, day, store.summary_of(connection, SCHEDULER, day, begin))
    engine.dispose()
    return site


def late(site: Site) -> tuple[str, str]:
    "What the strip says, and where that leads."
    [link] = tree(site.fragment("/s/demo/strip")).xpath('//li/a[starts-with(normalize-space(), "late")]')
    return " ".join(link.text_content().split()), link.get("href")


def test_the_strip_counts_what_the_plan_says_is_late_now_and_leads_to_it(site_on_each: Site) -> None:
    site = plan_of_now(site_on_each)
    assert late(site) == ("late 3", "/s/demo/plan?state=behind")
    said = words(site.get("/s/demo/plan?state=behind"))
    assert "2 entries" in said
    assert "late now 2" in said
    assert f"1 start of {YESTERDAY} is late, too." in said
    assert "/housekeeping/slow" in words(site.get(f"/s/demo/plan?state=behind&day={YESTERDAY}"))
    figures = tree(site.get("/s/demo/")).xpath('//ul[@class="numbers"]//a[contains(@href, "state=behind")]')
    assert [figure.text_content() for figure in figures] == ["3late"]
    assert site.client.get("/api/v1/schedulers/demo").json["counts"]["late"] == 3


def marks(site: Site) -> dict[str, list[str]]:
    "What the list says of orders that should have begun."
    rows = tree(site.get("/s/demo/orders")).xpath("//tr[@data-row]")
    found = {row.xpath(".//th//a/text()")[0]: row.xpath('.//*[contains(@class, "attention")]') for row in rows}
    words_of = {name: [mark.text_content().strip() for mark in found] for name, found in found.items()}
    return {name: told for name, told in words_of.items() if {"late", "due"} & {*told}}


def test_without_a_plan_the_orders_that_wait_too_long_count(site: Site) -> None:
    assert late(site) == ("late 0", "/s/demo/orders?q=late:yes")
    with Rows(site.url) as rows:
        rows.put(an_order("due", "/sales/daily", start_at=NOW - timedelta(minutes=5), ordering=9))
    assert late(site)[0] == "late 1"
    assert marks(site) == {"due": ["late"]}
    plan_of_now(site)
    assert late(site)[0] == "late 3"
    assert marks(site) == {"due": ["due"]}, "as the line above counts it: late is what the plan says to be"


def test_who_sees_one_folder_is_told_of_that_one_only(site: Site) -> None:
    plan_of_now(site)
    an_account(site.url, "house", Assignment("viewer", "", "/housekeeping/"))
    site.enter("house")
    assert late(site)[0] == "late 1"


def test_the_number_is_had_without_looking_through_the_plan(sqlite_url: str) -> None:
    "In the same statement as the others, and over the index of what may still become something."
    seen: list[tuple[str, Any]] = []
    engine = connect.create(sqlite_url, "web")
    with connect.reading(engine) as connection:
        event.listen(engine, "before_cursor_execute", lambda *given: seen.append((given[2], given[3])))
        overview(connection, SCHEDULER, NOW)
        (statement, values), _ = [each for each in seen if each[0].startswith("SELECT")]
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
    engine.dispose()
    assert "plan_entries USING INDEX ix_plan_entries_unsettled (scheduler_id=? AND start_at<?)" in plan, plan


def test_the_overview_names_what_is_late_now_and_what_a_new_installation_lacks(site: Site) -> None:
    page = tree(plan_of_now(site).get("/s/demo/"))
    late_now = page.xpath('//section[@aria-labelledby="h-late"]')[0]
    assert len(late_now.xpath(".//tr[@data-row]")) == 3
    assert late_now.xpath(".//a[text()='All']/@href") == ["/s/demo/plan?state=behind"]
    health = " ".join(page.xpath('string(//section[@aria-labelledby="h-health"])').split())
    assert "s ahead" in health  # as the sign of life of this small world
    assert "Agentsnone yet" in health
    steps = " ".join(page.xpath('string(//section[@aria-labelledby="h-steps"])').split())
    assert "1 of 4" in steps
    assert "a job is there" in steps.replace("jobis", "job is")
    assert "an agent not yet" in steps.replace("agentnot", "agent not")


def test_an_agent_that_a_process_class_merely_names_is_not_there(site: Site) -> None:
    definition = ProcessClassDefinition("/far", source='<process_class remote_scheduler="http://far:4445"/>')
    file = SourceFile(ObjectKind.PROCESS_CLASS, "/far", "/far.process_class.xml", NOW, FileState.ACTIVE, definition)
    with Rows(site.url) as rows:
        rows.put(file)
    page = tree(site.get("/s/demo/"))
    [agent] = page.xpath('//section[@aria-labelledby="h-steps"]//li[.//a="an agent"]')
    assert agent.xpath("string(.//span[@class='muted'])") == "named by a process class, but never reached"
    assert agent.xpath("string(.//use/@href)").endswith("#circle")
    health = " ".join(page.xpath('string(//section[@aria-labelledby="h-health"])').split())
    assert "1 named by process classes, none ever reached" in health


def test_the_supervisor_is_healthy_when_all_workers_are_in_step(site: Site) -> None:
    engine = connect.create(site.url, "web")
    row = {
        "scheduler_id": SCHEDULER, "worker_scheduler_id": "", "protocol": "", "ip": "", "hostname": "", "tcp_port": 0,
        "udp_port": 0, "version": "", "directory": "", "is_cluster_member": False, "faults": [], "connected_at": NOW,
    }  # fmt: skip
    with connect.writing(engine) as connection:
        connection.execute(tables.workload_schedulers.insert(), [{**row, "name": "a", "applied": 3}])
        version = {"scheduler_id": SCHEDULER, "worker": "a", "checksum": "", "source": "", "manifest": "", "files": 0,
                   "made_at": NOW, "origin": "", "revision": "", "released_by": ""}  # fmt: skip
        connection.execute(tables.configuration_versions.insert(), [{**version, "number": 3}])
    said = words(site.get("/s/demo/"))
    assert "1 worker, all in step" in said
    with connect.writing(engine) as connection:
        connection.execute(tables.configuration_versions.insert(), [{**version, "number": 4}])
        connection.execute(tables.workload_schedulers.update().values(disconnected_at=NOW))
    engine.dispose()
    assert "1 worker, 1 behind, 1 not connected" in words(site.get("/s/demo/"))


def test_an_administrator_says_from_when_on_it_is_late(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.put(an_order("due", "/sales/daily", start_at=NOW - timedelta(minutes=5)))

    def late() -> tuple[bool, bool]:
        rows = tree(site.get("/s/demo/orders?q=late:yes")).xpath("//tr[@data-row]//a/text()")
        numbers = site.get("/api/v1/schedulers/demo").json
        assert numbers is not None
        return "due" in rows, numbers["counts"]["late"] > 0

    assert late() == (True, True)
    kept = {"late_seconds": "7200", "zone": "Asia/Tokyo"}
    assert site.post("/admin/settings", form_page="/admin/settings", **kept).status_code == 303
    assert late() == (False, False)
    assert marks(site) == {}, "nor is it marked"
    form = tree(site.get("/admin/settings"))
    assert form.xpath('//input[@id="late_seconds"]/@value') == ["7200"]
    assert "Asia/Tokyo" in words(site.get("/s/demo/cluster"))
    site.post("/admin/settings", form_page="/admin/settings", late_seconds="-1", zone="Mars")
    assert late() == (True, True)
    assert "Asia/Tokyo" not in words(site.get("/s/demo/cluster"))
