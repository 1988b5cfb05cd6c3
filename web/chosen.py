"""What administrators chose on the pages for everybody, read once per request: see `web.pages.web_settings`.

A database that does not answer leaves what ships, so that pages that say so can be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import current_app, g
from sqlalchemy.exc import DBAPIError

from models import audit, web_settings
from models.errors import StoreError
from web import database
from web.auth.administration import Actor
from web.preferences import known_zones

#: zone of people whose browser has not told its own, and of schedulers; else WEB_TIME_ZONE
ZONE = "ui.time_zone"


def settings() -> dict[str, str]:
    found: dict[str, str] | None = g.get("web_settings")
    if found is None:
        try:
            found = g.web_settings = web_settings.all_settings(database.read())
        except (StoreError, DBAPIError):  # not there, or without tables
            return {}
    return found


def forget() -> None:
    "The next look reads them anew."
    g.pop("web_settings", None)


def change(wanted: Mapping[str, str], who: Actor) -> bool:
    "Stores what is different, with what it was in the audit log; False: nothing is."
    before = settings()
    changed = {name: value for name, value in wanted.items() if before.get(name, "") != value}
    if changed:
        pairs = [(name, before.get(name) or "-", value or "-") for name, value in sorted(changed.items())]
        text = ", ".join(f"{name}: {old} → {new}" for name, old, new in pairs)
        with database.writing() as connection:
            web_settings.change(connection, changed)
            audit.note(
                connection, datetime.now(UTC), who.name, who.address, "settings.save", "", result_text=text[:1000],
                token=who.token,
            )  # fmt: skip
    forget()
    return bool(changed)


def late_seconds() -> float:
    "A start is late when it is due for longer."
    return web_settings.late_of(settings())


def home_zone() -> ZoneInfo:
    name = settings().get(ZONE, "")
    usual: ZoneInfo = current_app.extensions["stellwerk_settings"].zone
    return ZoneInfo(name) if name in known_zones() else usual
