"`/me`: how pages look for this reader, password, sessions, and what the reader may."

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from models import accounts, keys
from models.permissions import PERMISSIONS
from web import database, permissions, preferences
from web import keys as shortcuts
from web.auth import administration, people, throttle
from web.auth.addresses import safe_next
from web.auth.administration import Actor
from web.fragments import wants_fragment
from web.refusal import Refused
from web.typed_keys import understood
from web.words import gettext, ngettext

blueprint = Blueprint("me", __name__)

#: word, endpoint
TABS = (
    ("Appearance", "me.page"),
    ("Keys", "me.own_keys"),
    ("Password", "me.password"),
    ("Sessions", "me.sessions"),
    ("API tokens", "tokens.index"),
    ("Saved views", "views.index"),
    ("Permissions", "me.allowed"),
)


def actor() -> Actor:
    "The person of this request, for the audit."
    return Actor(current_user.name, request.remote_addr or "", current_user.token_name)


@blueprint.get("/me")
def page() -> str:
    return render_template(
        "me/page.html",
        tabs=TABS,
        zones=sorted(preferences.known_zones()),
        themes=preferences.THEMES,
        densities=preferences.DENSITIES,
        paces=preferences.PACES,
        rows=preferences.ROWS,
        start_at=preferences.START_AT,
        order_at=preferences.ORDER_AT,
    )


@blueprint.post("/me")
def save() -> Response:
    answer = redirect(url_for("me.page"), 303)
    preferences.keep(answer, {name: request.form[name].strip() for name in preferences.KNOWN if name in request.form})
    said(gettext("Saved."))
    return answer


@blueprint.get("/me/keys")
def own_keys() -> str:
    return _keys_form(shortcuts.own_keys(preferences.preference("keys")), {})


@blueprint.post("/me/keys")
def save_keys() -> str | Response | tuple[str, int]:
    typed = {} if "usual" in request.form else {name: request.form.get(name, "") for name in shortcuts.CHANGEABLE}
    own, faults = understood(typed)
    if faults:
        return _keys_form(typed, faults), 422
    answer = redirect(url_for("me.own_keys"), 303)
    preferences.keep(answer, {"keys": shortcuts.written(own)})
    said(gettext("Saved."))
    return answer


def _keys_form(typed: Mapping[str, str], faults: Mapping[str, str]) -> str:
    return render_template("me/keys.html", tabs=TABS, typed=typed, faults=faults, changeable=shortcuts.CHANGEABLE)


@blueprint.get("/me/password")
def password() -> str:
    return _password_form({})


@blueprint.post("/me/password")
def change_password() -> str | Response | tuple[str, int]:
    account, now = current_user.account, datetime.now(UTC)
    old, new, again = (request.form.get(name, "")[:1000] for name in ("old", "new", "again"))
    address = request.remote_addr or ""
    if throttle.must_wait(accounts.failures(database.read(), account.name, address, now - throttle.WINDOW)):
        return _password_form({"old": gettext("Too many failed attempts. Try again later.")}), 429
    try:
        with database.writing() as connection:
            administration.change_own_password(connection, actor(), now, account, old, new, again)
    except Refused as refused:
        if "old" in refused.faults:
            with database.writing() as connection:
                accounts.note_attempt(connection, account.name, address, False, now)
        return _password_form(refused.faults), 422
    changed = accounts.by_id(database.read(), account.id)
    if changed is not None:
        people.begin_session(changed)
    said(gettext("The password is changed. All other sessions have ended."))
    return redirect(url_for("me.password"), 303)


def _password_form(faults: dict[str, str]) -> str:
    return render_template("me/password.html", tabs=TABS, faults=faults, account=current_user.account)


@blueprint.get("/me/sessions")
def sessions() -> str:
    found = keys.sessions_of(database.read(), current_user.account.id)
    here = current_user.session.key if current_user.session else ""
    return render_template("me/sessions.html", tabs=TABS, sessions=found, here=here)


@blueprint.get("/me/sessions/end")
def session_ends() -> str | Response:
    """Whether the session ends soon. When it has ended, pages are left as they are: in a form what was typed can still
    be copied."""
    if not wants_fragment():
        abort(404)
    return render_template("_session_ends.html") if current_user.is_authenticated else Response(status=204)


@blueprint.post("/me/sessions/stay")
def stay() -> Response:
    "From the notice that the session ends soon; a script asks for it and stays on its page, with what was typed there."
    people.stay()
    if not wants_fragment():
        return redirect(safe_next(request.form.get("back"), url_for("me.sessions")), 303)
    answer = make_response("")
    answer.headers["HX-Trigger"] = "stayed"
    return answer


@blueprint.post("/me/sessions/<key>/end")
def end_session(key: str) -> Response:
    with database.writing() as connection:
        ended = administration.end_session(connection, actor(), datetime.now(UTC), current_user.account, key)
    if not ended:
        abort(404)
    said(gettext("The session has ended."))
    return redirect(url_for("me.sessions"), 303)


@blueprint.post("/me/sessions/end-others")
def end_others() -> Response:
    here = current_user.session.key if current_user.session else ""
    with database.writing() as connection:
        number = administration.end_sessions(connection, actor(), datetime.now(UTC), current_user.account, but=here)
    said(ngettext("%(num)s other session has ended.", "%(num)s other sessions have ended.", number, num=number))
    return redirect(url_for("me.sessions"), 303)


@blueprint.get("/me/permissions")
def allowed() -> str:
    "What one may; what one may not is listed, too, with who can grant it."
    effective = dict(current_user.access.effective())
    missing = [known for name, known in PERMISSIONS.items() if name not in effective]
    return render_template(
        "me/permissions.html",
        tabs=TABS,
        effective=[(PERMISSIONS[name], grants) for name, grants in effective.items()],
        missing=missing,
        granted_by=permissions.who_grants(),
    )


def said(head: str, family: str = "good", text: str = "") -> None:
    "A message on the next page."
    shape = {"good": "tick", "bad": "octagon"}.get(family, "triangle")
    flash({"family": family, "shape": shape, "head": head, "text": text})  # type: ignore[arg-type]
