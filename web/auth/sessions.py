"""Session cookies, signed with a key that all web processes share through the database.

The key is read with the first request, not at start: the web process starts and says what is wrong even when the
database does not answer. Without key there is no session, and nobody is signed in.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from models import connect
from models import secrets as stored
from models.errors import StoreError
from web.fragments import wants_fragment

KEY = "session-signing-key"


#: what a browser asks for by itself (fragments too) does not count as use of a session; static files carry no cookie
BY_ITSELF = frozenset({"static", "live.pulse", "live.strip", "estate.pulse", "health.healthz", "health.readyz"})


def by_itself() -> bool:
    return request.endpoint in BY_ITSELF or wants_fragment()


class StoredKeySessions(SecureCookieSessionInterface):
    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        if not session.modified and by_itself():
            return False
        return super().should_set_cookie(app, session)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if not app.secret_key:
            try:
                app.secret_key = signing_key(app)
            except StoreError:
                return None
        return super().get_signing_serializer(app)


def signing_key(app: Flask) -> str:
    "The stored key; made by whoever asks first."
    with connect.writing(app.extensions["stellwerk_engine"]) as connection:
        return stored.take(connection, KEY, secrets.token_urlsafe(48), datetime.now(UTC))
