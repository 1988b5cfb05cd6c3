"Wall displays: links for screens, the door that such a link opens, and the turn from one view to the next."

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from models import keys, views
from web import database, shared_views
from web.auth import administration, walls
from web.auth.walls import Rotation
from web.pages.me import actor
from web.pages.views import USUAL, page
from web.permissions import need
from web.refusal import Refused
from web.words import gettext

blueprint = Blueprint("walls", __name__, url_prefix="/wall")

#: seconds that a view may be shown
LEAST, MOST = 5, 3600
MOST_VIEWS = 20


@blueprint.post("")
def create() -> str | tuple[str, int]:
    "A link for a screen; it is on the answer to this form, and nowhere else."
    need("wall.view")
    chosen = _numbers(request.form.getlist("view"))
    seconds = request.form.get("seconds", "")
    if not chosen or not (seconds.isascii() and seconds.isdecimal() and LEAST <= int(seconds) <= MOST):
        return page(
            "",
            {"view": gettext("Choose views, and from %(least)s to %(most)s seconds for each.", least=LEAST, most=MOST)},
        ), 422
    now = datetime.now(UTC)
    try:
        with database.writing() as connection:
            name = request.form.get("name", "").strip() or "screen"
            _, secret = administration.make_token(
                connection, actor(), now, current_user.account, f"wall display {name}"[:100],
                permissions=list(walls.RULES),
            )  # fmt: skip
    except Refused as refused:
        return page("", refused.faults), 422
    numbers = ",".join(str(number) for number in chosen)
    return page(url_for("walls.enter", secret=secret, views=numbers, seconds=seconds, _external=True))


@blueprint.get("/enter/<secret>")
def enter(secret: str) -> Response:
    "For a screen where nobody is signed in; the token does not stay in the address."
    if not current_user.is_authenticated:
        token = keys.token(database.read(), secret, datetime.now(UTC))
        if token is None or not walls.is_for_walls(token.permissions):
            abort(404)
        seconds = request.args.get("seconds", "")
        shown = int(seconds) if seconds.isascii() and seconds.isdecimal() and len(seconds) < 6 else USUAL
        chosen = _numbers(request.args.get("views", "").split(","))
        walls.begin(secret, Rotation(tuple(chosen), min(max(shown, LEAST), MOST)))
    return redirect(url_for("walls.turn", place=0), 303)


@blueprint.get("/turn/<int:place>")
def turn(place: int) -> Response:
    "To the view at this place of the rotation, or to the next one that can still be seen."
    rotation = walls.rotation()
    if rotation is None:
        abort(404)
    order = [(place + step) % len(rotation.views) for step in range(len(rotation.views))]
    shown = ((at, views.by_id(database.read(), rotation.views[at])) for at in order)
    account_id = current_user.account.id
    mine = ((at, view) for at, view in shown if view and (view.shared or view.account_id == account_id))
    at, found = next(((at, view) for at, view in mine if shared_views.shown(view)), (0, None))
    if found is None:
        abort(404)
    return redirect(f"{found.page}?{found.query}{'&' if found.query else ''}wall={at + 1}", 303)


@blueprint.app_context_processor
def turning() -> dict[str, object]:
    "Every page of a screen knows when it gives way."
    return {"wall_following": following() if request.args.get("wall") else None}


def following() -> tuple[int, str] | None:
    "After how many seconds the page of this request gives way, and to which address; None: it stays."
    rotation = walls.rotation()
    place = request.args.get("wall", "")
    if rotation is None or not (place.isascii() and place.isdecimal() and len(place) < 4):
        return None
    return rotation.seconds, url_for("walls.turn", place=int(place) % len(rotation.views))


def _numbers(words: list[str]) -> list[int]:
    return [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 16][:MOST_VIEWS]
