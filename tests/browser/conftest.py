"""A real Chromium before a real web server. Skips without Chromium, but fails where CI=true promises one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.support.command_server import CommandServer
from tests.support.live_site import LiveSite
from tests.support.migrated import migrated_sqlite
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

#: machines that run many tests at once are slow
expect.set_options(timeout=30_000)

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
        shutil.copyfile(migrated_sqlite(), directory / "web.db")
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


class Visitors:
    """Makes pages of people who are signed in, or not, before one world.

    No page may ask another host, break the content policy, or write an error to the console. Answers with an error
    status are named there too, so tests of them say `errors=True`.
    """

    def __init__(self, browser: Browser, world: World) -> None:
        self.complaints: list[str] = []
        self._browser = browser
        self._world = world
        self._contexts: list[BrowserContext] = []

    def __call__(
        self, width: int = 1280, signed_in: bool = True, errors: bool = False, door: bool = False, **options: object
    ) -> Page:
        "`door`: signs in as people do it, which takes its time on purpose, and is on the first page then."
        options.setdefault("timezone_id", "Europe/Berlin")
        size = {"width": width, "height": 900}
        context = self._browser.new_context(base_url=self._world.address, viewport=size, **options)  # type: ignore[arg-type]
        self._contexts.append(context)
        if signed_in and not door:
            self._world.site.enter()
            cookie = self._world.site.client.get_cookie("stellwerk")
            assert cookie is not None
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self._world.address}])
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("request", self._see)
        if not errors:
            page.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: self._complain(str(error)))
        if door:
            page.goto("/login")
            page.fill("#name", "admin")
            page.fill("#password", PASSWORD)
            page.click("button.primary")
            page.wait_for_url("**/s/demo/")
        return page

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self._world.address, "data:")):
            self._complain(request.url)

    def _complain(self, text: str) -> None:
        self.complaints.append(text)

    def check(self) -> None:
        "That nobody has complained since it was asked last."
        found, self.complaints = self.complaints, []
        assert found == []

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def new_page(browser: Browser, world: World) -> Iterator[NewPage]:
    visitors = Visitors(browser, world)
    yield visitors
    visitors.close()
    visitors.check()
