"""Every page in a real browser: readable by everybody, on every width, in both themes."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import ARTEFACTS, NewPage, World
from tests.support.rows import a_member

pytestmark = pytest.mark.browser

PAGES = {
    "overview": "/s/demo/",
    "orders": "/s/demo/orders",
    "order": "/s/demo/orders/sales/daily/-/2026-11-20",
    "order-log": "/s/demo/orders/sales/daily/-/2026-11-20/-/runs/3/log",
    "order-form": "/s/demo/orders/sales/daily/-/late/-/remove",
    "jobs": "/s/demo/jobs",
    "job": "/s/demo/jobs/housekeeping/check_disk",
    "job-form": "/s/demo/jobs/sales/load/-/start",
    "task": "/s/demo/tasks/11",
    "chains": "/s/demo/chains",
    "chain": "/s/demo/chains/sales/daily",
    "chain-form": "/s/demo/chains/sales/daily/-/add-order",
    "history": "/s/demo/history?kind=tasks",
    "runs": "/s/demo/history",
    "cluster": "/s/demo/cluster",
    "audit": "/s/demo/audit",
    "me": "/me",
    "keys": "/help/keys",
}
THEMES = ["light", "dark"]


def violations(page: Page) -> list[str]:
    found = Axe().run(page)
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [320, 1440])
def test_pages_are_accessible_and_fit(new_page: NewPage, world: World, theme: str, width: int) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page = new_page(width, color_scheme=theme)
    problems: list[str] = []
    for name, address in PAGES.items():
        world.rows.beat(a_member(world.engine.port))
        page.goto(address)
        problems += [f"{name}: {problem}" for problem in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            problems.append(f"{name}: {wide} px wide")
        page.screenshot(path=ARTEFACTS / f"{name}-{theme}-{width}.png", full_page=True)
    assert problems == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_door_is_accessible(new_page: NewPage, theme: str) -> None:
    page = new_page(320, signed_in=False, color_scheme=theme)
    page.goto("/login")
    assert violations(page) == []


def test_the_notices_are_accessible(new_page: NewPage, world: World) -> None:
    page = new_page()
    world.rows.beat(a_member(world.engine.port, database_problem="no connection"), seconds_ago=60)
    page.goto("/s/demo/")
    assert "No sign of life" in page.inner_text("main")
    assert violations(page) == []


def test_the_chosen_theme_wins_over_the_system(new_page: NewPage) -> None:
    page = new_page(color_scheme="light")
    page.goto("/me")
    page.check("#theme-dark")
    page.click("button.primary")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 27)"


def test_the_keyboard_reaches_the_content_first_and_sees_its_focus(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/s/demo/jobs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
