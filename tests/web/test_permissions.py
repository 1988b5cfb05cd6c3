"Nobody sees or does what is not granted: every page, every action, every number."

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree, html
from werkzeug.test import TestResponse

from models import releases
from models.permissions import PERMISSIONS
from models.read.journal import JournalRow
from models.roles import Assignment
from scheduler.hold import RELEASED
from scheduler.records import Cause
from tests.support.command_server import CommandServer
from tests.support.every_address import addresses
from tests.support.rows import Rows, a_chain, a_file, a_job, a_task, an_order, fill
from tests.support.web_site import Site, an_account, tree, words
from web import database
from web.actions import routes
from web.actions.kinds import KEYS
from web.actions.verbs import VERBS
from web.endpoints import VIEWS

#: every name of the world outside of /housekeeping
ELSEWHERE = re.compile(r"/sales/|Load the day|Daily sales|weekly|2026-11-19|geheim")


def told(answer: TestResponse) -> list[str]:
    "Names from elsewhere in an answer; examples in empty fields do not count."
    return ELSEWHERE.findall(re.sub(r'placeholder="[^"]*"', "", answer.text))


def site_of(url: str, port: int, *given: Assignment) -> Site:
    with Rows(url) as rows:
        fill(rows, port)
    an_account(url)
    an_account(url, "mw", *given)
    site = Site(url)
    site.enter("mw")
    return site


def tell_about_everything(command: etree._Element) -> str:
    "What an engine says that knows no reader."
    if command.tag == "job.why":
        return (
            '<job.why><obstacle kind="lock" type="lock" object="/sales/lock" text="waits for lock /sales/lock"/>'
            "</job.why>"
        )
    return (
        '<state><locks><lock path="/sales/lock"><lock.holders><lock.holder job="/sales/load" task="12"/>'
        '</lock.holders></lock><lock path="/housekeeping/lock"><lock.holders><lock.holder job="/sales/load" task="12"'
        '/></lock.holders><lock.queue><lock.queue.entry job="/sales/load"/></lock.queue></lock></locks>'
        '<process_classes><process_class path="/" max_processes="3"><processes><process job="/sales/load" task_id="12"'
        '/></processes></process_class></process_classes><schedules>'
        '<schedule path="/housekeeping/nightly" active="yes">'
        '<schedule.users><schedule.user job="/sales/load"/></schedule.users></schedule></schedules></state>'
    )


def test_a_reason_does_not_name_a_task_that_one_may_not_see(sqlite_url: str, engine_port: CommandServer) -> None:
    held = 'object="/housekeeping/lock" text="The lock is held by task 12 of /sales/load"'
    obstacle = f'<obstacle kind="waiting_for_lock" type="lock" {held}/>'
    engine_port.reply = lambda command: f"<job><why>{obstacle}</why></job>"
    site = site_of(sqlite_url, engine_port.port, Assignment("operator", "", "/housekeeping/"))
    page = words(site.get("/s/demo/jobs/housekeeping/check_disk"))
    site.close()
    assert "Something that you may not see is in the way." in page
    assert "/sales" not in page


LOOKED_AT = (
    "jobs", "jobs/sales/archive", "orders", "orders/sales/daily/-/late", "chains", "chains/sales/daily",
    "chains/sales/daily?node=second", "tasks/12", "cluster", "config", "config/-/job/sales/load",
)  # fmt: skip


def test_whoever_only_looks_is_offered_nothing_to_do(sqlite_url: str, engine_port: CommandServer) -> None:
    site = site_of(sqlite_url, engine_port.port, Assignment("auditor"))
    for page in LOOKED_AT:
        offered = tree(site.get(f"/s/demo/{page}")).xpath("//main//form[@method='post'] | //main//a[@hx-get]")
        found = [each.get("href") or each.get("action") for each in offered]
        assert [each for each in found if "/-/" in each and "log" not in each and "#why" not in each] == [], page
    assert not {"Start job", "Add order"} & set(tree(site.get("/s/demo/")).xpath("//main//a/text()"))
    site.enter("admin")
    assert {"Start job", "Add order"} <= set(tree(site.get("/s/demo/")).xpath("//main//a/text()"))
    site.close()


