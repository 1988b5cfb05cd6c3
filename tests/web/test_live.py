"""The pulse: nothing new is 304, something new is named by topic. And fragments are parts of their pages."""

from __future__ import annotations

import json
import re

import pytest

from scheduler.changes import Change, Kind
from scheduler.records import FileState, ObjectKind, SourceFile, TaskState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_failed_task, a_job, a_member, a_run, a_task, ago, an_order
from tests.support.web_site import Site, tree, words
from web.topics import concerns, topics


def tag(site: Site, page: str) -> str:
    return str(tree(site.get(page)).xpath('//*[@id="pulse"]/@hx-ptag')[0])


def test_while_nothing_changes_the_pulse_is_304(site: Site) -> None:
    answer = site.fragment("/s/demo/pulse", HX_PTag=tag(site, "/s/demo/"))
    assert answer.status_code == 304
    assert answer.data == b""


def test_a_heartbeat_is_no_change(site: Site) -> None:
    known = tag(site, "/s/demo/")
    with Rows(site.url) as rows:
        rows.put()
    assert site.fragment("/s/demo/pulse", HX_PTag=known).status_code == 304


def test_a_change_names_its_topics_and_the_next_tag(site: Site) -> None:
    known = tag(site, "/s/demo/")
    with Rows(site.url) as rows:
        rows.put(a_task(20, "/sales/load"))
    answer = site.fragment("/s/demo/pulse", HX_PTag=known)
    assert answer.status_code == 200
    assert json.loads(answer.headers["HX-Trigger"]) == {
        "agents": {}, "history": {}, "jobs": {}, "resources": {}, "tasks": {},
    }  # fmt: skip
    assert site.fragment("/s/demo/pulse", HX_PTag=answer.headers["HX-PTag"]).status_code == 304


@pytest.mark.parametrize("known", ["", "abc", "999999999", "-1"])
def test_a_tag_that_says_nothing_refreshes_everything(site: Site, known: str) -> None:
    answer = site.fragment("/s/demo/pulse", HX_PTag=known)
    assert json.loads(answer.headers["HX-Trigger"]) == {"refresh": {}}


def test_the_page_of_an_object_hears_of_its_object(site: Site) -> None:
    page = "/s/demo/orders/sales/daily/-/late"
    address, known = tree(site.get(page)).xpath('//*[@id="pulse"]')[0].get("hx-get"), tag(site, page)
    with Rows(site.url) as rows:
        rows.put(an_order("other", "/sales/daily", ordering=9), a_job("/else"))
    first = site.fragment(address, HX_PTag=known)
    assert "object" not in json.loads(first.headers["HX-Trigger"])
    with Rows(site.url) as rows:
        rows.put(an_order("late", "/sales/daily", ordering=3))
    second = site.fragment(address, HX_PTag=first.headers["HX-PTag"])
    assert "object" in json.loads(second.headers["HX-Trigger"])


@pytest.mark.parametrize(
    ("noun", "name", "of", "expected"),
    [
        ("job", "/a", "job:/a", True),
        ("task", "/A", "job:/a", True),
        ("job", "/b", "job:/a", False),
        ("order", "/c,1", "chain:/c", True),
        ("node", "/c", "chain:/c", True),
        ("order", "/c,1", "order:/c,1", True),
        ("order", "/c,2", "order:/c,1", False),
        ("chain", "/c", "order:/c,1", True),
        ("order", "/d,1", "order:/c,1", False),
        ("order", "/c,a,b", "order:/c,a,b", True),
    ],
)
def test_what_concerns_an_object(noun: str, name: str, of: str, expected: bool) -> None:
    assert concerns(noun, name, of) is expected


def test_schedules_resources_and_agents_have_topics_of_their_own() -> None:
    assert {"schedules", "resources", "agents"} <= set(topics([("file.changed", "/nightly")]))
    assert {"resources", "agents"} <= set(topics([("task.ended", "/load")]))
    assert topics([("member.forgotten", "demo")]) == ["agents", "status"]


def test_the_page_of_agents_hears_of_all_schedulers(site: Site) -> None:
    [pulse] = tree(site.get("/agents")).xpath('//*[@id="pulse"]')
    known = pulse.get("hx-ptag")
    assert site.fragment(pulse.get("hx-get"), HX_PTag=known).status_code == 304
    with Rows(site.url, "other") as rows:
        rows.put()
    more = site.fragment(pulse.get("hx-get"), HX_PTag=known)
    assert json.loads(more.headers["HX-Trigger"]) == {"refresh": {}}, "there is one more"
    with Rows(site.url, "other") as rows:
        rows.put(a_task(20, "/load"))
    answer = site.fragment(pulse.get("hx-get"), HX_PTag=more.headers["HX-PTag"])
    assert "agents" in json.loads(answer.headers["HX-Trigger"])
    assert site.fragment(pulse.get("hx-get"), HX_PTag=answer.headers["HX-PTag"]).status_code == 304


def the_line(site: Site, page: str) -> str:
    "Where the line of a page that is not live counts."
    [line] = tree(site.get(page)).xpath('//div[@id="region-new"]')
    assert "every" not in line.get("hx-trigger"), "the pulse tells when"
    assert not words_of_line(site, line.get("hx-get"))
    return str(line.get("hx-get"))


def words_of_line(site: Site, address: str) -> str:
    answer = site.fragment(address)
    assert tree(answer).xpath("//div/@hx-get") == [address], "it goes on counting from what is shown"
    return words(answer)


@pytest.mark.parametrize(
    "page",
    [
        "jobs", "jobs/sales/load", "orders", "orders/sales/daily/-/late", "chains", "chains/sales/daily", "tasks/11",
        "folders/jobs", "folders/resources", "plan", "resources", "config/-/job/sales/load", "cluster", "",
    ],
)  # fmt: skip
def test_a_region_that_says_how_the_scheduler_stands_hears_of_it(
    site: Site, engine_port: CommandServer, page: str
) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(engine_port.port, state="paused"))
    [banner] = tree(site.get(f"/s/demo/{page}")).xpath("//main//strong[.='The scheduler is paused.']")
    trigger = banner.xpath("ancestor::*[@data-live]/@hx-trigger")[-1]
    assert "status from:body" in trigger, trigger


def test_the_history_is_not_live_but_tells_what_has_begun_or_ended_since(site_on_each: Site) -> None:
    site = site_on_each
    with Rows(site.url) as rows:
        rows.put(a_task(900, "/sales/load", state=TaskState.RUNNING, ended_at=None))
        rows.put(a_run(901, "/sales/daily", "7", ended_at=None))
    tasks = the_line(site, "/s/demo/history?kind=tasks")
    failed = the_line(site, "/s/demo/history?kind=tasks&state=failed")
    runs = the_line(site, "/s/demo/history")
    [region] = tree(site.get("/s/demo/history")).xpath('//*[@id="region-table"]/@hx-trigger')
    assert region == "refresh from:body, catch-up"
    with Rows(site.url) as rows:
        rows.put(a_failed_task(900, "/sales/load"), a_task(902, "/sales/load"), a_task(903, "/sales/load"))
        rows.put(a_run(901, "/sales/daily", "7"))
    assert words_of_line(site, tasks) == "3 new entries, show"
    assert words_of_line(site, failed) == "1 new entry, show"
    assert tree(site.fragment(failed)).xpath("//a/@href") == ["/s/demo/history?kind=tasks&state=failed"]
    assert words_of_line(site, runs) == "1 new entry, show"
    assert "tasks from:body" in site.get("/s/demo/history?kind=tasks&wall=1").text, "nobody presses anything there"


def test_configuration_and_calendars_tell_how_many_files_have_changed_since(site_on_each: Site) -> None:
    site = site_on_each
    files, calendars = the_line(site, "/s/demo/config"), the_line(site, "/s/demo/calendars")
    with Rows(site.url) as rows:
        bank = SourceFile(ObjectKind.CALENDAR, "/bank", "", None, FileState.UNDEFINED)
        lock = SourceFile(ObjectKind.LOCK, "/db", "", None, FileState.UNDEFINED)
        rows.put(bank, lock, lock)
    assert words_of_line(site, files) == "2 changed files, show"
    assert words_of_line(site, calendars) == "1 changed file, show"
    calendars = the_line(site, "/s/demo/calendars")
    with Rows(site.url) as rows:
        rows.writer.write(
            [
                Change(Kind.FILE_REMOVED, file.path, drop=((SourceFile, file.key),), detail={"kind": file.kind.value})
                for file in (bank, lock)
            ],
            now=ago(0),
        )
    assert words_of_line(site, calendars) == "1 changed file, show"


