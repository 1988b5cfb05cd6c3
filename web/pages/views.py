"Saved views: a list with its filter under a name; and the wall display that shows one of them."

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from models import views
from web import database
from web.auth.addresses import safe_next
from web.pages import walls
from web.pages.me import TABS
from web.permissions import may

blueprint = Blueprint("views", __name__)

#: pages of which views can be saved
PAGES = re.compile(r"/s/[^/]+/(|orders|jobs|chains|history|plan|cluster|folders/(jobs|chains))")
MOST_NAME = 80
#: arguments that belong to a moment, not to a view
FLEETING = ("page", "before", "part", "at")


@blueprint.get("/me/views")
def index() -> str:
    found = views.of_account(database.read(), current_user.account.id)
    return render_template("views/index.html", views=found, tabs=TABS, link="", faults={}, usual=walls.USUAL)


@blueprint.post("/me/views")
def save() -> Response:
    "Keeps the address one came from under a name."
    back = safe_next(request.form.get("back"), url_for("views.index"))
    name = request.form.get("name", "").strip()[:MOST_NAME]
    parts = urlsplit(back)
    if not name or not PAGES.fullmatch(parts.path):
        flash(_message("attention", "triangle", "A view needs a name and a list that can be saved."))
        return redirect(back, 303)
    query = "&".join(each for each in parts.query.split("&") if each and each.partition("=")[0] not in FLEETING)
    shared = request.form.get("shared") == "yes" and may("views.share")
    with database.writing() as connection:
        views.save(connection, current_user.account.id, name, parts.path, query, shared, datetime.now(UTC))
    flash(_message("good", "tick", f"Saved: {name}."))
    return redirect(back, 303)


@blueprint.post("/me/views/<int:view_id>/remove")
def remove(view_id: int) -> Response:
    with database.writing() as connection:
        gone = views.remove(connection, current_user.account.id, view_id)
    flash(_message("good", "tick", "Removed.") if gone else _message("attention", "triangle", "It is not yours."))
    return redirect(url_for("views.index"), 303)


@blueprint.get("/wall/<int:view_id>")
def wall(view_id: int) -> Response:
    "The page of the view in large type and without navigation; it goes on refreshing itself."
    found = views.by_id(database.read(), view_id)
    if found is None or not (found.shared or found.account_id == current_user.account.id):
        abort(404)
    return redirect(f"{found.page}?{found.query}{'&' if found.query else ''}wall=yes")


def of_page() -> list[views.View]:
    "Those of the page of this request, for the picker."
    if not current_user.is_authenticated or not PAGES.fullmatch(request.path):
        return []
    return views.of_account(database.read(), current_user.account.id, request.path)


def _message(family: str, shape: str, head: str) -> str:
    return {"family": family, "shape": shape, "head": head}  # type: ignore[return-value]
