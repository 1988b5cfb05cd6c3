"`/`: to the page that the reader has chosen, else to the overview of the only, or last used, scheduler."

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models import read
from web import database, permissions
from web.preferences import preference

blueprint = Blueprint("start", __name__)


@blueprint.get("/")
def index() -> str | Response:
    chosen = preference("start")
    if chosen and chosen != "/":
        return redirect(chosen, 303)
    ids = permissions.visible_schedulers(read.scheduler_ids(database.read()))
    last = request.cookies.get("scheduler", "")
    if not ids:
        return render_template("overview/first_steps.html")
    return redirect(url_for("overview.page", scheduler_id=last if last in ids else ids[0]), 303)
