"How pages look for a reader: kept with the account, and in cookies for the time before signing in."

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from zoneinfo import available_timezones

from flask import current_app, g, request
from flask_login import current_user
from werkzeug.wrappers import Response

from models import accounts
from web import database
from web.auth.addresses import safe_next
from web.keys import own_keys, written

THEMES = ("auto", "light", "dark")
DENSITIES = ("normal", "compact")
#: keys of one letter: as they are, with Alt, or not at all
SHORTCUTS = ("on", "alt", "off")


#: the languages of the pages, each in its own words; all but English stand in `translations/`
LANGUAGES = {"en": "English", "de": "Deutsch"}
#: seconds after which an open page asks for changes
PACES = ("3", "10", "30")
#: rows on a page of a list
ROWS = ("50", "100", "200")
#: what the field of a start time begins with; empty: nothing, which means now
START_AT = ("", "now")
#: the same where an order is added
ORDER_AT = ("", "now", "never")


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: str) -> bool:
    return value in ("browser", "server") or value in known_zones()


#: name -> what it is when nothing was chosen, and whether a value is possible
KNOWN: dict[str, tuple[str, Callable[[str], bool]]] = {
    "zone": ("browser", _zone),
    "theme": ("auto", lambda value: value in THEMES),
    # empty: as the browser asks for
    "language": ("", lambda value: not value or value in LANGUAGES),
    "density": ("normal", lambda value: value in DENSITIES),
    "shortcuts": ("on", lambda value: value in SHORTCUTS),
    "pace": ("3", lambda value: value in PACES),
    "rows": ("50", lambda value: value in ROWS),
    "start_at": ("", lambda value: value in START_AT),
    "order_at": ("", lambda value: value in ORDER_AT),
    # other keys for shortcuts, see `web.keys`
    "keys": ("", lambda value: value == written(own_keys(value))),
    "start": ("", lambda value: not value or safe_next(value, "") == value),
}


def preference(name: str) -> str:
    "The choice of the reader. Raises KeyError for a name that is not KNOWN."
    default, possible = KNOWN[name]
    # pages about a missing database are made before anybody could be looked up
    person = g.get("_login_user")
    kept = person.account.preferences if person is not None and person.is_authenticated else {}
    value = kept.get(name, request.cookies.get(name, default))
    return value if possible(value) else default


def density() -> str:
    "That of the saved view that is open (`?density=`), else the choice of the reader."
    asked = request.args.get("density", "")
    return asked if asked in DENSITIES else preference("density")


def keep(answer: Response, values: dict[str, str]) -> None:
    "Keeps those of the values that are possible, with the account and in this browser."
    chosen = {name: value for name, value in values.items() if name in KNOWN and KNOWN[name][1](value)}
    account = current_user.account
    with database.writing() as connection:
        accounts.prefer(connection, account.id, chosen)
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    for name, value in chosen.items():
        age = timedelta(days=365)
        answer.set_cookie(name, value, max_age=age, samesite="Lax", secure=secure, httponly=True)