def test_every_page_says_what_one_needs_to_see_it(empty_site: Site) -> None:
    for rule in empty_site.app.url_map.iter_rules():
        blueprint = rule.endpoint.rpartition(".")[0]
        assert rule.endpoint in VIEWS or blueprint in VIEWS, f"web/endpoints.py does not name {rule.endpoint}"
    assert {name for name in VIEWS.values() if name} <= set(PERMISSIONS)


def test_every_verb_needs_a_permission_that_exists_and_has_an_address() -> None:
    known = {blueprint.name for blueprint in routes.BLUEPRINTS}
    assert len(known) == 6
    for verb in VERBS.values():
        assert verb.permission in PERMISSIONS, verb.action
        assert verb.kind in KEYS, verb.action


def test_a_person_limited_to_a_folder_reads_nothing_of_other_folders(
    sqlite_url: str, engine_port: CommandServer
) -> None:
    "All pages and parts, the pulse and the interface; texts that the engine would tell included."
    site = site_of(sqlite_url, engine_port.port, Assignment("operator", "", "/housekeeping/"))
    looked = 0
    for method, endpoint, address in addresses(site):
        if method != "GET" or endpoint in ("auth.login", "static") or endpoint.startswith("help."):
            continue
        answer = site.get(address)
        looked += 1
        assert answer.status_code in (200, 303, 302, 304, 401, 403, 404), (address, answer.status_code)
        assert not told(answer), (address, told(answer))
    assert looked > 40
    engine_port.reply = tell_about_everything
    for address in (
        "/s/demo/",
        "/s/demo/jobs",
        "/s/demo/orders",
        "/s/demo/chains",
        "/s/demo/history",
        "/s/demo/history?kind=tasks",
        "/s/demo/resources",
        "/s/demo/folders/jobs?open=*",
        "/s/demo/folders/chains?open=*",
        "/s/demo/folders/orders?open=*,/sales/daily",
        "/s/demo/folders/resources?open=*",
        "/s/demo/jobs/housekeeping/check_disk",
        "/api/v1/schedulers/demo/changes",
        "/api/v1/schedulers/demo/tasks",
    ):
        answer = site.get(address)
        assert answer.status_code == 200, address
        assert not told(answer), (address, told(answer))
    # the engine's own log is about everything
    assert site.get("/s/demo/log").status_code == 403
    assert "check_disk" in site.get("/s/demo/jobs").text
    strip = words(site.fragment("/s/demo/strip"))
    assert "suspended 1" not in strip.replace("1 suspended", "suspended 1")
    for address in ("/s/demo/jobs/sales/load", "/s/demo/orders/sales/daily/-/late", "/s/demo/tasks/12"):
        assert site.get(address).status_code == 404, address
    site.close()


def test_trees_count_and_name_what_is_in_sight_only(sqlite_url: str, engine_port: CommandServer) -> None:
    "A lock that a job out of sight holds and waits for is free, as it is in the list."
    site = site_of(sqlite_url, engine_port.port, Assignment("operator", "", "/housekeeping/"))
    with Rows(sqlite_url) as rows:
        rows.put(an_order("mine", "/housekeeping/tidy"))
    engine_port.reply = tell_about_everything
    orders = tree(site.get("/s/demo/folders/orders?open=/housekeeping/,/housekeeping/tidy,/sales/,/sales/daily"))
    assert table_rows(orders) == [
        "Level 1, folder / list 1", "Level 2, folder housekeeping list 1", "Level 3, chain tidy list 1",
        "Level 4 mine waiting",
    ]  # fmt: skip
    resources = tree(site.get("/s/demo/folders/resources?open=*"))
    assert table_rows(resources) == [
        "Level 1, folder / list 2 1 in use", "Level 2, folder housekeeping list 2 1 in use", "Level 3 lock lock free",
        "Level 3 nightly schedule active",
    ]  # fmt: skip
    site.close()


