"Lines of a log in a browser: ranges are marked, linked and copied; times change their zone; a cut line opens."

from __future__ import annotations

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from models.batch import TaskLog
from tests.browser.conftest import NewPage, World
from tests.support.rows import a_member, a_run, a_step, a_task

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

    # on a telephone the answer of a search lies below, where the bar of the pages hides it: it comes into sight
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate("scrollTo(0, 0)")
    page.fill("input[name=find]", "row 70")
    page.press("input[name=find]", "Enter")
    page.wait_for_function(
        """() => {
          const answer = document.querySelector(".log-found > p"), bar = document.querySelector(".nav");
          return answer && answer.getBoundingClientRect().bottom <= bar.getBoundingClientRect().top;
        }"""
    )

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


def test_who_scrolls_up_while_lines_come_is_told_how_many_and_jumps_to_the_end(new_page: NewPage, world: World) -> None:
    rows = [f"row {number}" for number in range(300)]

    def reply(command: etree._Element) -> str:
        text = "".join(f"{row}\n" for row in rows)
        start = int(command.get("log_offset") or 0)
        return f'<task id="12"><log next_offset="{len(text)}">{text[start:]}</log></task>'

    world.engine.reply = reply
    world.rows.beat(a_member(world.engine.port))
    page = new_page()
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.goto("/s/demo/tasks/12/-/log")
    expect(page.locator("#L300")).to_be_in_viewport()
    rows += ["of the end"]
    expect(page.locator("#L301")).to_be_in_viewport()
    expect(page.locator("#log-news")).to_have_text("1 new line")
    page.locator("#log").evaluate("log => { log.scrollTop = 0 }")
    expect(page.locator("#follow")).to_have_text("Follow")
    rows += ["more"] * 7
    world.rows.beat(a_member(world.engine.port))
    expect(page.locator("#log-news")).to_have_text("following paused, 7 new lines")
    expect(page.locator("#L301")).not_to_be_in_viewport()
    page.click("#to-end")
    expect(page.locator("#L308")).to_be_in_viewport()
    expect(page.locator("#follow")).to_have_text("Following")
    expect(page.locator("#to-end")).to_be_hidden()
    # arrows scroll, and so the reader stops
    expect(page.locator("#log")).to_be_focused()
    page.keyboard.press("PageUp")
    expect(page.locator("#follow")).to_have_text("Follow")
    page.keyboard.press("f")
    expect(page.locator("#L308")).to_be_in_viewport()


#: htmx begins when the page is there already, as it may when everything is kept
SLOW_BEGIN = """const later = window.setTimeout;
window.setTimeout = (task, pause, ...rest) => pause === undefined
  ? addEventListener("load", () => later(task, 20)) : later(task, pause, ...rest);"""


def test_the_next_lines_come_by_themselves_where_the_first_ones_fill_no_screen(
    new_page: NewPage, world: World
) -> None:
    world.rows.put(a_task(30), logs=[TaskLog(30, f"{STAMP}[info]   first\n{'x' * 600_000}\nlast\n".encode())])
    page = new_page()
    for script in ("", SLOW_BEGIN):
        page.add_init_script(script)
        page.goto("/s/demo/tasks/30/-/log?at=start")
        expect(page.locator("#L3")).to_have_text("3last")
        assert page.locator(".l").count() == 5, "each part once"


def test_steps_fold_and_the_map_leads_to_what_is_wrong(new_page: NewPage, world: World) -> None:
    long = "".join(f"{STAMP}[{'ERROR' if row == 3500 else 'info'}]  row {row} of a step\n" for row in range(4000))
    steps = [a_step(50, number, 500 + number, node=f"node{number}") for number in (1, 2, 3)]
    tasks = [a_task(500 + number, "/sales/load", chain="/sales/daily", order_id="x") for number in (1, 2, 3)]
    logs = [TaskLog(501, b"first\n"), TaskLog(502, long.encode()), TaskLog(503, b"third\n")]
    world.rows.put(a_run(50, "/sales/daily", "x"), *steps, *tasks, logs=logs)
    page = new_page()
    page.goto("/s/demo/orders/sales/daily/-/x/-/runs/50/log?at=end")
    expect(page.locator("#S3")).to_contain_text("finished")
    expect(page.locator("#log-map .sight")).to_have_count(1)
    page.click("#log-map a")
    expect(page.locator(":target")).to_contain_text("row 3500")
    expect(page.locator(".continued")).to_contain_text("node2")
    expect(page.locator("#S3L1")).to_have_text("1third")
    # all that is above comes as one scrolls, and then the head of the step stands where it begins
    # a real click scrolls there first, which fetches these lines as well, and then there may be nothing left to click
    page.locator("#log-before").dispatch_event("click")
    expect(page.locator("#S2")).to_be_attached()
    page.locator("#log").evaluate("log => { log.scrollTop = 0 }")
    expect(page.locator("#S1")).to_be_attached()
    expect(page.locator(".continued")).to_have_count(0)
    page.click("#S3 .fold")
    expect(page.locator("#S3L1")).to_be_hidden()
    expect(page.locator("#S3 .fold")).to_have_attribute("aria-expanded", "false")
    page.click("#fold")
    expect(page.locator("#S1L1")).to_be_hidden()
    expect(page.locator("#S1")).to_contain_text("finished 20 s")
    page.click("#fold")
    expect(page.locator("#S3L1")).to_be_visible()
