"""The pulse of pages that are open all day, answered before anything else looks at the request.

An open page asks every few seconds, and nearly always the answer is 304. Who got that answer from the application is
given the same again for `SECONDS`, as long as the database says that nothing was written. Only the same cookie and the
same address count as the same; every other request, and every pulse with news, goes the whole way. A reader who sees
some folders only has a tag that tells no number: it has to be the one that was answered, too.

So a session that was ended shows and does nothing from that moment on, and an open page finds out after `SECONDS` at
the latest, when its next pulse is refused.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask

from models import read
from models.errors import StoreError
from web.revisions import Revision

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SECONDS = 10.0
#: beyond this many, all are forgotten
MOST = 2000
_PATH = re.compile(r"/s/([\w.-]+)/pulse", re.ASCII)
_NOTHING_NEW = "304 NOT MODIFIED"

#: what the application tells of the pulse, in the environment of the request
_REVISION = "stellwerk.revision"

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Remembered:
    "An answer `nothing new`; `tag`: what was asked with, `latest`: the last change then, for a reader of some folders."

    at: float
    headers: Headers
    tag: str = ""
    latest: int | None = None

    def holds(self, tag: str, latest: int) -> bool:
        return tag == str(latest) if self.latest is None else (tag, latest) == (self.tag, self.latest)


def tell(environ: WSGIEnvironment, revision: Revision) -> None:
    "The application has read this for the pulse of `environ`."
    environ[_REVISION] = revision


class QuickPulse:
    "In front of the application. Any thread may call it; `clock` gives seconds."

    def __init__(self, app: Flask, behind: WSGIApplication, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self.behind = behind
        self.clock = clock
        self.known: dict[tuple[str, str], Remembered] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = _PATH.fullmatch(environ["PATH_INFO"])
        cookie = environ.get("HTTP_COOKIE")
        if asked is None or not cookie or environ["REQUEST_METHOD"] != "GET":
            return self.behind(environ, start_response)
        key = environ["PATH_INFO"], cookie
        known = self._known(key)
        if known is not None and self._nothing_new(asked[1], environ.get("HTTP_HX_PTAG", ""), known):
            start_response(_NOTHING_NEW, list(known.headers))
            return []
        return self.behind(environ, self._watching(key, environ, start_response))

    def _known(self, key: tuple[str, str]) -> Remembered | None:
        found = self.known.get(key)
        return found if found is not None and self.clock() - found.at < SECONDS else None

    def _nothing_new(self, scheduler_id: str, tag: str, known: Remembered) -> bool:
        try:
            latest = read.last_journal_id_at(self.app.extensions["stellwerk_pulse_engine"], scheduler_id)
        except StoreError:
            return False  # the application finds the same and says it
        return known.holds(tag, latest)

    def _watching(
        self, key: tuple[str, str], environ: WSGIEnvironment, start_response: StartResponse
    ) -> StartResponse:
        "Remembers the answer when it is `nothing new`; any other but news ends what was remembered."

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            code = status[:3]
            if code == "304" and not any(name.lower() == "set-cookie" for name, _ in headers):
                self._remember(key, headers, environ)
            elif code != "200":
                self.known.pop(key, None)
            return start_response(status, headers, *rest)

        return start

    def _remember(self, key: tuple[str, str], headers: Headers, environ: WSGIEnvironment) -> None:
        if len(self.known) >= MOST:
            self.known = {}
        revision: Revision | None = environ.get(_REVISION)
        limited = (environ.get("HTTP_HX_PTAG", ""), revision.latest) if revision is not None and revision.veiled else ()
        self.known[key] = Remembered(self.clock(), headers, *limited)


def install(app: Flask) -> None:
    "After `database.install`, before proxies are believed: neither changes what is asked here."
    quick = QuickPulse(app, app.wsgi_app)
    app.extensions["stellwerk_quick_pulse"] = quick
    app.wsgi_app = quick  # type: ignore[method-assign]
