"""A real Chromium before a real web server. Skips without Chromium, but fails where CI=true promises one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from models.upgrade import upgrade
from tests.support.command_server import CommandServer
from tests.support.live_site import LiveSite
from tests.support.rows import Rows, fill
from tests.support.web_site import PASSWORD, Site, an_account

ARTEFACTS = Path(__file__).resolve().parents[1] / "artefacts"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
]

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is required here")
        pytest.skip("Chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


class World:
    "The small world behind the pages: its rows, its command port, its address."

    def __init__(self, directory: Path) -> None:
        url = f"sqlite:///{directory}/web.db"
        upgrade(url)
        self.engine = CommandServer()
        self.rows = Rows(url)
        fill(self.rows, self.engine.port)
        an_account(url)
        self.site = Site(url)
        self.live = LiveSite(self.site)
        self.address = self.live.address

    def close(self) -> None:
        self.live.close()
        self.site.close()
        self.engine.close()
        self.rows.writer.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def new_page(browser: Browser, world: World) -> Iterator[NewPage]:
    """Makes a page that is signed in.

    At the end no page may have asked another host, broken the content policy, or written an error to the console.
    Answers with an error status are named there too, so tests of them say `errors=True`.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(width: int = 1280, signed_in: bool = True, errors: bool = False, **options: object) -> Page:
        options.setdefault("timezone_id", "Europe/Berlin")
        context = browser.new_context(base_url=world.address, viewport={"width": width, "height": 900}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on(
            "request",
            lambda request: request.url.startswith((world.address, "data:")) or complaints.append(request.url),
        )
        if not errors:
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
        if signed_in:
            page.goto("/login")
            page.fill("#name", "admin")
            page.fill("#password", PASSWORD)
            page.click("button.primary")
            page.wait_for_url("**/s/demo/")
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []
