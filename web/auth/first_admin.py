"""The first account: `admin` with a generated password that is shown once. There is no default password."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine

from models import accounts, connect
from web.auth import passwords

NAME = "admin"
ROLE = "administrator"


def create_first_admin(engine: Engine) -> str | None:
    "The password of the new account; None when there is an account already. Raises StoreError."
    with connect.reading(engine) as connection:
        if accounts.count(connection):
            return None
    password = passwords.generated()
    password_hash = passwords.hash_of(password)
    with connect.writing(engine) as connection:
        # two processes may start at the same time
        if accounts.count(connection):
            return None
        accounts.create(connection, NAME, ROLE, password_hash, datetime.now(UTC))
    return password
