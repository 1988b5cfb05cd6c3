"A deletion that is not confirmed, versions beside each other, lists with more below their rows, a page that is held."

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Request, expect

from models import connect, plan
from scheduler.changes import Change, Kind
from scheduler.records import TaskState
from tests.browser.conftest import NewPage, World
from tests.support.rows import a_saved_file, a_task
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser

FILE = "/s/demo/config/-/job/sales/load"


def test_a_deletion_that_is_not_confirmed_keeps_what_was_typed_and_versions_are_chosen_to_be_compared(
    new_page: NewPage, world: World
) -> None:
    a_saved_file(world.rows.url, "/sales/load", "one", "two")
    page = new_page(errors=True)
    form = page.locator("#dialog form")
    page.goto(FILE)
    page.click("main >> text=Delete file")
    expect(form).to_contain_text("1 task of it queued or running.")
    form.locator("#reason").fill("no more sales")
    form.locator("button.danger").click()
    again = page.locator("main form.form")
    expect(again.locator("#typed-wrong")).to_contain_text("Type /sales/load to confirm.")
    expect(again.locator("#typed")).to_be_focused()
    expect(again.locator("#reason")).to_have_value("no more sales")
    assert not world.engine.sent("file.remove")
    page.goto(f"{FILE}/-/versions")
    page.select_option("#one", "2")
    page.select_option("#other", "1")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("pre.difference .one")).to_contain_text('<job title="two">')


def test_a_frozen_page_asks_for_nothing_until_it_goes_on(new_page: NewPage, world: World) -> None:
    page = new_page()
    page.goto("/s/demo/jobs")
    first = page.locator("#strip li").first
    expect(first).to_have_text("running 1")
    page.get_by_role("button", name="Freeze this page").click()
    expect(page.locator("#contact")).to_contain_text("frozen")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    world.rows.put(a_task(40, "/sales/load", state=TaskState.RUNNING))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('refresh'))")
    expect(first).to_have_text("running 1")
    assert asked == []
    page.get_by_role("button", name="Freeze this page").click()
    expect(first).to_have_text("running 2")
    expect(page.locator("#contact")).to_contain_text("live")


def test_a_plan_that_is_being_worked_out_is_looked_at_each_second_unless_it_is_held(
    new_page: NewPage, world: World
) -> None:
    now, half = datetime.now(UTC), timedelta(hours=12)
    engine = connect.create(world.rows.url, "web")
    with connect.writing(engine) as connection:
        plan.put_day(connection, "demo", now.date(), (now - half, now + half), "UTC", now - half)
    engine.dispose()
    world.rows.writer.write([Change(Kind.FILE_CHANGED, "/sales/load")], now=now + half)
    page = new_page()
    page.goto(f"/s/demo/plan?day={now.date()}")
    looks = page.locator("#region-plan [data-settles]")
    expect(looks).to_contain_text("A change is being worked out")
    for _ in range(2):
        with page.expect_response(lambda answer: "part=plan" in answer.url and answer.ok):
            pass
    page.get_by_role("button", name="Freeze this page").click()
    expect(page.locator("#contact")).to_contain_text("frozen")
    held = "window.held = 0; document.addEventListener('htmx:before:request', () => window.held += 1, true)"
    page.evaluate(held)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    wait_until(lambda: page.evaluate("window.held") >= 2, what="that the plan would have been looked at")
    assert asked == []
    page.get_by_role("button", name="Freeze this page").click()
    with page.expect_response(lambda answer: "part=plan" in answer.url and answer.ok):
        pass


def test_more_is_shown_below_rows_when_one_wants_it(new_page: NewPage, world: World) -> None:
    page = new_page(320)
    page.goto("/s/demo/jobs")
    page.click("text=With tasks")
    page.click("tbody a:text-is('12')")
    page.wait_for_url("**/tasks/12")
    page.goto("/s/demo/chains")
    page.click("main >> text=With orders")
    page.click("tbody a:text-is('late')")
    page.wait_for_url("**/orders/sales/daily/-/late")
