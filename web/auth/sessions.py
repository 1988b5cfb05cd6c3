"""Session cookies, signed with a key that all web processes share through the database.

The key is read with the first request, not at start: the web process starts and says what is wrong even when the
database does not answer. Without key there is no session, and nobody is signed in.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from models import connect
from models import secrets as stored
from models.errors import StoreError

KEY = "session-signing-key"


class StoredKeySessions(SecureCookieSessionInterface):
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
