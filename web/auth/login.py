"""Signing in and out."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from models import accounts, audit, roles
from models.accounts import LOCAL
from web import database
from web.auth import ldap, passwords, throttle
from web.auth.addresses import safe_next
from web.auth.elsewhere import Admission, admit
from web.auth.ldap import DirectoryAway
from web.auth.people import begin_session, end_session
from web.words import N_, gettext, translated

log = logging.getLogger(__name__)

blueprint = Blueprint("auth", __name__)

WRONG = N_("Account or password is wrong.")
NOBODY_YET = N_("There is no account yet. `stellwerk accounts first-admin` makes one and shows its password once.")
AWAY = N_("The directory does not answer. Accounts that are known here can sign in.")
NO_PAGES = N_("This account is for programs: none of its roles opens the pages.")


@blueprint.get("/login")
def login() -> str | Response:
    following = safe_next(request.args.get("next"), url_for("start.index"))
    if current_user.is_authenticated:
        return redirect(following, 303)
    return form(following)


@blueprint.post("/login", endpoint="sign_in")
def sign_in() -> str | Response | tuple[str, int]:
    now = datetime.now(UTC)
    following = safe_next(request.form.get("next"), url_for("start.index"))
    name = request.form.get("name", "").strip()[:200]
    password = request.form.get("password", "")[:1000]
    address = request.remote_addr or ""
    if throttle.must_wait(accounts.failures(database.read(), name, address, now - throttle.WINDOW)):
        minutes = int(throttle.WINDOW.total_seconds() // 60)
        return form(
            following, name, gettext("Too many failed attempts. Try again in %(minutes)s minutes.", minutes=minutes)
        ), 429
    try:
        found = _who(name, password, address, now)
    except DirectoryAway as error:
        log.warning("the directory cannot be asked: %s", error)
        return form(following, name, AWAY), 503
    account = found.account
    with database.writing() as connection:
        accounts.note_attempt(connection, name, address, account is not None, now)
        accounts.forget_attempts(connection, now - throttle.WINDOW)
        if account is not None and account.source == LOCAL and passwords.outdated(account.password_hash):
            accounts.improve_hash(connection, account.id, passwords.hash_of(password))
    if account is None:
        _note_refused(name, address, found.problem, now)
        return form(following, name, found.problem), 401 if found.problem == WRONG else 403
    if not roles.access(database.read(), account.id).interactive:
        _note_refused(name, address, NO_PAGES, now)
        return form(following, name, NO_PAGES), 403
    begin_session(account)
    return redirect(following, 303)


def _who(name: str, password: str, address: str, now: datetime) -> Admission:
    "Who has this password. A local account is never looked for in the directory. Raises DirectoryAway."
    directory = current_app.extensions["stellwerk_settings"].directory
    account = accounts.find(database.read(), name)
    if directory is not None and (account is None or account.source == ldap.SOURCE):
        stranger = ldap.sign_in(directory, name, password)
        if stranger is None:
            return Admission(None, WRONG)
        with database.writing() as connection:
            return admit(connection, stranger, directory.roles, address, now)
    known = account is not None and not account.disabled and account.source == LOCAL
    right = passwords.matches(account.password_hash if account and known else None, password)
    return Admission(account) if right else Admission(None, WRONG)


def _note_refused(name: str, address: str, problem: str, now: datetime) -> None:
    """In the audit, for an account that there is: into the field of the name anything may have been typed, also a
    password. The throttle bounds how many there are."""
    with database.writing() as connection:
        account = accounts.find(connection, name)
        if account is not None:
            audit.note(connection, now, account.name, address, "session.begin", account.name, "refused", problem)


@blueprint.post("/logout")
def logout() -> Response:
    end_session()
    logout_user()
    return redirect(url_for("auth.login"), 303)


def form(following: str, name: str = "", problem: str = "") -> str:
    "The sign-in page. `problem`: marked words, or what is translated already."
    providers = current_app.extensions["stellwerk_settings"].providers
    notice = "" if providers or accounts.count(database.read()) else translated(NOBODY_YET)
    return render_template(
        "auth/login.html", next=following, name=name, problem=translated(problem), notice=notice, providers=providers
    )
