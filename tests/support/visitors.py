"People before the pages: each test gets pages of its own, in contexts of the browser that are handed on."

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.support.live_site import LiveSite
from tests.support.waiting import PATIENCE
from tests.support.web_site import PASSWORD, Site

HEIGHT = 900
#: requests of pages may take as long as everything else here, before they count as failed
PATIENT_SCRIPTS = f"""document.addEventListener("DOMContentLoaded", () => {{
  if (window.htmx) htmx.config.defaultTimeout = {PATIENCE * 1000:.0f};
}});"""


class Contexts:
    """Contexts that tests hand on to each other: making and removing one takes longer than most tests do.

    Nothing of a test is left in one: its pages, cookies and what pages keep in the browser are gone. Only scripts and
    styles stay, of which each version has an address of its own, and an empty page, without which the browser would
    close the window of the context and open it again for the next test.
    """

    def __init__(self, browser: Browser, live: LiveSite) -> None:
        self.address = live.address
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}
        self._kept: dict[BrowserContext, tuple[str, Page]] = {}

    def take(self, **options: Any) -> BrowserContext:
        kind = repr(sorted(options.items()))
        free = self._free.setdefault(kind, [])
        if free:
            return free.pop()
        context = self._browser.new_context(base_url=self.address, viewport=_size(1280), **options)
        self._kept[context] = kind, context.new_page()
        return context

    def give_back(self, context: BrowserContext) -> None:
        kind, empty = self._kept[context]
        for page in context.pages:
            if page is not empty:
                page.close()
        context.clear_cookies()
        self._free[kind].append(context)


class Visitors:
    """Makes pages of people who are signed in, or not, before one site.

    No page may ask another host, break the content policy, or write an error to the console. Answers with an error
    status are named there too, so tests of them say `errors=True`.
    """

    def __init__(self, contexts: Contexts, site: Site) -> None:
        self.complaints: list[str] = []
        self._contexts = contexts
        self._site = site
        self._taken: list[tuple[BrowserContext, bool]] = []

    def __call__(
        self,
        width: int = 1280,
        signed_in: bool = True,
        errors: bool = False,
        door: bool = False,
        alone: bool = False,
        name: str = "admin",
        color_scheme: Any = None,
        **options: Any,
    ) -> Page:
        """A page of somebody else than the pages before.

        `name`: of the account. `door`: signs in as people do it, which takes its time on purpose, and is on the first
        page then. `alone`: does to the context what cannot be undone, so nobody else gets it.
        """
        context = self._contexts.take(**{"timezone_id": "Europe/Berlin"} | options)
        self._taken.append((context, alone))
        if signed_in and not door:
            self._site.enter(name)
            cookie = self._site.client.get_cookie("stellwerk")
            assert cookie is not None
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self._contexts.address}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.add_init_script(PATIENT_SCRIPTS)
        if width != 1280:
            page.set_viewport_size(_size(width))
        if color_scheme:
            page.emulate_media(color_scheme=color_scheme)
        forget(page, self._contexts.address)
        page.on("request", self._see)
        if not errors:
            page.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: self._complain(str(error)))
        if door:
            sign_in(page, name)
        return page

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self._contexts.address, "data:")):
            self._complain(request.url)

    def _complain(self, text: str) -> None:
        self.complaints.append(text)

    def check(self) -> None:
        "That nobody has complained since it was asked last."
        found, self.complaints = self.complaints, []
        assert found == [], found

    def close(self) -> None:
        for context, alone in self._taken:
            if alone:
                context.close()
            else:
                self._contexts.give_back(context)


def sign_in(page: Page, name: str = "admin") -> None:
    "As people do it; the first page is shown then."
    page.goto("/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/s/*/")


def forget(page: Page, address: str) -> None:
    "What pages of the tests before have kept in this context."
    session = page.context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "local_storage"})
    session.detach()


def _size(width: int) -> Any:
    return {"width": width, "height": HEIGHT}
