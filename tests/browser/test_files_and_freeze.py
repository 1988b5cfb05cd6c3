"A deletion that is not confirmed, versions beside each other, lists with more below their rows, a page that is held."

from __future__ import annotations

import pytest
from playwright.sync_api import Request, expect

from scheduler.records import TaskState
from tests.browser.conftest import NewPage, World
from tests.support.rows import a_saved_file, a_task

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
