"""What people do with many orders at once, and what they are told when the engine refuses; before a real engine.

What is done with one order is in `tests/browser/deeds/orders.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser

CROWD = """<job_chain><job_chain_node state="only" job="slow" next_state="done"/>
<job_chain_node.end state="done"/></job_chain>"""
LATER = '<order><run_time><date date="2037-01-01"><period single_start="02:00"/></date></run_time></order>'
BACKWARDS = '<run_time><period begin="10:00" end="09:00"/></run_time>'


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    "When it is there, steps end."
    return tmp_path / "gate"


@pytest.fixture
def engine(tmp_path: Path, gate: Path) -> Iterator[EngineProcess]:
    engine = EngineProcess(tmp_path)
    engine.shell_job("/slow", f'while [ ! -e "{gate}" ]; do sleep 0.1; done', 'order="yes"')
    engine.chain("/crowd", CROWD)
    engine.write("crowd,every night.order.xml", LATER)
    with engine:
        engine.start()
        yield engine


def test_all_temporary_orders_leave_a_chain_and_a_refusal_is_told(
    engine_page: NewPage,
    engine: EngineProcess,
    gate: Path,
) -> None:
    page = engine_page()
    page.goto("/s/test/orders/crowd/-/every%20night")
    page.locator(".head details.menu summary").click()
    page.locator(".head").get_by_role("link", name="Set run time").click()
    page.fill("#dialog #run_time", BACKWARDS)
    page.fill("#dialog #reason", "Test")
    page.click("#dialog button.primary")
    expect(page.locator(".flash")).to_contain_text("SCHEDULER-104")

    # more orders than a page shows leave their chain as one: what a step works on goes with its end, and the permanent
    # one stays
    many = "".join(f'<add_order job_chain="/crowd" id="{number}"/>' for number in range(55))
    engine.command(f"<commands>{many}</commands>")
    in_step = "//order[@job_chain='/crowd'][@task]"
    wait_until(lambda: engine.command('<show_state what="orders"/>').xpath(in_step), what="an order in a step")
    page = engine_page(java_script_enabled=False)
    page.goto("/s/test/chains/crowd")
    page.get_by_role("link", name="Remove all temporary orders").click()
    expect(page.locator("main")).to_contain_text("/crowd, every night is permanent and stays")
    page.fill("#reason", "Sent twice")
    page.fill("#typed", "55")
    page.click("main button.danger")
    page.wait_for_url("**/bulk/batch/**")
    wait_until(lambda: page.goto(page.url) and "55 of 55, 55 done" in page.inner_text("main"), what="the batch")
    expect(page.locator("[id^=part-]")).to_have_count(55)
    page.goto("/s/test/orders?chain=/crowd")
    expect(page.locator("tbody tr[data-row]")).to_have_count(2)
    gate.touch()
    wait_until(lambda: page.goto("/s/test/chains/crowd") and page.inner_text("#h-orders") == "1 order", what="its end")
    expect(page.locator("[id^=order-] th")).to_contain_text("every night")
