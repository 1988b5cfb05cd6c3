"`/help`: the shortcuts, where people find what they know from the classic interface, about this program."

from __future__ import annotations

import platform
import sqlite3
from datetime import UTC, datetime, timedelta
from importlib import metadata

from flask import Blueprint, render_template

from scheduler.cluster.beat_minutes import BeatMinute
from scheduler.params import Params
from web import static_files
from web.actions import levels
from web.classic_places import PLACES
from web.keys import KEYS, own_keys
from web.pictures.beats import strip
from web.pictures.hours import Counts, columns
from web.pictures.sparkline import sparkline
from web.preferences import preference
from web.words import gettext

blueprint = Blueprint("help", __name__)

#: what this program is made of and serves; others come with these
PARTS = ("Twisted", "SQLAlchemy", "alembic", "APScheduler", "Flask", "Flask-Login", "Flask-WTF", "argon2-cffi", "lxml")


@blueprint.get("/help")
def index() -> str:
    return render_template("help/index.html", links=levels.links())


@blueprint.get("/help/keys")
def keys() -> str:
    own = own_keys(preference("keys"))
    return render_template("help/keys.html", keys=[(key, own.get(key.usual, key.usual)) for key in KEYS])


@blueprint.get("/help/from-joc")
def from_joc() -> str:
    return render_template("help/from_joc.html", places=PLACES)


@blueprint.get("/help/about")
def about() -> str:
    return render_template(
        "help/about.html",
        version=_version("stellwerk"),
        parts=[(name, _version(name), _licence(name)) for name in PARTS],
        served=static_files.third_party(),
        machine=[("Python", platform.python_version()), ("SQLite", sqlite3.sqlite_version)],
    )


@blueprint.get("/dev/gallery")
def gallery() -> str:
    "Every component in every state, to look at when one is changed. For administrators."
    now = datetime(2026, 3, 29, 14, 0, tzinfo=UTC)
    silences = [32.0 if number == 40 else 2.5 if number % 17 == 5 else 0.9 for number in range(55)]
    minutes = [BeatMinute("", now - timedelta(minutes=60 - n), silent) for n, silent in enumerate(silences)]
    runs = [(0.5 + number % 7 * 3.0, number % 11 == 5) for number in range(30)]
    pictures = {"sparkline": sparkline(runs), "beats": strip(minutes, now)}
    example = Params({"limit": "90", "password": "never shown"})
    return render_template("gallery/page.html", **pictures, columns=columns, counts=Counts, moment=now, example=example)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return gettext("not installed")


def _licence(name: str) -> str:
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    said = next((found[word] for word in ("License-Expression", "License") if word in found), "")
    words = found.get_all("Classifier") or []
    classified = ", ".join(each.rpartition(" :: ")[2] for each in words if each.startswith("License"))
    return said if 0 < len(said) < 60 else classified
