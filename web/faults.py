"""Pages for what goes wrong: not found, form too old, database away. Never a traceback.

A live region that could not be made says so in its place and goes on asking; the others do not notice.
When the web's own database is away, the engine is asked directly what it knows: it is the one that says
whether it waits for the database too.
"""

from __future__ import annotations

import logging
import re
import secrets

from flask import Flask, Response, current_app, make_response, request
from flask_wtf.csrf import CSRFError
from lxml import etree
from werkzeug.exceptions import HTTPException

from models.errors import SchemaError, StoreError, store_error
from web import commands, database, engines
from web.api import problems
from web.display import render_plain
from web.fragments import wants_fragment
from web.permissions import Forbidden
from web.words import gettext, translated

log = logging.getLogger(__name__)

#: how htmx names the element that a part is for, when it is a live region
_REGION = re.compile(r"(div|section)#(strip|region-[a-z]+)")
#: what opens as a dialog, whatever element it is told to be for: a script asks for it
_MENUS = ("menus", "general_menus")

TEXTS = {
    400: ("This request cannot be understood", "Go back and try it once more."),
    403: ("Not allowed", "Your account may not do this."),
    404: ("There is no such page", "The object may have been removed or renamed since the link was made."),
    405: ("Not possible here", "Actions are buttons on the page of the object."),
    413: ("Too large", "The form holds more than this page takes."),
}


def install(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if request.path.startswith("/api/"):
            return problems.of_exception(error)
        head, text = map(translated, TEXTS.get(error.code or 500, (error.name, "")))
        if isinstance(error, Forbidden):
            text = error.description or text
        answer = page(error.code or 500, head, text)
        # headers such as Allow belong to the answer
        answer.headers.extend((name, value) for name, value in error.get_headers() if name not in ("Content-Type",))
        return answer

    @app.errorhandler(CSRFError)
    def csrf(error: CSRFError) -> Response:
        if request.path.startswith("/api/"):
            return problems.of_exception(error)
        return page(
            400, gettext("This form is too old"), gettext("Nothing was done. Open the page again and repeat it.")
        )

    @app.errorhandler(StoreError)
    def store(error: StoreError) -> Response:
        database.forget_reads()
        log.warning("the database cannot be used: %s", error)
        return database_away(error)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        known = store_error(error)
        if known is not None:  # it came up in the middle of a read
            return store(known)
        number = secrets.token_hex(4)
        log.exception("error %s at %s %s", number, request.method, request.path)
        return page(
            500,
            gettext("Something went wrong here"),
            gettext("It is in the log of the web process under error %(number)s.", number=number),
        )


def page(status: int, head: str, text: str) -> Response:
    "A plain page, or a message that fits into the place that asked."
    if not wants_fragment():
        return make_response(render_plain("errors/page.html", head=head, text=text), status)
    asking = request.headers.get("HX-Target", "")
    region = _REGION.fullmatch(asking)
    if region is None or request.method != "GET":
        dialog = asking == "div#dialog-body" or request.blueprint in _MENUS
        return make_response(render_plain("errors/_message.html", head=head, text=text, dialog=dialog), status)
    place = {"tag": region[1], "region": region[2], "address": request.full_path.rstrip("?")}
    return make_response(render_plain("errors/_region.html", head=head, text=text, **place), status)


def database_away(error: StoreError) -> Response:
    unprepared = isinstance(error, SchemaError)
    if wants_fragment():
        return page(503, gettext("The database does not answer"), gettext("What stood here comes back with it."))
    engine = None if unprepared else what_the_engine_says()
    body = render_plain("errors/database.html", unprepared=unprepared, engine=engine)
    answer = make_response(body, 503)
    answer.headers["Retry-After"] = "5"
    return answer


def remember(address: tuple[str, int]) -> None:
    "The command port that was seen last, for the time when the database cannot tell it."
    current_app.extensions["stellwerk_last_address"] = address


def what_the_engine_says() -> etree._Element | None:
    "The engine's `<state>`, asked at the last known address; None when it does not answer in time."
    settings = current_app.extensions["stellwerk_settings"]
    address = current_app.extensions.get("stellwerk_last_address", settings.command_address)
    return engines.ask(address, commands.show_state(), min(1.0, settings.command_timeout))
