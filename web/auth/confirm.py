"Giving the password again, before something that hurts."

from __future__ import annotations

from datetime import UTC, datetime

from flask import request
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from models import accounts, keys
from models.accounts import LOCAL
from web import database
from web.auth import passwords, throttle
from web.refusal import Refused
from web.words import N_, gettext, translated

FIELD = "password"
WRONG = N_("This is not your password.")
AGAIN = N_("Sign in anew before this: your sign-in is more than 15 minutes old.")


def again(form: MultiDict[str, str]) -> None:
    "Checks the password in the form and notes that it was given. Raises Refused."
    account, session, now = current_user.account, current_user.session, datetime.now(UTC)
    if account.source != LOCAL:
        raise Refused({FIELD: translated(AGAIN)})
    address = request.remote_addr or ""
    if throttle.must_wait(accounts.failures(database.read(), account.name, address, now - throttle.WINDOW)):
        raise Refused({FIELD: gettext("Too many failed attempts. Try again later.")})
    given = form.get(FIELD, "")[:1000]
    right = passwords.matches(account.password_hash, given)
    with database.writing() as connection:
        accounts.note_attempt(connection, account.name, address, right, now)
        if right and session is not None:
            keys.confirm_session(connection, session.key, now)
    if not right:
        raise Refused({FIELD: translated(WRONG)})
