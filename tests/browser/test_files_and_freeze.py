"Files that are deleted and brought back, lists with more below their rows, and a page that is held as it is."

from __future__ import annotations

import pytest
from playwright.sync_api import Request, expect

from scheduler.records import TaskState
from tests.browser.conftest import NewPage, World
from tests.support.rows import a_saved_file, a_task

pytestmark = pytest.mark.browser

FILE = "/s/demo/config/-/job/sales/load"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_file_is_deleted_with_a_look_at_who_would_miss_it_and_a_version_comes_back(
    new_page: NewPage, world: World, script: bool
) -> None:
    a_saved_file(world.rows.url, "/sales/load", "one", "two")
    page = new_page(java_script_enabled=script, errors=True)
    form = page.locator("#dialog form" if script else "main form.form")
    page.goto(FILE)
    page.click("main >> text=Delete file")
    expect(form).to_contain_text("1 task of it queued or running.")
    form.locator("#reason").fill("no more sales")
    form.locator("button.danger").click()
    again = page.locator("main form.form")
    expect(again.locator("#typed-wrong")).to_contain_text("Type /sales/load to confirm.")
    expect(again.locator("#typed")).to_be_focused()
    assert not world.engine.sent("file.remove")
    expect(again.locator("#reason")).to_have_value("no more sales")
    again.locator("#typed").fill("/sales/load")
    again.locator("button.danger").click()
    expect(page.locator(".flash")).to_contain_text("Deleted: file /sales/load.")
    page.goto(f"{FILE}/-/versions")
    expect(page.locator("tbody tr").first).to_contain_text("deleted")
    expect(page.locator("tbody tr").first).to_contain_text("no more sales")
    page.get_by_role("link", name="Restore version 1", exact=True).click()
    expect(form.locator("#version")).to_have_value("1")
    form.locator("#reason").fill("needed after all")
    form.locator("#typed").fill("/sales/load")
    form.locator("button.primary").click()
    expect(page.locator(".flash")).to_contain_text("Restored: file /sales/load.")
    [command] = world.engine.sent("modify_hot_folder")
    assert command[0].get("title") == "one"
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