def table_rows(page: html.HtmlElement) -> list[str]:
    return [" ".join(row.text_content().split()) for row in page.xpath('//table[@class="tree"]/tbody/tr')]


def test_what_ones_own_objects_name_elsewhere_is_not_told(sqlite_url: str, engine_port: CommandServer) -> None:
    "But in the text of the definition, which its authors wrote: it is shown whole to whoever may see it."
    site = site_of(sqlite_url, engine_port.port, Assignment("operator", "", "/housekeeping/"))
    chain, nodes = a_chain("/housekeeping/tidy", "/sales/load")
    job = a_job("/housekeeping/sweep", process_class="/sales/few")
    source = '<job process_class="/sales/few"><lock.use lock="/sales/db"/><script language="shell">exit</script></job>'
    file = a_file(job)
    task = a_task(60, "/housekeeping/sweep", cause=Cause.ORDER, chain="/sales/daily", order_id="2026-11-19", node="x")
    with Rows(sqlite_url) as rows:
        rows.put(job, chain, nodes, replace(file, definition=replace(file.definition, source=source)), task)
    base = "/s/demo"
    for address in (
        f"{base}/jobs", f"{base}/jobs?group=class", f"{base}/jobs/housekeeping/sweep", f"{base}/tasks/60",
        f"{base}/chains?show=nodes", f"{base}/chains/housekeeping/tidy", f"{base}/chains/housekeeping/tidy?node=first",
        f"{base}/config",
        f"{base}/dependencies", f"{base}/history?kind=tasks", f"{base}/", "/api/v1/schedulers/demo/tasks/60",
        "/api/v1/schedulers/demo/jobs", "/api/v1/schedulers/demo/chains/housekeeping/tidy",
    ):  # fmt: skip
        answer = site.get(address)
        assert answer.status_code == 200, address
        assert not told(answer), (address, told(answer))
    chain_page = tree(site.get(f"{base}/chains/housekeeping/tidy"))
    rows_of_nodes = " ".join(chain_page.xpath('string(//tr[starts-with(@id, "node-")])').split())
    assert "a job that you may not see" in rows_of_nodes
    assert "missing" not in rows_of_nodes
    page = site.get(f"{base}/config/-/job/housekeeping/sweep")
    assert told(page) == ["/sales/"] * 2
    site.close()


def test_a_shared_view_is_told_to_who_may_see_what_its_filter_names(
    sqlite_url: str, engine_port: CommandServer
) -> None:
    site = site_of(sqlite_url, engine_port.port, Assignment("operator", "", "/housekeeping/"))
    site.enter("admin")
    for name, query in (
        ("Sales folder", "q=folder:/sales"), ("Not sales", "q=folder:/housekeeping+not+folder:/sales"),
        ("Any load", "q=load"), ("By class", "q=class:/sales/few"), ("Open ones", "open=/housekeeping/,/sales/"),
        ("Of a chain", "q=state:failed&chain=/sales/daily"),
        ("Failed ones", "q=state:stopped"), ("Own folder", "q=folder:/housekeeping+disk"), ("All", ""),
    ):  # fmt: skip
        assert site.post("/me/views", name=name, back=f"/s/demo/jobs?{query}", shared="yes").status_code == 303
    numbers = [each.removeprefix("view-") for each in tree(site.get("/me/views")).xpath("//tr[@data-row]/@id")]
    site.enter("mw")
    for address in ("/me/views", "/s/demo/jobs"):
        text = words(site.get(address))
        for name in ("Sales folder", "Not sales", "Any load", "By class", "Open ones", "Of a chain"):
            assert name not in text, (address, name)
        for name in ("Failed ones", "Own folder", "All"):
            assert name in text, (address, name)
    opened = [site.get(f"/wall/{number}").status_code for number in numbers]
    assert sorted(opened) == [302] * 3 + [404] * 6
    begun = [site.post(f"/me/views/{number}/start").status_code for number in numbers]
    assert sorted(begun) == [303] * 3 + [404] * 6, "nor does one begin with what one may not know"
    site.close()


