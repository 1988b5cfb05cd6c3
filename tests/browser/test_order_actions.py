"""What people do with orders that wait: with script and without, before a real engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.test_with_engine import new_page  # noqa: F401  (a fixture)
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser

AGAIN = """<job_chain><job_chain_node state="first" job="picky" on_error="setback" next_state="done"/>
<job_chain_node.end state="done"/></job_chain>"""
FILES = """<job_chain><file_order_source directory="{}" repeat="1"/>
<job_chain_node state="load" job="load" next_state="done" error_state="done"/>
<job_chain_node.end state="done"/></job_chain>"""
CROWD = """<job_chain><job_chain_node state="only" job="slow" next_state="done"/>
<job_chain_node.end state="done"/></job_chain>"""
LATER = '<order><run_time><date date="2037-01-01"><period single_start="02:00"/></date></run_time></order>'
RUN_TIME = '<run_time><period single_start="02:00"/></run_time>'


@dataclass
class Site:
    """`good`: while it is there, orders go on; `gate`: when it is there, slow ones end. The files of `inbox` stay where
    they are; `seen` has a line for each run."""

    good: Path
    gate: Path
    inbox: Path
    seen: Path

    def lines(self) -> list[str]:
        return self.seen.read_text().splitlines() if self.seen.exists() else []


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "good", tmp_path / "gate", tmp_path / "inbox", tmp_path / "seen")
    site.inbox.mkdir()
    return site


@pytest.fixture
def engine(tmp_path: Path, site: Site) -> Iterator[EngineProcess]:
    engine = EngineProcess(tmp_path)
    script = f'<script language="shell">[ -e "{site.good}" ]</script>'
    delay = '<delay_order_after_setback setback_count="1" delay="3600"/>'
    delay += '<delay_order_after_setback setback_count="9" is_maximum="yes" delay="3600"/>'
    engine.job("/picky", f'<job order="yes" stop_on_error="no">{script}{delay}</job>')
    engine.shell_job("/load", f'echo "$SCHEDULER_FILE_PATH" >> "{site.seen}"', 'order="yes" stop_on_error="no"')
    engine.shell_job("/slow", f'while [ ! -e "{site.gate}" ]; do sleep 0.1; done', 'order="yes"')
    engine.chain("/crowd", CROWD)
    engine.write("crowd,every night.order.xml", LATER)
    engine.chain("/again", AGAIN)
    engine.chain("/files", FILES.format(site.inbox))
    with engine:
        engine.start()
        yield engine


def confirmed(page: Page, word: str, script: bool, **fields: str) -> None:
    "An action of the order's page, also one of the menu `More`: in its dialog, or on its page of its own."
    menu = page.locator(".head details.menu")
    offered = page.locator(".head .actions").get_by_text(word, exact=True).first
    if not offered.is_visible():
        menu.locator("summary").click()
    offered.click()
    form = page.locator("#dialog form" if script else "main form.form")
    if script:
        expect(page.locator("#dialog")).to_be_visible()
    for name, text in ({"reason": "Test"} | fields).items():
        form.locator(f"#{name}").fill(text)
    form.locator("button.primary, button.danger").first.click()


def until(page: Page, address: str, text: str) -> None:
    "The page, once it says so."
    wait_until(lambda: page.goto(address) and text in page.inner_text("main"), 30, f"{text!r} at {address}")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_orders_that_wait_are_moved_on_in_every_way(
    new_page: NewPage,  # noqa: F811
    engine: EngineProcess,
    site: Site,
    script: bool,
) -> None:
    page = new_page(java_script_enabled=script)
    head, flash = page.locator("h1 ~ .state").first, page.locator(".flash")

    # a step fails, the order is set back for an hour; somebody removes the set-back, and it goes on
    engine.command('<add_order job_chain="/again" id="back"/>')
    until(page, "/s/test/orders/again/-/back", "again at")
    expect(head).to_have_text("set back")
    site.good.touch()
    page.get_by_role("button", name="Remove set-back").click()
    expect(flash).to_contain_text("Set-back removed: order back.")
    until(page, "/s/test/orders/again/-/back", "finished")

    # an order that never starts gets a time, then a run time; one that cannot be is refused and told
    engine.command('<add_order job_chain="/again" id="later" at="never"/>')
    page.goto("/s/test/orders/again/-/later")
    confirmed(page, "Start at …", script, at="now+01:30")
    expect(flash).to_contain_text("Start was set: order later.")
    expect(page.locator("main")).to_contain_text("starts at")
    confirmed(page, "Set run time", script, run_time='<run_time><period begin="10:00" end="09:00"/></run_time>')
    expect(flash).to_contain_text("SCHEDULER-104")
    confirmed(page, "Set run time", script, run_time=RUN_TIME)
    expect(flash).to_contain_text("Run time set: order later.")
    expect(page.locator("#h-coming")).to_have_text("Start times of the next seven days")

    # a file that stays at the end of its chain is blacklisted; off the list, it is picked up again
    file = site.inbox / "a.csv"
    file.touch()
    until(page, "/s/test/orders?state=blacklisted", "a.csv")
    page.goto(page.locator("th").get_by_role("link", name="a.csv").get_attribute("href") or "")
    expect(head).to_have_text("blacklisted")
    assert len(site.lines()) == 1
    confirmed(page, "Remove from blacklist", script)
    expect(flash).to_contain_text("Removed from the blacklist: order")
    wait_until(lambda: len(site.lines()) == 2, 30, "the second run of the file")

    page.goto("/s/test/audit")
    for action in ("order.remove-setback", "order.start-at", "order.set-run-time", "order.remove-blacklisted"):
        expect(page.locator("main")).to_contain_text(action)

    # more orders than a page shows leave their chain as one: what a step works on goes with its end, and the permanent
    # one stays
    many = "".join(f'<add_order job_chain="/crowd" id="{number}"/>' for number in range(55))
    engine.command(f"<commands>{many}</commands>")
    wait_until(lambda: engine.command('<show_state what="orders"/>').xpath("//order[@task]"), 30, "an order in a step")
    page.goto("/s/test/chains/crowd")
    page.get_by_role("link", name="Remove all temporary orders").click()
    expect(page.locator("main")).to_contain_text("/crowd, every night is permanent and stays")
    page.fill("#reason", "Sent twice")
    page.fill("#typed", "55")
    page.click("main button.danger")
    page.wait_for_url("**/bulk/batch/**")
    until(page, page.url, "55 of 55, 55 done")
    expect(page.locator("[id^=part-]")).to_have_count(55)
    page.goto("/s/test/orders?chain=/crowd")
    expect(page.locator("tbody tr[data-row]")).to_have_count(2)
    site.gate.touch()
    until(page, "/s/test/chains/crowd", "1 order")
    expect(page.locator("#h-orders")).to_have_text("1 order")
    expect(page.locator("[id^=order-] th")).to_contain_text("every night")