def test_what_jobs_tell_others_refreshes_no_list() -> None:
    assert topics([("event.published", "/sales/load")]) == ["events"]


def test_an_unknown_word_of_the_journal_refreshes_the_strip() -> None:
    assert topics([("moon.rose", "/x")]) == ["status"]


PARTS = [
    "/s/demo/?part=now",
    "/s/demo/orders?part=table",
    "/s/demo/orders/sales/daily/-/late?part=order",
    "/s/demo/jobs?part=table",
    "/s/demo/jobs/sales/load?part=job",
    "/s/demo/tasks/11?part=task",
    "/s/demo/chains?part=table",
    "/s/demo/chains/sales/daily?part=chain",
    "/s/demo/history?part=table",
    "/s/demo/cluster?part=members",
    "/s/demo/resources?part=resources",
    "/s/demo/resources/schedules/nightly?part=schedule",
    "/agents?part=agents",
]


@pytest.mark.parametrize("address", PARTS)
def test_a_fragment_is_the_part_of_its_page_that_fetches_it(site: Site, address: str) -> None:
    if "schedules" in address:
        with Rows(site.url) as rows:
            rows.put(SourceFile(ObjectKind.SCHEDULE, "/nightly", "", None, FileState.UNDEFINED))
    part = site.fragment(address)
    assert part.status_code == 200
    assert "<html" not in part.text
    name = re.search(r"part=(\w+)", address)
    assert name is not None
    page = tree(site.get(address.partition("?")[0]))
    [region] = page.xpath(f'//*[@id="region-{name[1]}"]')
    assert region.get("hx-get") == address
    assert re.search(rf'id="region-{name[1]}"', part.text)


@pytest.mark.parametrize(
    "headers", [{"HX_Boosted": "true"}, {"HX_History_Restore_Request": "true"}, {"HX_Request_Type": "full"}]
)
def test_boosted_links_and_history_get_the_whole_page(site: Site, headers: dict[str, str]) -> None:
    assert "<html" in site.fragment("/s/demo/jobs?part=table", **headers).text


def test_the_region_keeps_the_filter_of_the_page(site: Site) -> None:
    page = tree(site.get("/s/demo/orders?state=setback&q=2026&page=1"))
    assert page.xpath('//*[@id="region-table"]/@hx-get') == ["/s/demo/orders?state=setback&q=2026&page=1&part=table"]


def test_the_strip_is_only_a_fragment(site: Site) -> None:
    assert 'id="strip"' in site.fragment("/s/demo/strip").text
    assert site.get("/s/demo/strip").status_code == 404


def test_an_old_heartbeat_is_told_on_every_page(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(), seconds_ago=60)
    for address in ("/s/demo/", "/s/demo/jobs", "/s/demo/jobs/sales/load", "/s/demo/cluster"):
        assert "No sign of life since" in words(site.get(address)), address
        assert "no contact" in words(site.get(address))


def test_a_member_that_cannot_write_its_heartbeat_says_so_when_asked(site: Site, engine_port: CommandServer) -> None:
    "It has lost its database, so no row tells it."
    lost = '<state state="running" db_waiting="yes" db_error="disk full"/>'
    engine_port.reply = lambda command: lost
    with Rows(site.url) as rows:
        rows.beat(a_member(engine_port.port), seconds_ago=60)
    said = words(site.get("/s/demo/jobs"))
    assert "The engine waits for its database." in said
    assert "disk full" in said
    assert "No sign of life" not in said
    site.get("/s/demo/jobs")
    assert len(engine_port.sent("show_state")) == 1, "it is not asked by every page"


def test_who_comes_to_a_backup_is_told(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(state="waiting_for_activation", active=False, backup=True))
        assert "This is a backup." in words(site.get("/s/demo/jobs"))
        rows.beat(a_member(state="waiting_for_activation", active=False))
    assert "No member is active. box:" in words(site.get("/s/demo/jobs"))


def test_an_engine_that_waits_for_its_database_is_told(site: Site) -> None:
    with Rows(site.url) as rows:
        rows.beat(a_member(database_problem="disk full"))
    assert "The engine waits for its database." in words(site.get("/s/demo/"))
    assert "disk full" in words(site.get("/s/demo/"))
