"""A real browser, the real pages and a real engine: every kind of action, with script and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.roles import Assignment
from tests.browser.conftest import NewPage
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until
from tests.support.web_site import an_account

pytestmark = pytest.mark.browser

CHAIN = """<job_chain title="Two steps">
  <job_chain_node state="first" job="one" error_state="failed"/>
  <job_chain_node state="second" job="two" error_state="failed"/>
  <job_chain_node.end state="done"/><job_chain_node.end state="failed"/>
</job_chain>"""
NIGHTLY = '<run_time><period single_start="02:00"/></run_time>'
#: a log of some windows, of which the viewer shows one or two; then lines as long as the flag is not there
LONG = """
awk 'BEGIN { for (i = 1; i < 200; i++) wide = wide " ...";
  for (i = 1; i <= 1200; i++) print "row " i " of a log that is longer than a window" wide;
  print "2026-11-21 10:00:00.000Z [error]  the needle in the haystack";
  for (i = 1; i <= 600; i++) print "later " i wide }'
while [ ! -e "$SCHEDULER_PARAM_FLAG" ]; do echo tick; sleep 0.3; done
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    engine = EngineProcess(tmp_path)
    engine.shell_job("/hello", 'echo "hello $SCHEDULER_PARAM_NAME"')
    engine.job("/nightly", f'<job title="Every night"><script language="shell">true</script>{NIGHTLY}</job>')
    engine.shell_job("/long", LONG)
    engine.shell_job("/one", "exit 0", 'order="yes"')
    engine.shell_job("/two", "exit 0", 'order="yes"')
    engine.chain("/flow", CHAIN)
    with engine:
        engine.start()
        yield engine


def deed(page: Page, button: str, final: str = "button.primary, button.danger", reason: str = "Test") -> None:
    "Presses a button of the page, fills the dialog that it opens, and confirms."
    page.locator("main").get_by_text(button, exact=True).first.click()
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    if dialog.locator("#reason").count():
        dialog.locator("#reason").fill(reason)
    dialog.locator(final).first.click()
    expect(page.locator(".flash")).to_be_visible()


def test_jobs_and_chains_obey_and_pages_follow(engine_page: NewPage, engine: EngineProcess) -> None:
    page = engine_page()
    page.goto("/s/test/jobs/hello")
    page.click(".actions >> text=Start")
    page.fill("#dialog input[name=param_name] >> nth=0", "name")
    page.fill("#dialog input[name=param_value] >> nth=0", "Ada")
    page.click("#dialog button.primary")
    page.click(".flash a")
    expect(page.locator("h1 + .state")).to_have_text("finished")
    expect(page.locator("#log")).to_contain_text("hello Ada")
    page.goto("/s/test/jobs/hello")
    deed(page, "Stop")
    expect(page.locator("h1 + .state")).to_have_text("stopped")
    expect(page.locator("main")).to_contain_text("Stopped by admin")
    page.get_by_role("button", name="Unstop").click()
    expect(page.locator("h1 + .state")).to_have_text("pending")
    # a node is stopped in the graph, an order waits there and says why
    page.goto("/s/test/chains/flow")
    page.click(".graph a.node >> nth=1")
    deed(page, "Stop node")
    deed(page, "Add order")
    page.click(".flash a")
    expect(page.locator(".obstacles")).to_contain_text("second")
    deed(page, "Suspend")
    expect(page.locator("h1 + .state")).to_have_text("suspended")
    # in the list its state is asked for the reason
    order = page.url
    page.goto("/s/test/orders?q=state:suspended")
    page.get_by_role("button", name="suspended. Why does order").click()
    expect(page.locator("#dialog .obstacles")).to_contain_text("suspended")
    page.goto("/s/test/chains/flow")
    page.get_by_role("button", name="stopped. Why does node second").click()
    expect(page.locator("#dialog .obstacles")).to_contain_text("The node is stopped")
    page.goto(order)
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator(".flash")).to_contain_text("Resumed")
    page.goto("/s/test/chains/flow?node=second")
    page.locator("#node-panel").get_by_role("button", name="Back to normal").click()
    expect(page.locator(".flash")).to_be_visible()
    # the history is not live: it says that there is more, and shows it when asked
    page.goto("/s/test/history")
    finished = page.locator("tbody tr[data-row] >> nth=0").get_by_text("finished")
    expect(finished.or_(page.locator("#region-new a")).first).to_be_visible()
    if not finished.count():
        page.click("#region-new a")
    expect(finished).to_be_visible()
    # what is to come is told by the engine
    page.goto("/s/test/jobs/nightly?tab=starts")
    expect(page.locator("tbody tr[data-row]")).to_have_count(7)
    page.goto("/s/test/audit")
    expect(page.locator("main")).to_contain_text("Test")


def test_selected_jobs_are_stopped_at_once_and_the_selection_outlives_refreshes(
    engine_page: NewPage, engine: EngineProcess
) -> None:
    page = engine_page()
    page.goto("/s/test/jobs?sort=path")
    expect(page.locator(".bulk")).to_be_hidden()
    page.check("input[value='/hello']")
    page.click("input[value='/nightly']", modifiers=["Shift"])
    expect(page.locator("[data-selected-count]")).to_have_text("3 selected:")
    page.mouse.move(5, 5)
    engine.command('<start_job job="/two"/>')
    engine.command('<modify_job job="/one" cmd="stop"/>')
    row = page.locator("tr", has=page.get_by_role("link", name="one", exact=True))
    expect(row.locator(".state").first).to_have_text("stopped")
    expect(page.locator("[data-selected-count]")).to_have_text("3 selected:")
    expect(page.locator("input[value='/hello']")).to_be_checked()
    page.click(".bulk >> text=Stop job")
    page.fill("#reason", "Patch")
    page.click("button:has-text('Stop job: 3')")
    expect(page.locator("h1 + .state")).to_have_text("over")
    expect(page.locator("main")).to_contain_text("3 of 3, 3 done")
    page.goto("/s/test/jobs?state=stopped")
    expect(page.locator("tbody tr[data-row]")).to_have_count(4)
    # right click gives the menu of the row
    row = page.locator("tr", has=page.get_by_role("link", name="hello", exact=True))
    row.locator("td >> nth=2").click(button="right")
    expect(page.locator("#dialog")).to_contain_text("Unstop job")
    page.keyboard.press("Escape")


