"""What changes while a page is open, and what people do there meanwhile."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from scheduler.definitions import ProcessClassDefinition
from scheduler.records import FileState, ObjectKind, OrderState, SourceFile, TaskState
from tests.browser.conftest import NewPage, World
from tests.browser.looks import violations
from tests.support.rows import a_failed_task, a_member, a_task, an_order, many_like
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser


def test_a_page_shows_a_change_without_being_reloaded(new_page: NewPage, world: World) -> None:
    world.rows.beat(a_member(world.engine.port))
    page = new_page()
    page.goto("/s/demo/orders/sales/daily/-/late")
    expect(page.locator("h1 + .state")).to_have_text("suspended")
    page.evaluate("window.stayed = true")
    world.rows.put(an_order("late", "/sales/daily", state=OrderState.RUNNING, task_id=12, ordering=3))
    expect(page.locator("h1 + .state")).to_have_text("running")
    assert page.evaluate("window.stayed")
    # the file of a schedule, and the agents of all schedulers
    schedule = SourceFile(ObjectKind.SCHEDULE, "/nightly", "", None, FileState.UNDEFINED)
    world.rows.put(schedule)
    page.goto("/s/demo/resources/schedules/nightly")
    page.evaluate("window.stayed = true")
    world.rows.put(replace(schedule, removed=True))
    expect(page.locator("#region-schedule")).to_contain_text("The file is deleted.")
    assert page.evaluate("window.stayed")
    page.goto("/agents")
    expect(page.locator("#contact")).to_be_visible()
    page.evaluate("window.stayed = true")
    known = ProcessClassDefinition("/far", 5, source='<process_class remote_scheduler="distant:4445"/>')
    world.rows.put(SourceFile(ObjectKind.PROCESS_CLASS, "/far", "", None, FileState.ACTIVE, known))
    expect(page.locator("#region-agents")).to_contain_text("distant:4445")
    assert page.evaluate("window.stayed")
    # trees: what is open stays open, who reads keeps the place, and what is being selected is not pulled away
    page.goto("/s/demo/folders/orders?open=/sales/,/sales/daily")
    tree = page.locator("table.tree")
    tree.get_by_role("link", name="next", exact=True).focus()
    page.evaluate("window.stayed = true")
    world.rows.put(an_order("brand-new", "/sales/daily"))
    expect(tree).to_contain_text("brand-new")
    expect(tree.get_by_role("link", name="next", exact=True)).to_be_focused()
    expect(tree.locator("[aria-expanded=true]")).to_have_count(2)
    tree.locator("tr", has_text="brand-new").locator("td").nth(1).select_text()
    world.rows.put(an_order("newer-still", "/sales/daily"))
    expect(page.locator("#news-region-tree")).to_contain_text("show")
    assert page.evaluate("getSelection().toString()").strip() == "waiting"
    expect(tree).not_to_contain_text("newer-still")
    page.evaluate("getSelection().removeAllRanges()")
    expect(tree).to_contain_text("newer-still")
    # nor does anything change behind an open dialog
    tree.locator("tr", has_text="brand-new").locator("[data-menu]").click()
    expect(page.locator("#dialog[open]")).to_be_visible()
    world.rows.put(an_order("newest", "/sales/daily"))
    expect(page.locator("#news-region-tree")).to_contain_text("show")
    expect(tree).not_to_contain_text("newest")
    page.keyboard.press("Escape")
    expect(tree).to_contain_text("newest")
    assert page.evaluate("window.stayed")
    world.rows.beat(a_member(world.engine.port), -3600)  # however slowly this goes on, it is no silent member
    free = "<lock path='/db/main'/>"
    held = "<lock path='/db/main'><lock.holders><lock.holder job='/sales/load'/></lock.holders></lock>"
    world.engine.reply = lambda command: f"<state><locks>{free}</locks></state>"
    page.goto("/s/demo/folders/resources?open=*")
    tree.get_by_role("link", name="main", exact=True).focus()
    page.evaluate("window.stayed = true")
    expect(tree.locator("tr", has_text="main")).to_contain_text("free")
    world.engine.reply = lambda command: f"<state><locks>{held}</locks></state>"
    world.rows.put(a_task(4710, "/sales/load", state=TaskState.RUNNING))
    expect(tree.locator("tr", has_text="main")).to_contain_text("in use")
    expect(tree.get_by_role("link", name="main", exact=True)).to_be_focused()
    assert page.evaluate("window.stayed")
    # and a folder that is closed while all are open stays so
    tree.get_by_role("link", name="db", exact=True).click()
    page.wait_for_url("**/folders/resources?open=*-*")
    expect(tree).not_to_contain_text("main")
    # a history stays as it is, and says that there is more
    page.goto("/s/demo/history?kind=tasks")
    page.evaluate("window.stayed = true")
    world.rows.put(a_task(4711, "/sales/load"))
    expect(page.locator("#region-new a")).to_have_text("1 new entry, show")
    expect(page.locator("#task-4711")).to_have_count(0)
    assert page.evaluate("window.stayed")
    page.click("#region-new a")
    expect(page.locator("#task-4711")).to_be_visible()
    expect(page.locator("#region-new a")).to_have_count(0)


def test_the_strip_counts_what_runs(new_page: NewPage, world: World) -> None:
    page = new_page()
    page.goto("/s/demo/cluster")
    expect(page.locator("#strip li").first).to_have_text("running 1")
    world.rows.put(a_task(40, "/sales/load", state=TaskState.RUNNING))
    expect(page.locator("#strip li").first).to_have_text("running 2")


def test_what_somebody_types_survives_a_change(new_page: NewPage, world: World) -> None:
    page = new_page()
    page.goto("/s/demo/orders")
    page.fill("main input[type=search]", "half typed")
    world.rows.put(an_order("brand-new", "/sales/daily", ordering=50))
    expect(page.locator("text=brand-new")).to_be_visible()
    expect(page.locator("main input[type=search]")).to_have_value("half typed")


def test_focus_and_selection_outlive_ten_changes_of_a_filtered_list_of_ten_thousand_jobs(
    new_page: NewPage, world: World
) -> None:
    paths = [f"/many/{('nightly', 'weekly')[number % 2]}{number:05}" for number in range(10_000)]
    many_like(world.site.url, "/sales/load", paths)
    page = new_page(alone=True)
    page.clock.install()
    page.goto("/s/demo/jobs?q=folder:/many nightly")
    expect(page.locator("main h2").first).to_contain_text("5 000 jobs".replace(" ", "\N{NARROW NO-BREAK SPACE}", 1))
    page.check(f"input[value='{paths[4]}']")
    page.mouse.move(5, 5)  # lists wait for who points at a row
    link = page.locator("tbody tr th a", has_text="nightly00008")
    link.focus()
    ended = page.locator("tbody tr", has_text="nightly00008").locator("td[data-label='Last end']")
    for number in range(10):
        make, word = ((a_failed_task, "failed"), (a_task, "finished"))[number % 2]
        world.rows.put(make(5000 + number, paths[8]))
        page.clock.fast_forward(4000)  # the page asks every three seconds, and a list comes once in a second at most
        expect(ended).to_contain_text(word)
        expect(link).to_be_focused()
    expect(page.locator(f"input[value='{paths[4]}']")).to_be_checked()
    expect(page.locator("[data-selected-count]")).to_have_text("1 selected:")
    expect(page.locator("tr[aria-selected]")).to_have_count(1)
    expect(page.locator("tbody tr[data-row]")).to_have_count(50)


def test_lost_contact_is_told_within_ten_seconds_and_its_return_with_the_numbers_of_now(
    new_page: NewPage, world: World
) -> None:
    page = new_page(errors=True, alone=True)
    page.clock.install()
    page.set_viewport_size({"width": 1280, "height": 400})
    page.goto("/s/demo/")
    contact, stale = page.locator("#contact"), page.locator("html.stale")
    for round_, pause in enumerate((0, 11)):
        # when nothing has happened for long, the page asks less often, and is as honest
        page.clock.fast_forward(pause * 60_000)
        expect(contact).to_contain_text("live")
        expect(stale).to_have_count(0)
        page.route("**/pulse*", lambda route: route.abort())
        with page.expect_event("requestfailed", lambda request: "/pulse" in request.url):
            page.evaluate("document.querySelector('#pulse').dispatchEvent(new CustomEvent('beat'))")
        page.clock.run_for(10_000)
        assert page.evaluate("document.documentElement.classList.contains('stale')")
        expect(contact).to_contain_text("no contact for")
        expect(contact).to_be_in_viewport()
        world.rows.put(a_task(40 + round_, "/sales/load", state=TaskState.RUNNING))
        page.unroute("**/pulse*")
        page.clock.run_for(8_000)
        expect(contact).to_contain_text("live")
        expect(stale).to_have_count(0)
        expect(page.locator("#strip li").first).to_have_text(f"running {2 + round_}")


def test_a_list_that_takes_its_time_shows_it_and_can_be_left(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/s/demo/jobs")
    page.clock.install()
    # as if the answer never came: the browser of the test would wait for it, too
    page.evaluate("document.addEventListener('submit', event => event.preventDefault())")
    page.fill("main input[type=search]", "slow")
    page.press("main input[type=search]", "Enter")
    page.clock.run_for(400)
    expect(page.locator("#region-table.loading")).to_be_visible()
    page.clock.run_for(3_000)
    expect(page.locator("#still")).to_contain_text("longer than usual")
    page.click("#still button")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator("#region-table.loading")).to_have_count(0)


def test_a_region_that_cannot_be_made_leaves_the_others_alone_and_comes_back(new_page: NewPage, world: World) -> None:
    page, views = new_page(errors=True), world.site.app.view_functions
    page.goto("/s/demo/jobs")
    whole = views["jobs.index"]
    views["jobs.index"] = lambda **_: 1 / 0
    place = page.locator("#region-table")

    def failed() -> int:
        page.keyboard.press("r")  # nothing is asked twice at a time: what is under way yet may still be good
        return place.locator("[role=alert]").count()

    wait_until(failed, what="the region's failure", interval=0.3)
    expect(place.locator("[role=alert]")).to_contain_text("under error")
    assert violations(page) == []
    world.rows.put(a_task(40, "/sales/load", state=TaskState.RUNNING))
    expect(page.locator("#strip li").first).to_have_text("running 2")
    views["jobs.index"] = whole
    place.locator("text=Try again").click()
    expect(place.locator("h2")).to_contain_text("jobs")
    # and it hears of changes again
    with page.expect_response(lambda answer: "part=table" in answer.url and answer.ok):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('jobs'))")


def test_an_expired_session_leads_to_the_door(new_page: NewPage, world: World) -> None:
    page = new_page(errors=True)
    page.goto("/s/demo/jobs")
    # before it ends that is told, on a frozen page too and in an open form, and prolonged without leaving either
    page.get_by_role("button", name="Freeze this page").click()
    page.click("[data-menu] >> nth=0")
    page.click("#dialog >> text=Stop job")
    page.fill("#reason", "New disks")
    world.site.leave_unused(timedelta(hours=12) - timedelta(minutes=9))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('stayed'))")
    expect(page.locator(".session .banner")).to_have_count(2)
    page.locator("#dialog").get_by_role("button", name="Stay signed in").click()
    expect(page.locator(".session .banner")).to_have_count(0)
    expect(page.locator("#reason")).to_have_value("New disks")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Freeze this page").click()
    expect(page).to_have_url(re.compile("/s/demo/jobs$"))
    page.context.clear_cookies()
    page.wait_for_url("**/login?next=/s/demo/jobs")
