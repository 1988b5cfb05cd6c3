"Lines of a log in a browser: ranges are marked, linked and copied; times change their zone; a cut line opens."

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from models.batch import TaskLog
from tests.browser.conftest import NewPage, World
from tests.support.rows import a_task

pytestmark = pytest.mark.browser

STAMP = "2026-11-20 02:00:00.123+0000 "
LINES = [
    f"{STAMP}[info]   first",
    *(f"row {number}" for number in range(2, 90)),
    "z" * 4100,
    *(f"row {number} " + "of a log that is longer than a window" * 5 for number in range(91, 3000)),
]


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def number(page: Page, line: int) -> None:
    page.click(f"#L{line} > a", modifiers=["Shift"])


def test_lines_are_marked_linked_copied_and_shown_in_other_ways(new_page: NewPage, world: World) -> None:
    world.rows.put(a_task(30), logs=[TaskLog(30, "".join(f"{line}\n" for line in LINES).encode())])
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/me")  # tells the zone of the browser
    page.goto("/s/demo/tasks/30/-/log?from=0&line=1")
    expect(page.locator("#range")).to_be_hidden()

    # a range, in either direction
    page.click("#L40 > a")
    expect(page.locator("#range-words")).to_have_text("Line 40")
    number(page, 42)
    expect(page.locator("#range-words")).to_have_text("Lines 40 to 42")
    number(page, 38)
    expect(page.locator(".marked")).to_have_count(3)
    assert page.url.endswith("#L38-L40")

    page.click("text=Copy text")
    expect(page.locator("#announce")).to_have_text("3 lines were copied.")
    assert clipboard(page) == "row 38\nrow 39\nrow 40\n"
    page.click("text=Copy 50 lines around")
    expect(page.locator("#announce")).to_have_text("53 lines were copied.")
    assert clipboard(page).splitlines() == [f"row {each}" for each in range(13, 66)]
    page.click("text=Copy link")
    expect(page.locator("#announce")).to_have_text("The link was copied.")
    link = clipboard(page)

    # times in another zone, which the browser keeps; what is copied is what was written
    time = page.locator("#L1 time")
    expect(time).to_have_text(STAMP)
    page.select_option("#log-zone", "Europe/Berlin")
    expect(time).to_have_text("2026-11-20 03:00:00.123 ")
    expect(time).to_have_attribute("title", STAMP)
    page.click("#wrap")
    page.click("#L1 > a")
    page.click("text=Copy text")
    expect(page.locator("#announce")).to_have_text("The line was copied.")
    assert clipboard(page) == f"{LINES[0]}\n"

    # the cut line opens in its place
    page.click("#L90 >> text=show all")
    expect(page.locator("#L90 .cut")).to_have_count(0)
    assert page.inner_text("#L90") == "90" + "z" * 4100

    # the link leads to the range, also to one in a log that opens elsewhere
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".marked")).to_have_count(3)
    expect(page.locator(".marked").first).to_be_in_viewport()
    expect(page.locator("#L1 time")).to_have_text("2026-11-20 03:00:00.123 ")
    expect(page.locator("#log")).to_have_class("log wrapped")
    page.select_option("#log-zone", "")
    expect(page.locator("#L1 time")).to_have_text(STAMP)
    page.click("#stamps")
    expect(page.locator("#L1 time")).to_be_hidden()
