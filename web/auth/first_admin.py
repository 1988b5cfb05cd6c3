"""The first account: `admin` with a generated password that is shown once. There is no default password."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from models import accounts, audit, connect
from models.accounts import NameTaken
from web.auth import passwords

NAME = "admin"
ROLE = "administrator"
#: the actor of its entry in the audit: nobody was there yet
FIRST_START = "first start"


def create_first_admin(engine: Engine) -> str | None:
    "The password of the new account; None when there is an account already. Raises StoreError."
    with connect.reading(engine) as connection:
        if accounts.count(connection):
            return None
    with connect.writing(engine) as connection:
        return make(connection, datetime.now(UTC))


def make(connection: Connection, now: datetime) -> str | None:
    "The same in the caller's transaction."
    if accounts.count(connection):
        return None
    password = passwords.generated()
    try:
        accounts.create(connection, NAME, ROLE, passwords.hash_of(password), now)
    except NameTaken:
        return None  # another process was faster
    audit.note(connection, now, FIRST_START, "", "account.create", NAME, result_text=ROLE)
    return password
