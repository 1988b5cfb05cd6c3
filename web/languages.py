"""Which languages the pages speak, and which one this reader gets.

What the reader chose (`me`) counts, else what the browser asks for, else English. What programs read (the interface
under `/api`, numbers for monitoring, probes) is English for everybody.
"""

from __future__ import annotations

from flask import Flask, Response, g, has_request_context, request

from web.preferences import LANGUAGES, preference

ENGLISH = "en"
#: blueprints whose answers programs read
_FOR_PROGRAMS = frozenset({"api", "metrics", "health"})


def language() -> str:
    "The language of this answer; outside of a request English."
    if not has_request_context():
        return ENGLISH
    found: str | None = g.get("language")
    if found is None:
        found = g.language = _of_reader()
    return found


def _of_reader() -> str:
    if request.blueprint in _FOR_PROGRAMS:
        return ENGLISH
    return preference("language") or request.accept_languages.best_match(LANGUAGES) or ENGLISH


def install(app: Flask) -> None:
    "Pages say in which language they are, and that another reader may get another one."
    app.jinja_env.globals.update(language=language, LANGUAGES=LANGUAGES)

    @app.after_request
    def tell(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Language", language())
            response.vary.add("Accept-Language")
        return response