def test_what_one_may_not_do_is_not_offered_not_opened_and_not_done(
    sqlite_url: str, engine_port: CommandServer
) -> None:
    given = (Assignment("viewer"), Assignment("operator", "", "/housekeeping/"))
    site = site_of(sqlite_url, engine_port.port, *given)
    page = site.get("/s/demo/jobs/sales/load")
    assert page.status_code == 200
    assert not tree(page).xpath('//main//form[@method="post"]')
    assert tree(site.get("/s/demo/jobs/housekeeping/check_disk")).xpath("//main//a[contains(@href, '/-/stop')]")
    form = site.get("/s/demo/jobs/sales/load/-/stop")
    assert form.status_code == 403
    assert "jobs.stop" in words(form)
    assert "granted by admin" in words(form)
    assert site.post("/s/demo/jobs/sales/load/-/stop", reason="x").status_code == 403
    assert site.post("/s/demo/-/pause", reason="x").status_code == 403
    assert {command.tag for command in engine_port.commands} <= {"job.why"}, "only questions"
    assert site.post("/s/demo/jobs/housekeeping/check_disk/-/stop", reason="x").status_code == 303
    assert len(engine_port.sent("modify_job")) == 1
    for address in ("/admin/accounts", "/admin/roles", "/admin/settings", "/audit", "/s/demo/audit"):
        assert site.get(address).status_code == 403, address
    assert "Administration" not in words(site.get("/s/demo/"))
    site.close()


def test_a_scheduler_of_which_nothing_is_granted_is_not_there(sqlite_url: str, engine_port: CommandServer) -> None:
    site = site_of(sqlite_url, engine_port.port, Assignment("administrator", "other"))
    assert site.get("/s/demo/").status_code == 404
    assert site.get("/s/demo/jobs").status_code == 404
    assert "demo" not in site.get("/api/v1/schedulers").text
    site.close()


def test_an_auditor_limited_to_a_folder_sees_its_entries_only(sqlite_url: str, engine_port: CommandServer) -> None:
    site = site_of(sqlite_url, engine_port.port, Assignment("auditor", "", "/housekeeping/"))
    site.enter("admin")
    for job in ("sales/load", "housekeeping/check_disk"):
        until = {"reason": f"because of {job}", "until": "2030-03-09 06:00"}
        assert site.post(f"/s/demo/jobs/{job}/-/stop", **until).status_code == 303
        with site.app.app_context(), database.writing() as connection:
            detail = {**RELEASED, "by": "admin", "until": "2030-03-09T06:00:00.000Z"}
            row = JournalRow(1, datetime(2030, 3, 9, 6, tzinfo=UTC), "job.unstopped", f"/{job}", detail)
            releases.note(connection, "demo", row)
    site.enter("mw")
    for address in ("/s/demo/audit", "/audit", "/audit?object=/sales/load", "/audit/export.csv", "/audit/export.jsonl"):
        answer = site.get(address)
        assert answer.status_code == 200
        assert "because of sales" not in answer.text, address
    assert site.get("/audit?account=the+scheduler").text.count("because of housekeeping") == 1
    assert site.get("/audit").text.count("because of housekeeping") == 2, "what was let go at its time, too"
    # where no scheduler is named there is a way to other pages, too: a small screen has none but this one
    assert tree(site.get("/audit")).xpath('//nav[@id="site-map"]//a/@href')
    # but everybody who sees an object sees why it stands still
    assert "because of housekeeping" in site.get("/s/demo/jobs/housekeeping/check_disk").text
    site.close()


@pytest.mark.parametrize("role", ["kiosk", "api"])
def test_an_account_for_programs_opens_no_pages(sqlite_url: str, role: str) -> None:
    an_account(sqlite_url)
    an_account(sqlite_url, "robot", Assignment(role))
    site = Site(sqlite_url)
    answer = site.sign_in("robot")
    assert answer.status_code == 403
    assert "for programs" in words(answer)
    assert site.get("/me").status_code == 303
    site.close()
