"""Signing in and out."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from models import accounts
from web import database
from web.auth import passwords, throttle
from web.auth.addresses import safe_next
from web.auth.people import begin_session

blueprint = Blueprint("auth", __name__)

WRONG = "Account or password is wrong."
WAIT = "Too many failed attempts. Try again in {minutes} minutes."


@blueprint.get("/login")
def login() -> str | Response:
    following = safe_next(request.args.get("next"), url_for("start.index"))
    if current_user.is_authenticated:
        return redirect(following, 303)
    return _form(following)


@blueprint.post("/login", endpoint="sign_in")
def sign_in() -> str | Response | tuple[str, int]:
    now = datetime.now(UTC)
    following = safe_next(request.form.get("next"), url_for("start.index"))
    name = request.form.get("name", "").strip()[:200]
    password = request.form.get("password", "")[:1000]
    address = request.remote_addr or ""
    if throttle.must_wait(accounts.failures(database.read(), name, address, now - throttle.WINDOW)):
        minutes = int(throttle.WINDOW.total_seconds() // 60)
        return _form(following, name, WAIT.format(minutes=minutes)), 429
    account = accounts.find(database.read(), name)
    known = account is not None and not account.disabled
    right = passwords.matches(account.password_hash if account and known else None, password)
    with database.writing() as connection:
        accounts.note_attempt(connection, name, address, right, now)
        accounts.forget_attempts(connection, now - throttle.WINDOW)
        if right and account and passwords.outdated(account.password_hash):
            accounts.improve_hash(connection, account.id, passwords.hash_of(password))
    if not right or account is None:
        return _form(following, name, WRONG), 401
    begin_session(account)
    return redirect(following, 303)


@blueprint.post("/logout")
def logout() -> Response:
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"), 303)


def _form(following: str, name: str = "", problem: str = "") -> str:
    return render_template("auth/login.html", next=following, name=name, problem=problem)
