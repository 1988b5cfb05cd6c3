"""Who is signed in: the bridge between Flask-Login and the accounts table."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, Response, make_response, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.wrappers import Response as BaseResponse

from models import accounts
from models.accounts import Account
from web import database
from web.auth import sessions
from web.fragments import wants_fragment

#: endpoints without sign-in, and those that need no database either
ALWAYS = frozenset({"static", "health.healthz", "health.readyz"})
OPEN = ALWAYS | {"auth.login", "auth.sign_in"}

#: session entry: changing the password ends all other sessions
_STAMP = "password_changed_at"


class Person(UserMixin):
    "The signed-in account, as views and templates see it."

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        return str(self.account.id)

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def role(self) -> str:
        return self.account.role


def install(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # it ends sessions whenever a proxy changes the address

    @manager.user_loader
    def load(identifier: str) -> Person | None:
        account = accounts.by_id(database.read(), int(identifier))
        if account is None or account.disabled or session.get(_STAMP) != stamp(account.password_changed_at):
            return None
        return Person(account)

    @app.before_request
    def only_people() -> BaseResponse | None:
        "Every page needs a signed-in person, unless it is named in OPEN: forgetting a decorator opens nothing."
        if request.endpoint in ALWAYS:
            return None
        if not app.secret_key:
            sessions.signing_key(app)  # there is no session without the database: raises what is wrong with it
        if request.endpoint is None or request.endpoint in OPEN or current_user.is_authenticated:
            return None
        return ask_to_sign_in()


def ask_to_sign_in() -> Response | BaseResponse:
    "To the sign-in page with a way back; a fragment makes the whole page go there, not its place in it."
    if wants_fragment():
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = url_for("auth.login")
        return answer
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=back), 303)


def begin_session(account: Account) -> None:
    "A fresh session for the account: nothing of the one before is taken over."
    session.clear()
    session.permanent = True
    session[_STAMP] = stamp(account.password_changed_at)
    login_user(Person(account))


def stamp(moment: datetime) -> str:
    return moment.isoformat()
