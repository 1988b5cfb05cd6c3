"""Every page in a real browser: readable by everybody, on every width, in both themes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from lxml import etree
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
    "plan": "/s/demo/plan",
    "timeline": "/s/demo/plan?view=timeline",
    "month": "/s/demo/plan?view=month",
    "start-times": "/s/demo/start-times",
    "folders": "/s/demo/folders/jobs?open=*",
    "dependencies": "/s/demo/dependencies",
    "configuration": "/s/demo/config",
    "definition": "/s/demo/config/-/job/housekeeping/check_disk",
    "node": "/s/demo/chains/sales/daily?node=second",
    "job-starts": "/s/demo/jobs/sales/load?tab=starts",
    "log": "/s/demo/log",
    "task-log": "/s/demo/tasks/11/-/log?find=region",
    "resources": "/s/demo/resources",
    "schedule": "/s/demo/resources/schedules/nightly",
    "run-time": "/s/demo/resources/run-time?compose=yes&day=1&at=02:30&zone=Europe/Berlin",
    "search": "/s/demo/search?q=load",
    "filter": "/s/demo/jobs?q=state:stopped%20folder:/sales",
    "wrong-filter": "/s/demo/jobs?q=colour:blue",
    "schedulers": "/schedulers",
    "agents": "/agents",
    "views": "/me/views",
    "help": "/help",
    "from-joc": "/help/from-joc",
    "about": "/help/about",
    "gallery": "/dev/gallery",
}
THEMES = ["light", "dark"]
#: what the engine says to pages that ask it
STARTS = "".join(f'<at at="{{}}T{hour:02}:15:00Z" job="/housekeeping/check_disk"/>' for hour in range(24))
RESOURCES = """<state><schedules><schedule path="/nightly" title="Every night">
<schedule.users><schedule.user job="/housekeeping/check_disk"/></schedule.users></schedule></schedules>
<process_classes><process_class path="/few" max_processes="3"><processes>
<process job="/sales/load" task_id="12" pid="12"/></processes></process_class></process_classes>
<locks><lock path="/db" max_non_exclusive="1"><lock.holders>
<lock.holder job="/sales/load" task="12" exclusive="yes"/></lock.holders>
<lock.queues><lock.queue><lock.queue.entry job="/sales/check"/></lock.queue></lock.queues></lock></locks></state>"""


def reply(command: etree._Element) -> str:
    if command.tag == "show_calendar":
        return f"<calendar>{STARTS.format(*[f'{datetime.now(UTC):%Y-%m-%d}'] * 24)}</calendar>"
    if command.tag == "show_state":
        return RESOURCES
    if command.tag == "log.read":
        text = "2026-11-20 02:00:00.1Z [error]  disk full\nplain\n"
        return f'<log offset="100" next_offset="160" size="160" line="3">{text}</log>'
    return "<ok/>"


def violations(page: Page) -> list[str]:
    found = Axe().run(page)
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


# the rules are asked in each theme and on each width; a picture is taken of each pair
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("theme", "width", "rules"),
    [("light", 320, True), ("dark", 1440, True), ("dark", 320, False), ("light", 1440, False)],
)
def test_pages_are_accessible_and_fit(new_page: NewPage, world: World, theme: str, width: int, rules: bool) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    world.engine.reply = reply
    page = new_page(width, color_scheme=theme)
    problems: list[str] = []
    for name, address in PAGES.items():
        world.rows.beat(a_member(world.engine.port))
        page.goto(address)
        problems += [f"{name}: {problem}" for problem in violations(page)] if rules else []
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
