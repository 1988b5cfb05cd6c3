"Notes on one object: all of them, the form for another one (a dialog where there is script), and their removal."

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from web import scope
from web.auth.addresses import safe_next
from web.fragments import wants_fragment
from web.object_notes import LONGEST, MOST, Subject, notes_of, remove, subject, write
from web.pages.me import actor, said
from web.refusal import Refused
from web.words import gettext

blueprint = Blueprint("object_notes", __name__, url_prefix="/s/<scheduler_id>/notes")
Answer = str | Response | tuple[str, int]
BOTH = ["GET", "POST"]


@blueprint.route("/<kind>/<object:path>", methods=BOTH)
def of_object(scheduler_id: str, kind: str, path: str) -> Answer:
    return _answered(subject(scheduler_id, kind, path))


@blueprint.route("/order/<object:chain>/-/<token:order_id>", methods=BOTH)
def of_order(scheduler_id: str, chain: str, order_id: str) -> Answer:
    return _answered(subject(scheduler_id, "order", chain, order_id))


def _answered(about: Subject) -> Answer:
    if request.method == "GET":
        return _page(about)
    back, now = safe_next(request.form.get("back"), about.page), datetime.now(UTC)
    given = request.form.get("remove", "")
    if given:
        number = int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
        gone = remove(about, actor(), number, now)
        said(
            gettext("The note was removed; the audit keeps its words.")
            if gone
            else gettext("The note was gone already.")
        )
        return redirect(back, 303)
    try:
        write(about, actor(), request.form.get("text", ""), now)
    except Refused as refusal:
        return _page(about, refusal.faults), 422
    said(gettext("The note was added."))
    return redirect(back, 303)


def _page(about: Subject, faults: dict[str, str] | None = None) -> str:
    scope.enter(about.scheduler_id)
    return render_template(
        "object_notes/_form.html" if wants_fragment() else "object_notes/page.html",
        about=about,
        notes=notes_of(about),
        faults=faults or {},
        text=request.form.get("text", ""),
        longest=LONGEST,
        most=MOST,
        back=safe_next(request.values.get("back"), about.page),
    )
