"""Forms as dialogs, and rows that open beside their list."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage, World
from tests.browser.looks import violations

pytestmark = pytest.mark.browser


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
