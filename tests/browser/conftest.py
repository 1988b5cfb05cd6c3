"""A real Chromium before a real web server. Skips without Chromium, but fails where CI=true promises one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.command_server import CommandServer
from tests.support.engine import EngineProcess
from tests.support.live_site import LiveSite
from tests.support.migrated import migrated_sqlite
from tests.support.rows import Rows, fill
from tests.support.visitors import Contexts, Visitors
from tests.support.waiting import PATIENCE
from tests.support.web_site import Site, an_account

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
expect.set_options(timeout=PATIENCE * 1000)

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


@pytest.fixture(scope="session")
def live() -> Iterator[LiveSite]:
    with LiveSite() as live:
        yield live


@pytest.fixture(scope="session")
def contexts(browser: Browser, live: LiveSite) -> Contexts:
    return Contexts(browser, live)


@contextmanager
def visited(site: Site, live: LiveSite, contexts: Contexts) -> Iterator[Visitors]:
    visitors = Visitors(contexts, site)
    with live.showing(site):
        yield visitors
        visitors.close()
    visitors.check()


class World:
    "The small world behind the pages: its rows, its command port, its site."

    def __init__(self, directory: Path) -> None:
        url = f"sqlite:///{directory}/web.db"
        shutil.copyfile(migrated_sqlite(), directory / "web.db")
        self.engine = CommandServer()
        self.rows = Rows(url)
        fill(self.rows, self.engine.port)
        an_account(url)
        self.site = Site(url)

    def close(self) -> None:
        self.site.close()
        self.engine.close()
        self.rows.writer.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def new_page(world: World, live: LiveSite, contexts: Contexts) -> Iterator[NewPage]:
    with visited(world.site, live, contexts) as visitors:
        yield visitors


@pytest.fixture
def engine_page(engine: EngineProcess, live: LiveSite, contexts: Contexts) -> Iterator[NewPage]:
    """Pages of people who are signed in before the `engine` of the test's module; what is not there yet is no
    complaint."""
    an_account(engine.database_url)
    site = Site(engine.database_url)
    with visited(site, live, contexts) as visitors:
        yield partial(visitors, 1440, errors=True)
    site.close()