def test_a_long_log_opens_at_its_end_is_read_backwards_searched_and_followed(
    engine_page: NewPage, engine: EngineProcess, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    answer = engine.command(
        f'<start_job job="/long"><params><param name="flag" value="{flag}"/></params></start_job>'
    )
    number = answer.find(".//task").get("id")
    page = engine_page()
    page.goto(f"/s/test/tasks/{number}/-/log")
    expect(page.locator("#log")).to_contain_text("tick")
    page.reload()
    expect(page.locator("#follow")).to_have_text("Following")
    assert "row 1 of" not in page.inner_text("#log")
    line = page.locator("#log .l[id]").last
    before = int(re.sub(r"\D", "", line.get_attribute("id") or "0"))
    assert before > 1_800
    expect(page.locator(f"#L{before + 2}")).to_be_attached()
    # scrolling up brings earlier lines, and the place that one looks at stays
    first = page.locator("#log .l[id]").first.get_attribute("id")
    page.evaluate("document.querySelector('#log').scrollTop = 0")
    expect(page.locator("#log .window").first.locator(f"#{first}")).to_have_count(0)
    expect(page.locator("#follow")).to_have_text("Follow")
    page.fill("input[name=find]", "NEEDLE")
    page.keyboard.press("Enter")
    expect(page.locator(".log-found")).to_contain_text("1 line with")
    page.click(".hits a")
    expect(page.locator("#L1202")).to_contain_text("needle in the haystack")
    page.click("text=Errors and warnings")
    expect(page.locator(".log-found")).to_contain_text("1 line with an error or a warning")
    flag.touch()
    page.goto(f"/s/test/tasks/{number}")
    expect(page.locator("h1 + .state")).to_have_text("finished")
    whole = page.request.get(f"/s/test/tasks/{number}/-/log.txt").body()
    assert b"row 1 of a log" in whole
    assert whole.count(b"\n") > 1_800


def test_without_script_an_order_is_added_moved_and_resumed(
    engine_page: NewPage, engine: EngineProcess
) -> None:
    an_account(engine.database_url, "night", Assignment("operator"))
    page = engine_page(java_script_enabled=False, name="night")
    page.goto("/s/test/chains/flow")
    page.click("text=Add order")
    page.fill("#order", "by hand")
    page.fill("#at", "never")
    page.click("main button.primary")
    page.click(".flash a")
    page.click(".head a:has-text('Suspend')")
    page.fill("#reason", "Test")
    page.click("main button.primary")
    assert "Suspended" in page.inner_text(".flash")
    page.goto("/s/test/orders?state=suspended")
    page.check("input[name=object]")
    page.click(".bulk >> text=Resume")
    page.click("main button.primary")
    page.wait_for_url("**/bulk/batch/**")
    an_account(engine.database_url, "revision", Assignment("auditor"))
    page = engine_page(java_script_enabled=False, name="revision")
    page.goto("/s/test/audit")
    assert "by hand" in page.inner_text("main")
    assert "night" in page.inner_text("main")
    a_developer_deploys_a_chain(engine_page, engine)


def a_developer_deploys_a_chain(engine_page: NewPage, engine: EngineProcess) -> None:
    "Of one folder, from the first file to the end of an order; a fault is told before anything is written."
    an_account(engine.database_url, "dev", Assignment("configurator", "", "/dev/"), Assignment("operator", "", "/dev/"))
    page = engine_page(java_script_enabled=False, name="dev")

    def write(kind: str, name: str, text: str) -> None:
        page.goto("/s/test/config")
        page.click("text=New file")
        page.select_option("#kind", kind)
        page.fill("#path", f"{page.input_value('#path')}{name}")
        page.click("main button.primary")
        page.fill("#source", text)
        page.fill("#reason", "First chain")
        page.click("main button.primary")

    write("job", "say", "<job><scrip/></job>")
    assert "Element <scrip> was not expected" in page.inner_text(".banner")
    page.fill("#source", '<job order="yes"><script language="shell">echo said</script></job>')
    page.click("main button.primary")
    assert "Written: file /dev/say." in page.inner_text(".flash")
    end = '<job_chain_node state="done"/><job_chain_node state="failed"/>'
    write("job_chain", "talk", f'<job_chain><job_chain_node state="a" job="say" next_state="done"/>{end}</job_chain>')
    # the page of what was saved looks again by itself until it was read
    page.click(".flash a")
    expect(page.locator("main")).to_contain_text("in use")
    page.goto("/s/test/chains/dev/talk")
    page.click("text=Add order")
    page.fill("#order", "first")
    page.click("main button.primary")
    assert "Order added" in page.inner_text(".flash")

    def has_ended() -> bool:
        page.goto("/s/test/history?kind=orders")
        return "finished" in page.inner_text("main")

    wait_until(has_ended, what="the order's end")
    assert "by hand" not in page.inner_text("main")
