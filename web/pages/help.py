"`/help`: the books, the shortcuts, where people find what they know from the classic interface, about this program."

from __future__ import annotations

import platform
import sqlite3
from datetime import UTC, datetime, timedelta
from importlib import metadata

from flask import Blueprint, Response, abort, render_template

from scheduler.cluster.beat_minutes import BeatMinute
from scheduler.params import Params
from web import manual as manual_
from web import third_party
from web.actions import levels
from web.classic_places import PLACES
from web.keys import KEYS, own_keys
from web.pictures.beats import strip
from web.pictures.hours import Counts, columns
from web.pictures.sparkline import sparkline
from web.preferences import preference
from web.words import gettext

blueprint = Blueprint("help", __name__)

@blueprint.get("/help")
def index() -> str:
    books = {name: about for name, about in manual_.CHAPTERS.items() if manual_.text_of(name)}
    return render_template("help/index.html", links=levels.links(), books=books)


@blueprint.get("/help/manual/<name>")
def manual(name: str) -> str:
    "One of the books; they are in English."
    if name not in manual_.CHAPTERS or not manual_.text_of(name):
        abort(404)
    return render_template("help/manual.html", title=manual_.title_of(name), text=manual_.chapter(name))


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
        version=version_of("stellwerk"),
        parts=third_party.parts(),
        served=third_party.served(),
        machine=[("Python", platform.python_version()), ("SQLite", sqlite3.sqlite_version)],
    )


@blueprint.get("/help/third-party.txt")
def notices() -> Response:
    "The licences of everything that this program is made of."
    return Response("".join(third_party.document()), content_type="text/plain; charset=utf-8")


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


def version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return gettext("not installed")
