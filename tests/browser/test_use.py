"""What people do, with script and without."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree
from playwright.sync_api import Route, expect

from models.batch import TaskLog
from models.roles import Assignment
from scheduler.definitions import ProcessClassDefinition
from scheduler.records import FileState, ObjectKind, OrderState, SourceFile, TaskState
from tests.browser.conftest import NewPage, World
from tests.browser.looks import violations
from tests.support.rows import a_failed_task, a_member, a_task, an_order, many_like
from tests.support.waiting import wait_until
from tests.support.web_site import an_account

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


def test_a_long_id_of_a_held_order_keeps_to_one_line(new_page: NewPage, world: World) -> None:
    long = "the-order-of-the-night-" * 5
    world.rows.put(an_order(long, "/sales/daily", state=OrderState.SUSPENDED))
    page = new_page()
    page.goto("/s/demo/")
    name = page.locator(f'[aria-labelledby="h-held"] .name[title="{long}"]')
    assert name.evaluate("e => e.scrollWidth > e.clientWidth")
    assert name.evaluate("e => new Set([...e.firstChild.getClientRects()].map(each => each.bottom)).size") == 1


def test_the_strip_counts_what_runs(new_page: NewPage, world: World) -> None:
    page = new_page()
    page.goto("/s/demo/cluster")
    expect(page.locator("#strip li").first).to_have_text("running 1")
    world.rows.put(a_task(40, "/sales/load", state=TaskState.RUNNING))
    expect(page.locator("#strip li").first).to_have_text("running 2")


def test_an_action_opens_as_a_dialog_and_says_what_was_done(new_page: NewPage, world: World) -> None:
    page = new_page()
    page.goto("/s/demo/jobs/sales/load")
    page.click("text=Start")
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    assert page.url.endswith("/s/demo/jobs/sales/load")
    dialog.locator("input[name=param_name]").first.fill("region")
    dialog.locator("input[name=param_value]").first.fill("north")
    dialog.locator("button.primary").click()
    expect(page.locator(".flash")).to_contain_text("Start was ordered: job /sales/load.")
    assert page.url.endswith("/s/demo/jobs/sales/load")
    [command] = world.engine.sent("start_job")
    assert command.find("params/param").attrib == {"name": "region", "value": "north"}


def test_escape_closes_the_dialog_and_gives_the_focus_back(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/s/demo/jobs/sales/load")
    page.focus(".actions >> text=Stop")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).to_be_visible()
    expect(page.locator("#dialog input#reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator(".actions >> text=Stop")).to_be_focused()


def test_a_note_is_added_in_a_dialog_outlives_refreshes_and_is_removed(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/s/demo/jobs/sales/load")
    page.click("text=Add a note")
    field = page.locator("#dialog textarea")
    expect(field).to_be_focused()
    field.fill("First line\n<b>second</b>")
    assert violations(page) == []
    page.click("#dialog >> text=Add note")
    expect(page.locator(".flash")).to_contain_text("The note was added.")
    assert page.url.endswith("/s/demo/jobs/sales/load")
    expect(page.locator(".object-note p").first).to_have_text("First line\n<b>second</b>")
    assert violations(page) == []
    page.keyboard.press("r")
    page.click(".object-note button")
    expect(page.locator(".flash")).to_contain_text("The note was removed")
    expect(page.locator(".object-note")).to_have_count(0)


@pytest.mark.parametrize("row", ["jobs/sales/load", "orders/sales/daily/-/late", "chains/sales/daily"])
def test_on_a_wide_screen_a_row_opens_beside_its_list(new_page: NewPage, row: str) -> None:
    page, listed = new_page(1600), f"/s/demo/{row.partition('/')[0]}"
    page.goto(listed)
    link, drawer = page.locator(f"th a[href='/s/demo/{row}']"), page.locator("#drawer")
    expect(drawer).to_be_hidden()
    link.focus()
    page.keyboard.press("Enter")
    expect(drawer.locator("h2")).to_be_visible()
    expect(drawer.locator("text=Add a note")).to_be_visible()
    assert page.url.endswith(f"{listed}#/s/demo/{row}")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(link).to_be_focused()
    assert page.url.endswith(listed)
    # the address can be handed on, and a click beside the link does the same
    page.goto("about:blank")
    page.goto(f"{listed}#/s/demo/{row}")
    expect(drawer.locator("h2")).to_be_visible()
    page.click("[data-shut]")
    expect(drawer).to_be_hidden()
    link.locator("xpath=ancestor::tr/td[last() - 1]").click(position={"x": 2, "y": 2})
    expect(drawer.locator("h2")).to_be_visible()


@pytest.mark.parametrize(("kind", "shown"), [("text/html; charset=utf-8", 1), ("text/plain; charset=utf-8", 0)])
def test_an_address_that_is_handed_on_shows_no_text_of_a_job_as_a_page(
    new_page: NewPage, kind: str, shown: int
) -> None:
    page = new_page(1600)
    page.route("**/s/demo/jobs/log.txt?*", lambda route: route.fulfill(content_type=kind, body="<p id=words>x</p>"))
    page.add_init_script(
        "document.addEventListener('htmx:finally:request', event => {"
        " if (event.detail.ctx.request.action.includes('log.txt')) document.documentElement.dataset.answered = 1 })"
    )
    page.goto("/s/demo/jobs#/s/demo/jobs/log.txt")
    expect(page.locator("html[data-answered]")).to_have_count(1)
    expect(page.locator("#words")).to_have_count(shown)


def test_a_deed_in_the_drawer_leads_back_to_the_list(new_page: NewPage, world: World) -> None:
    page = new_page(1600)
    page.goto("/s/demo/orders")
    page.click("th a[href='/s/demo/orders/sales/daily/-/next']")
    page.click("#drawer >> text=Start now")
    expect(page.locator(".flash")).to_contain_text("Started: order next.")
    assert "/s/demo/orders#" in page.url
    expect(page.locator("#drawer h2")).to_have_text("next")


def test_on_a_narrow_screen_the_link_of_a_row_opens_the_page(new_page: NewPage) -> None:
    page = new_page(1024)
    page.goto("/s/demo/jobs")
    page.click("th a[href='/s/demo/jobs/sales/load']")
    page.wait_for_url("**/s/demo/jobs/sales/load")


def test_a_double_click_sends_one_command_and_so_do_the_ways_back_and_forth(new_page: NewPage, world: World) -> None:
    page = new_page()
    page.goto("/s/demo/orders/sales/daily/-/late")
    page.goto("/s/demo/orders/sales/daily/-/next")
    page.dblclick("button:has-text('Start now')")
    expect(page.locator(".flash")).to_contain_text("Started: order next.")
    assert len(world.engine.sent("modify_order")) == 1
    # each step has to be over before the next one: a reload that meets another navigation is given up
    page.wait_for_load_state()
    last = page.evaluate("navigation.currentEntry.index")
    page.go_back()
    page.go_forward()
    page.wait_for_function("at => navigation.currentEntry.index === at && document.readyState === 'complete'", arg=last)
    page.reload()
    expect(page.get_by_role("button", name="Start now")).to_be_visible()
    # a form that is sent once more, as by a browser that kept the page, is answered with the first result
    page.goto("/s/demo/jobs/sales/load/-/stop")
    page.fill("#reason", "once")
    key = page.locator("main input[name=operation]").first.input_value()
    token = page.locator("main input[name=csrf_token]").first.input_value()
    form = {"reason": "once", "operation": key, "csrf_token": token}
    for _ in range(2):
        assert page.request.post("/s/demo/jobs/sales/load/-/stop", form=form).ok
    assert (len(world.engine.sent("modify_order")), len(world.engine.sent("modify_job"))) == (1, 1)


def test_the_log_of_a_running_task_follows_and_ends(new_page: NewPage, world: World) -> None:
    "As a whole, one channel of it, and over a time in which the server answers nothing but errors."
    ours = "2026-11-20 02:00:00.123Z [info]   (Task sales/load:12) "
    log = ["one", "two"]

    def reply(command: etree._Element) -> str:
        if command.tag != "show_task":
            return "<ok/>"
        start = int(command.get("log_offset", "0"))
        text = "".join(f"{line}\n" for line in log)[start:]
        return f'<task id="12"><log next_offset="{start + len(text)}">{text}</log></task>'

    world.engine.reply = reply
    world.rows.beat(a_member(world.engine.port))
    page = new_page()
    page.goto("/s/demo/tasks/12")
    expect(page.locator("#log .l")).to_have_count(2)
    channel = new_page(errors=True)
    channel.goto("/s/demo/tasks/12/-/log?channel=main")
    expect(channel.locator("#log-next")).to_have_count(1)
    refused: list[str] = []

    def away(route: Route) -> None:
        if len(refused) == 2:
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(status=503, content_type="text/html", body="<p>away</p>")

    channel.route("**/-/log?*from=*", away)
    log += ["three", f"{ours}of the engine"]
    world.rows.beat(a_member(world.engine.port))
    expect(page.locator("#L3")).to_have_text("3three")
    expect(page.locator("#L4")).to_contain_text("of the engine")
    expect(channel.locator("#L4")).to_contain_text("of the engine")
    assert len(refused) == 2
    expect(channel.locator("#log .l")).to_have_count(1)
    whole = "".join(f"{line}\n" for line in log).encode()
    world.rows.put(a_failed_task(12, "/sales/load"), logs=[TaskLog(12, whole)])
    expect(page.locator("h1 + .state")).to_have_text("failed")
    for each, lines in ((page, 4), (channel, 1)):
        expect(each.locator("#log-next")).to_have_count(0)
        expect(each.locator("#log .l")).to_have_count(lines)


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
        world.rows.put(a_task(40 + round_, "/sales/load", state=TaskState.RUNNING))
        page.unroute("**/pulse*")
        page.clock.run_for(8_000)
        expect(contact).to_contain_text("live")
        expect(stale).to_have_count(0)
        expect(page.locator("#strip li").first).to_have_text(f"running {2 + round_}")


def test_a_list_offers_tokens_verbs_that_make_sense_and_menus_that_obey_the_keyboard(
    new_page: NewPage, world: World
) -> None:
    page = new_page()
    page.goto("/s/demo/jobs?sort=path")
    search, offered = page.locator("main input[type=search]"), page.locator("#tokens option")
    search.fill("state:stopped not ")
    values = [option.get_attribute("value") for option in offered.all()]
    assert "state:stopped not folder:" in values
    assert "state:stopped not not " not in values
    search.fill("")
    # what makes sense for nothing that is selected is not possible
    page.check("input[value='/sales/archive']")
    expect(page.locator(".bulk button[value=unstop]")).to_be_enabled()
    expect(page.locator(".bulk button[value=stop]")).to_be_disabled()
    page.check("input[value='/sales/load']")
    expect(page.locator(".bulk button[value=stop]")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(page.locator("td.check input:checked")).to_have_count(0)
    # the button of the menu of a row; arrows and letters go through it
    page.click("a[aria-label='Actions for job /sales/load']")
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("with a note")
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("link", name="Log")).to_be_focused()
    page.keyboard.press("s")
    expect(dialog.get_by_text("Start times")).to_be_focused()
    page.keyboard.press("s")
    expect(dialog.get_by_text("Start job")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("link", name="Open")).to_be_focused()
    page.keyboard.press("Escape")
    # a page with two lists has a bar for each, and what is ticked stays when the page learns something new
    page.goto("/s/demo/chains/sales/daily")
    page.check("input[value='/sales/daily,first']")
    nodes, orders = page.locator("#bulk-nodes"), page.locator("#bulk")
    expect(nodes).to_contain_text("1 selected:")
    expect(nodes.locator("button[value=skip]")).to_be_enabled()
    expect(nodes.locator("button[value=process]")).to_be_disabled()
    expect(orders).to_be_hidden()
    page.locator("section[aria-labelledby=h-orders] [data-check-all]").check()
    expect(page.locator("input[form=bulk-nodes]:checked")).to_have_count(1)
    expect(orders).to_be_visible()
    world.rows.put(an_order("afresh", "/sales/daily"))
    expect(page.locator("tr[id^=order-]").filter(has_text="afresh")).to_be_visible()
    expect(page.locator("input[form=bulk-nodes]:checked")).to_have_count(1)
    expect(nodes.locator("button[value=process]")).to_be_disabled()
    nodes.locator("button[value=stop]").click()
    expect(page.locator("h1")).to_have_text("Stop node: 1 node")
    # the log of a row
    page.goto("/s/demo/jobs?sort=path")
    page.locator("th a[href='/s/demo/jobs/sales/load']").focus()
    page.keyboard.press("l")
    page.wait_for_url("**/tasks/12/-/log")
    # a right click, or the key of the menu, on rows that are no list of their own
    page.goto("/s/demo/")
    page.locator("#fail-11 td").first.click(button="right")
    expect(dialog).to_contain_text("Standard output")
    page.keyboard.press("Escape")
    page.goto("/s/demo/folders/jobs?open=*")
    page.locator("th a[href='/s/demo/jobs/sales/load']").focus()
    page.keyboard.press(".")
    expect(dialog).to_contain_text("Start job")
    page.keyboard.press("Escape")
    page.goto("/s/demo/config")
    page.locator("tr", has_text="load").locator("td").first.click(button="right")
    expect(dialog.get_by_role("link", name="Page of the job")).to_be_visible()
    assert violations(page) == []
    # how many a filter has found is said, too
    page.goto("/s/demo/jobs?q=folder:/sales")
    expect(page.locator("#announce")).to_have_text(re.compile(r"^\d+ jobs$"))


def test_a_dialog_has_the_focus_in_its_first_field_or_in_the_faulty_one(new_page: NewPage) -> None:
    "Also when a menu has opened it in its place."
    page = new_page(errors=True)
    page.goto("/s/demo/jobs")
    dialog = page.locator("#dialog")
    page.click("a[aria-label='Actions for job /sales/load']")
    dialog.get_by_text("Start job").click()
    expect(dialog.locator("#at")).to_be_focused()
    dialog.locator("#at").fill("now")
    dialog.locator("input[name=param_value]").nth(1).fill("without a name")
    page.evaluate(
        "form => htmx.ajax('POST', form.action, {source: form, target: '#dialog-body', values: new FormData(form)})",
        dialog.locator("form").element_handle(),
    )
    expect(dialog.locator("#params-wrong")).to_be_visible()
    expect(dialog.locator("input[name=param_name]").first).to_be_focused()


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


def test_arrow_keys_follow_the_edges_of_a_chain(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/s/demo/chains/sales/daily")
    focused = "document.activeElement.getAttribute('aria-label').split(',')[0]"
    page.focus(".graph a.node >> nth=0")
    ways = {"ArrowRight": ("second", "done"), "ArrowDown": ("failed",), "ArrowLeft": ("second",)}
    for key, node in [(key, node) for key, nodes in ways.items() for node in nodes]:
        page.keyboard.press(key)
        assert page.evaluate(focused) == f"Node {node}", key
    expect(page.locator(".edge.near")).to_have_count(3)
    page.keyboard.press(".")
    expect(page.locator("#dialog")).to_contain_text("Skip node")
    page.keyboard.press("Escape")
    page.focus(".graph a.node >> nth=1")
    page.keyboard.press("Enter")
    expect(page.locator("#node-panel")).to_contain_text("Last runs of the job")
    assert violations(page) == []


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


def test_keys_can_be_bound_to_alt(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/me")
    page.check("#shortcuts-alt")
    page.click("main button.primary")
    page.goto("/s/demo/jobs")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.keyboard.press("Alt+j")
    assert page.evaluate("document.activeElement.closest('tr') !== null")
    # both at once: the second counts for a short while only
    page.evaluate("""["g", "o"].forEach(key => document.body.dispatchEvent(new KeyboardEvent("keydown",
        { key, code: "Key" + key.toUpperCase(), altKey: true, bubbles: true })))""")
    page.wait_for_url("**/s/demo/")


def test_a_reader_has_keys_of_ones_own(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/me/keys")
    for usual, own in (("j", "v"), ("k", "g v"), ("g o", "o"), ("x", "")):
        page.fill(f"main input[name='{usual}']", own)
    page.click("main button.primary")
    expect(page.locator("#flashes")).to_contain_text("Saved.")
    page.goto("/s/demo/jobs")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY", "the usual key does nothing any more"
    page.keyboard.press("v")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("v")
    assert page.evaluate("document.activeElement.textContent") != first
    page.keyboard.press("x")
    expect(page.locator("td.check input:checked")).to_have_count(0)
    page.evaluate("""["g", "v"].forEach(key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
        { key, bubbles: true })))""")
    assert page.evaluate("document.activeElement.textContent") == first
    page.keyboard.press("o")
    page.wait_for_url("**/s/demo/")


def test_keys_and_buttons_go_from_one_found_place_to_the_next(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/s/demo/orders/sales/daily/-/2026-11-20/-/runs/3/log?find=row")
    hashes = page.locator(".hits a").evaluate_all("all => all.map(each => each.hash)")
    assert len(hashes) > 2

    def stands_at(place: int) -> None:
        page.wait_for_function("hash => location.hash === hash", arg=hashes[place])
        expect(page.locator(".hits a[aria-current]")).to_have_count(1)
        expect(page.locator(".hits a").nth(place)).to_have_attribute("aria-current", "true")
        expect(page.locator(":target")).to_contain_text("row")

    page.keyboard.press("n")
    stands_at(0)
    page.keyboard.press("n")
    stands_at(1)
    page.keyboard.press("Shift+N")
    stands_at(0)
    page.keyboard.press("Shift+N")
    expect(page.locator("#announce")).to_contain_text("first place of this list")
    page.click("[data-hit='1']")
    stands_at(1)


def test_an_order_log_is_searched_in_its_place(new_page: NewPage, world: World) -> None:
    page = new_page()
    page.goto("/s/demo/orders/sales/daily/-/2026-11-20/-/runs/3/log")
    page.click("text=Errors and warnings")
    expect(page.locator(".log-found")).to_contain_text("with an error or a warning")
    page.fill("input[name=find]", "row [0-9]:")
    page.check("input[name=regex]")
    page.keyboard.press("Enter")
    expect(page.locator(".log-found")).to_contain_text("lines fitting")
    page.click(".hits a >> nth=1")
    expect(page.locator(":target")).to_contain_text("row ")


def test_times_are_shown_in_the_zone_of_the_browser(new_page: NewPage) -> None:
    page = new_page(timezone_id="Asia/Tokyo", door=True)
    page.goto("/s/demo/cluster")
    assert "Times in Asia/Tokyo" in page.inner_text("footer.foot")


def test_without_script_one_signs_in_finds_what_failed_reads_its_log_and_resumes_an_order(
    new_page: NewPage, world: World
) -> None:
    an_account(world.site.url, "night", Assignment("operator"))
    an_account(world.site.url, "revision", Assignment("auditor"))
    page = new_page(java_script_enabled=False, door=True, name="night")
    page.click("#strip >> text=failed in 24 h")
    page.click("tbody >> text=load")
    assert "row 1: 17 sales of region north" in page.inner_text("#log")
    page.goto("/s/demo/orders?state=suspended")
    page.click("tbody >> text=late")
    page.click("button:has-text('Resume')")
    assert "Resumed: order late." in page.inner_text(".flash")
    [command] = world.engine.sent("modify_order")
    assert command.get("suspended") == "no"
    page.goto("/s/demo/jobs/sales/load")
    page.click(".actions >> text=Stop")
    page.fill("#reason", "Maintenance")
    page.click("button:has-text('Stop job')")
    assert "Stopped: job /sales/load." in page.inner_text(".flash")
    # who did it, and why, is for others to read
    reader = new_page(java_script_enabled=False, name="revision")
    reader.goto("/s/demo/jobs/sales/load")
    reader.click("text=All that was done")
    row = reader.inner_text("tr:has-text('Stop job')")
    assert "night" in row
    assert "Maintenance" in row


def test_fields_and_text_of_a_schedule_follow_each_other(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/s/demo/config/-/schedule/nightly/-/edit-schedule")
    text, times = page.locator("#source"), page.locator("#at-1")
    expect(times).to_have_value("02:00")
    times.fill("04:15")
    times.press("Tab")
    expect(text).to_have_value(re.compile('single_start="04:15"'))
    expect(page.locator("#run-time-editor ol")).to_contain_text("04:15:00")
    text.fill('<schedule><period begin="08:00" absolute_repeat="600"/></schedule>')
    text.press("Tab")
    expect(page.locator("#seconds-1")).to_have_value("600")
    page.locator("#days-2").select_option("ultimos")
    expect(page.locator("#which-2")).to_be_visible()
