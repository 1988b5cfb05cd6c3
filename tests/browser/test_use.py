"""What people do, with script and without."""

from __future__ import annotations

import re

import pytest
from lxml import etree
from playwright.sync_api import Route, expect

from models.batch import TaskLog
from models.roles import Assignment
from scheduler.records import OrderState
from tests.browser.conftest import NewPage, World
from tests.support.rows import a_failed_task, a_file, a_job, a_member, an_order
from tests.support.web_site import an_account

pytestmark = pytest.mark.browser


def test_a_long_id_of_a_held_order_keeps_to_one_line(new_page: NewPage, world: World) -> None:
    long = "the-order-of-the-night-" * 5
    world.rows.put(an_order(long, "/sales/daily", state=OrderState.SUSPENDED))
    page = new_page()
    page.goto("/s/demo/")
    name = page.locator(f'[aria-labelledby="h-held"] .name[title="{long}"]')
    assert name.evaluate("e => e.scrollWidth > e.clientWidth")
    assert name.evaluate("e => new Set([...e.firstChild.getClientRects()].map(each => each.bottom)).size") == 1


def test_the_longest_names_fit_a_telephone(new_page: NewPage, world: World) -> None:
    name = "reconciliation_of_accounts_" * 3
    world.rows.put(job := a_job(f"/{name}/{name}", title=name), a_file(job))
    page = new_page(320)
    for address in (f"jobs/{name}/{name}", f"config/-/job/{name}/{name}", f"search?q={name}"):
        page.goto(f"/s/demo/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") == 320, address


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
