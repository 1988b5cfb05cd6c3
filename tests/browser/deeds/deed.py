"""What a person does with the actions of the pages, each where a page offers it and confirmed as its form asks.

A table of deeds belongs to a kind of objects. It is a module with `ACTIONS`, the actions that it does; `world`, which
makes the engines that it needs and ends them; and `deeds`, which yields one deed after the other and brings about
between two of them what the next one needs. `tests/browser/test_every_action.py` does them with script and without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looks import wrong_now
from tests.support.engine import EngineProcess
from tests.support.waiting import wait_until
from web.actions import routes
from web.actions.verbs import VERBS

assert routes  # with it come all verbs


@dataclass(frozen=True)
class Deed:
    """`page`: where it is offered; `at`: the address of the object, if that page is another one. `menu`: the name of
    the row in whose menu it stands, else it stands on the page or in a menu of the page.

    `fields` are those of the form by name; a reason is given and the name typed without being named here. `done` is
    true once the engine itself says that it has done it. `shows`: what the page of `sees`, or else the page that one
    comes back to, tells then.
    """

    action: str
    page: str
    at: str = ""
    menu: str = ""
    fields: Mapping[str, str | bool] = field(default_factory=dict)
    done: Callable[[], object] = lambda: True
    shows: str = ""
    sees: str = ""

    @property
    def address(self) -> str:
        "Of the action."
        where = self.at or self.page.partition("?")[0]
        return f"{where.rstrip('/')}/-/{self.action.partition('.')[2]}"


@dataclass
class World:
    """The engine that the pages are about; others that a kind needs, and what else it has to know, are `more`.

    `left_out`: the actions for which this machine lacks a program.
    """

    engine: EngineProcess
    directory: Path
    more: dict[str, Any] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)

    @property
    def home(self) -> str:
        "The address of the pages of its scheduler."
        return f"/s/{self.engine.scheduler_id}"


class Kind(Protocol):
    ACTIONS: tuple[str, ...]

    def world(self, directory: Path) -> AbstractContextManager[World]: ...

    def deeds(self, world: World) -> Iterator[Deed]: ...


def do(page: Page, deed: Deed, script: bool) -> None:
    """From the page where it is offered to the message that it was done, to the engine that has done it.

    AssertionError when it is not offered, its form has faults of accessibility or is too wide, or it is not done.
    """
    verb = VERBS[tuple(deed.action.split(".", 1))]  # type: ignore[index]
    page.goto(deed.page)
    if deed.menu:
        page.locator("main").get_by_label(f"Actions for {deed.menu}", exact=True).first.click()
        if script:
            expect(page.locator("#dialog .menu-list")).to_be_visible()
        else:
            page.wait_for_url("**/menu/**")
    offered = _offered(page, deed, "#dialog" if deed.menu and script else "main, #dialog")
    if offered.evaluate("element => element.tagName") == "A":
        in_dialog = script and offered.get_attribute("hx-target") == "#dialog-body"
        offered.click()
        form = page.locator("#dialog form.form" if in_dialog else "main form.form")
        expect(form).to_be_visible()
        wrong = wrong_now(page, script, "#dialog" if in_dialog else "")
        assert wrong == [], f"the form of {deed.action}: {wrong}"
        _fill(form, deed)
        form.locator(".actions button.primary, .actions button.danger").click()
    else:
        offered.click()
    try:
        expect(page.locator(".flash").filter(has_text=f"{verb.done}: ").first).to_be_visible()
    except AssertionError as error:
        pytest.fail(f"{deed.action}: {page.inner_text('main')[:600]}\n{error}")
    wait_until(deed.done, what=f"{deed.action} done by the engine")
    if deed.shows:
        _until_shown(page, deed, script)


def _offered(page: Page, deed: Deed, place: str) -> Locator:
    "Where it is pressed, which may be in a menu of the page that has to be opened first."
    address = deed.address
    ways = page.locator(f'a[href="{address}"], a[href^="{address}?"], form[action="{address}"] button')
    found = page.locator(place).locator(ways)
    expect(found.first, f"{deed.action} is not offered on {deed.page}").to_be_attached()
    visible = found.filter(visible=True).first
    if not visible.is_visible():
        page.locator("main details:not([open])").filter(has=ways).first.locator("summary").first.click()
        expect(visible, f"{deed.action} is out of sight on {deed.page}").to_be_visible()
    return visible


def _fill(form: Locator, deed: Deed) -> None:
    for name, value in deed.fields.items():
        control = form.locator(f'[name="{name}"]')
        if isinstance(value, bool):
            control.set_checked(value)
        elif control.first.get_attribute("type") in ("checkbox", "radio"):
            form.locator(f'[name="{name}"][value="{value}"]').check()
        elif control.first.evaluate("element => element.tagName") == "SELECT":
            control.first.select_option(value)
        else:
            control.first.fill(value)
    if form.locator("#reason").count():
        form.locator("#reason").fill(f"Because of {deed.action}")
    if form.locator("#typed").count():
        form.locator("#typed").fill(form.locator("label[for=typed] .mono").inner_text())


def _until_shown(page: Page, deed: Deed, script: bool) -> None:
    "With script the page follows by itself, without it one looks once more."
    if deed.sees:
        page.goto(deed.sees)
    if script:
        expect(page.locator("main")).to_contain_text(deed.shows, ignore_case=True)
        return
    shown = re.compile(re.escape(deed.shows), re.IGNORECASE)
    wait_until(
        lambda: shown.search(page.inner_text("main")) or (page.goto(deed.sees or page.url) and False),
        what=f"{deed.shows!r} at {page.url}", interval=0.2,
    )  # fmt: skip
