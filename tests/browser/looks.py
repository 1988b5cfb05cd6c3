"How a page looks to those who read it in the dark, on a telephone, or by its structure only."

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import ARTEFACTS

#: a page is loaded once and then seen in each way, as by somebody who turns a telephone and the light off
LOOKS = [("light", 320), ("dark", 1440)]


def violations(page: Page, rules: str = "", part: str = "") -> list[str]:
    "What the page breaks of all rules, or of the one named; `part`: only what that selector finds is judged."
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    # what is in order is long, and nobody reads it here
    options = {"resultTypes": ["violations"], "preload": False} | ({"runOnly": [rules]} if rules else {})
    judge = "([part, options]) => axe.run(part || document, options).then(found => found.violations)"
    found = page.evaluate(judge, [part, options])
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"]
    ]


def look_as(page: Page, theme: Any, width: int) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})


#: cells that are lower than what they hold, which then lies over what comes below
CRAMPED = """[...document.querySelectorAll("main :is(td, th)")]
  .filter(cell => cell.offsetHeight && cell.scrollHeight > cell.offsetHeight + 2)
  .map(cell => cell.outerHTML.slice(0, 160))"""


#: cells of rows that are cards on telephones, whose parts would stand beside each other instead of below
BESIDE = """[...document.querySelectorAll("main table.cards :is(td, th)")].filter(cell => {
    const parts = [...cell.childNodes].filter(part => part.nodeType === 1 || part.textContent.trim());
    return parts.length > 1 && parts.some(part => part.nodeType === 1 && part.matches("div, p, ul, wbr"));
  }).map(cell => cell.outerHTML.slice(0, 160))"""


def wrong_looks(page: Page, name: str, judged_in: int | None = None, states: bool = False) -> list[str]:
    """What is wrong with the page that is open, in each of the looks; a picture is taken of each.

    It is held to all rules of accessibility in each of them; with `judged_in` in one look only, because what it is made
    of stands on pages that are judged in the other look, too. The colours of a page with `states` are judged in both.
    """
    problems = [f"{name}, beside each other: {cell}" for cell in page.evaluate(BESIDE)]
    ARTEFACTS.mkdir(exist_ok=True)
    for number, (theme, width) in enumerate(LOOKS):
        look_as(page, theme, width)
        whole = judged_in in (None, number)
        found = violations(page) if whole else violations(page, "color-contrast") if states else []
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} px wide")
        found += [f"not high enough: {cell}" for cell in page.evaluate(CRAMPED)]
        # as PNG each of these hundreds would take twice as long
        page.screenshot(path=ARTEFACTS / f"{name}-{theme}-{width}.jpg", full_page=True, quality=75)
        problems += [f"{name}, {theme}, {width} px: {each}" for each in found]
    return problems


def wrong_now(page: Page, script: bool = True, part: str = "") -> list[str]:
    """What is wrong with the page as it stands; without script there is nobody who judges more than its width. With
    `part`, what stands around that is judged elsewhere."""
    wide, width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return (violations(page, part=part) if script else []) + ([f"{wide} px wide"] if wide > width else [])
