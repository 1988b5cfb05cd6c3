"""Pages in a real browser, with rows of every state that no engine has to bring about: readable by everybody, on every
width, in both themes. `test_every_page.py` looks at all pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Browser, Page

from scheduler.answers.supervisor import overview_element
from scheduler.supervisor.records import Freeze, Overview, Protocol, Worker
from tests.browser.conftest import NewPage, World
from tests.browser.looks import LOOKS, look_as, violations, wrong_looks
from tests.support.live_site import LiveSite
from tests.support.rows import a_member, a_saved_file
from tests.support.visitors import Contexts, Visitors

pytestmark = pytest.mark.browser

PAGES = {
    "overview": "/s/demo/",
    "orders": "/s/demo/orders",
    "order-log-search": "/s/demo/orders/sales/daily/-/2026-11-20/-/runs/3/log?find=row&regex=yes",
    "jobs": "/s/demo/jobs",
    "again-form": "/s/demo/jobs/housekeeping/check_disk/-/start?like=14",
    "chains": "/s/demo/chains",
    "chain": "/s/demo/chains/sales/daily",
    "history": "/s/demo/history?kind=tasks",
    "runs": "/s/demo/history",
    "cluster": "/s/demo/cluster",
    "timeline": "/s/demo/plan?view=timeline",
    "days-compared": "/s/demo/plan?view=compare&all=yes",
    "start-times": "/s/demo/start-times",
    "dependencies": "/s/demo/dependencies",
    "configuration": "/s/demo/config",
    "job-starts": "/s/demo/jobs/sales/load?tab=starts",
    "log": "/s/demo/log",
    "task-log": "/s/demo/tasks/11/-/log?find=region",
    "resources": "/s/demo/resources",
    "schedule": "/s/demo/resources/schedules/nightly",
    "wrong-filter": "/s/demo/jobs?q=colour:blue",
    "supervisor": "/supervisor",
    "worker": "/s/demo/supervisor/north",
    "restore-form": "/s/demo/config/-/job/sales/load/-/restore?version=1",
    "gallery": "/dev/gallery",
}
THEMES = ["light", "dark"]
#: what the engine says to pages that ask it
STARTS = "".join(f'<at at="{{}}T{hour:02}:15:00Z" job="/housekeeping/check_disk"/>' for hour in range(24))
RESOURCES = """<state><schedules><schedule path="/nightly" title="Every night" active="yes">
<schedule.users><schedule.user job="/housekeeping/check_disk"/></schedule.users></schedule></schedules>
<process_classes><process_class path="/few" max_processes="3"><processes>
<process job="/sales/load" task_id="12" pid="12"/></processes></process_class></process_classes>
<locks><lock path="/db" max_non_exclusive="1"><lock.holders>
<lock.holder job="/sales/load" task="12" exclusive="yes"/></lock.holders>
<lock.queues><lock.queue><lock.queue.entry job="/sales/check"/></lock.queue></lock.queues></lock></locks></state>"""
SINCE = datetime(2026, 3, 29, tzinfo=UTC)
SUPERVISOR = Overview(
    f"/srv/{'the_folder_that_is_handed_out_' * 3}/remote", True, False, True, "c5d518f709f7", (
        Worker("north", "north", Protocol.PAIR, "10.0.0.1", connected=True, active=True, wanted=7, applied=7),
        Worker("south", "south", Protocol.PAIR, "10.0.0.2", wanted=8, applied=7, changed_at=SINCE,
               freeze=Freeze(7, SINCE, "night", "an audit")),
    ),
)  # fmt: skip


def reply(command: etree._Element) -> str:
    if command.tag == "show_calendar":
        return f"<calendar>{STARTS.format(*[f'{datetime.now(UTC):%Y-%m-%d}'] * 24)}</calendar>"
    if command.tag == "show_state":
        return RESOURCES
    if command.tag == "supervisor.show":
        return overview_element(SUPERVISOR)
    if command.tag == "log.read":
        text = "2026-11-20 02:00:00.1Z [error]  disk full\nplain\n"
        return f'<log offset="100" next_offset="160" size="160" line="3">{text}</log>'
    return "<ok/>"


#: pages on which every kind of state stands
STATES = ("overview", "orders", "jobs", "chains", "chain", "history", "runs", "timeline", "days-compared", "cluster",
          "configuration", "resources", "gallery")  # fmt: skip


class Looks:
    "One world for all pages, and two who look at them: one with script in each theme and on each width, one without."

    def __init__(self, browser: Browser, directory: Path) -> None:
        self.world = World(directory)
        self.world.engine.reply = reply
        a_saved_file(self.world.rows.url, "/sales/load", "one", "two")
        self.live = LiveSite(self.world.site)
        self.visitors = Visitors(Contexts(browser, self.live), self.world.site)
        self.page = self.visitors()
        # in German, whose words are longer
        self.without_script = self.visitors(320, java_script_enabled=False, locale="de-DE")

    def open(self, page: Page, address: str) -> None:
        self.world.rows.beat(a_member(self.world.engine.port))
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200

    def close(self) -> None:
        self.visitors.close()
        self.live.close()
        self.world.close()


@pytest.fixture(scope="module")
def looks(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looks]:
    looks = Looks(browser, tmp_path_factory.mktemp("looks"))
    yield looks
    looks.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits_and_is_there_without_script(looks: Looks, name: str) -> None:
    look_as(looks.page, *LOOKS[0])
    looks.open(looks.page, PAGES[name])
    assert wrong_looks(looks.page, name, list(PAGES).index(name) % len(LOOKS), name in STATES) == []
    looks.open(looks.without_script, PAGES[name])
    assert looks.without_script.locator("h1").inner_text()
    assert looks.without_script.evaluate("document.documentElement.scrollWidth") <= 320
    looks.visitors.check()


def test_a_page_in_german_is_accessible_and_its_script_speaks_german_too(new_page: NewPage, world: World) -> None:
    world.engine.reply = reply
    world.rows.beat(a_member(world.engine.port))
    page = new_page(320, locale="de-DE")
    page.goto("/s/demo/jobs")
    assert violations(page) == []
    page.locator("td.check input").first.check()
    assert page.locator("[data-selected-count]").inner_text() == "1 ausgewählt:"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


#: words and shapes that belong to a state, as a sheet of paper shows them; what is wrong with those that do not
NAMELESS = """() => {
  const shown = element => element.checkVisibility({ checkVisibilityCSS: true, contentVisibilityAuto: false });
  const named = element => /\\p{L}/u.test(element.innerText ?? element.textContent);
  const found = [];
  for (const state of document.querySelectorAll("main .state, #strip .state, main .badge")) {
    if (!shown(state)) continue;
    if (!named(state) && !named(state.parentElement)) found.push(state.outerHTML.slice(0, 120));
  }
  for (const part of document.querySelectorAll("main svg:not(.i) rect[class], main svg:not(.i) path[class]")) {
    const picture = part.closest("svg");
    const about = picture.closest("figure, section");
    const said = picture.getAttribute("aria-label") || picture.querySelector("title") || about;
    if (!said) found.push(picture.outerHTML.slice(0, 120));
  }
  return found;
}"""


def test_on_paper_each_state_has_its_word(new_page: NewPage, world: World) -> None:
    world.engine.reply = reply
    page = new_page(1000)
    page.emulate_media(media="print")
    for name in STATES:
        world.rows.beat(a_member(world.engine.port))
        page.goto(PAGES[name])
        assert page.evaluate(NAMELESS) == [], name
    # the gallery, the last of them, has every family, and their shapes differ
    shapes = page.eval_on_selector_all("main .state use", "uses => uses.map(use => use.href.baseVal.split('#')[1])")
    assert len(set(shapes)) > 8


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


#: what tells the chosen one of some equals from the others, and whether it does
SET_APART = """([chosen, others, property]) => {
  const [one, ...more] = [chosen, others].map(each => getComputedStyle(document.querySelector(each))[property]);
  return !more.includes(one);
}"""


def test_the_chosen_theme_wins_over_the_system_and_paper_is_white(new_page: NewPage) -> None:
    page = new_page(color_scheme="light")
    page.goto("/me")
    page.check("#theme-dark")
    page.click("button.primary")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 27)"
    page.goto("/s/demo/jobs")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert violations(page, "color-contrast") == []


def test_what_is_chosen_is_seen_in_the_colours_of_the_reader_too(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/s/demo/jobs")
    freeze = page.locator("#freeze")
    plain = freeze.evaluate("button => getComputedStyle(button).boxShadow")
    freeze.click()
    assert freeze.evaluate("button => getComputedStyle(button).boxShadow") != plain
    page.emulate_media(forced_colors="active")
    for chosen, others, name in (
        ('.chip[aria-current="true"]', ".chip:not([aria-current])", "backgroundColor"),
        ("#freeze", ".head .button", "backgroundColor"),
        (".nav a[aria-current]", ".nav a:not([aria-current])", "borderBottomColor"),
    ):
        assert page.evaluate(SET_APART, [chosen, others, name]), chosen


def test_the_keyboard_reaches_the_content_first_and_sees_its_focus(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/s/demo/jobs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
