"""The keyboard: menus, graphs, shortcuts, places in logs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage, World
from tests.browser.looks import violations
from tests.support.rows import an_order

pytestmark = pytest.mark.browser


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
