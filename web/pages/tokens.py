"`/me/tokens`: tokens for programs that act in one's own name."

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from models import keys
from models.permissions import PERMISSIONS
from web import database
from web.auth import administration
from web.pages.me import TABS, actor, said
from web.refusal import Refused
from web.words import gettext

blueprint = Blueprint("tokens", __name__, url_prefix="/me/tokens")

#: value, words; empty: never
DAYS = (("30", "30 days"), ("90", "90 days"), ("365", "one year"), ("", "no end"))
#: value, words, rules of permissions (None: all that the account may)
EXTENTS: tuple[tuple[str, str, list[str] | None], ...] = (
    ("all", "everything that I may", None),
    ("view", "reading only", ["*.view"]),
    ("some", "only these", None),
)


@blueprint.get("")
def index() -> str:
    return _page({})


@blueprint.post("")
def create() -> str | tuple[str, int]:
    "The secret is on the answer to this form, and nowhere else."
    now = datetime.now(UTC)
    try:
        with database.writing() as connection:
            made, secret = administration.make_token(
                connection,
                actor(),
                now,
                current_user.account,
                request.form.get("name", ""),
                permissions=_permissions(),
                expires_at=_end(now),
            )
    except Refused as refused:
        return _page(refused.faults), 422
    return _page({}, secret=secret, made=made.name)


@blueprint.post("/<int:token_id>/revoke")
def revoke(token_id: int) -> Response:
    found = [each for each in keys.tokens_of(database.read(), current_user.account.id) if each.id == token_id]
    if not found:
        abort(404)
    with database.writing() as connection:
        administration.revoke_token(connection, actor(), datetime.now(UTC), found[0], current_user.name)
    said(gettext("The token %(name)s does not work any more.", name=found[0].name))
    return redirect(url_for("tokens.index"), 303)


def _permissions() -> list[str] | None:
    extent = request.form.get("extent", "all")
    if extent == "some":
        return request.form.getlist("permissions")
    return next((rules for value, _, rules in EXTENTS if value == extent), [])


def _end(now: datetime) -> datetime | None:
    days = request.form.get("days", "90")
    return now + timedelta(days=int(days)) if days in ("30", "90", "365") else None


def _page(faults: dict[str, str], secret: str = "", made: str = "") -> str:
    return render_template(
        "me/tokens.html",
        tabs=TABS,
        tokens=keys.tokens_of(database.read(), current_user.account.id),
        faults=faults,
        values=request.form if faults else {},
        chosen=request.form.getlist("permissions") if faults else [],
        days=DAYS,
        extents=EXTENTS,
        permissions=[PERMISSIONS[name] for name, _ in current_user.access.effective()],
        secret=secret,
        made=made,
    )
