"""Sessions and API tokens: secrets that let somebody in, known here by their digest only."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from models.accounts import Account, account_of
from models.tables import accounts, sessions, tokens

#: what every token begins with, so that one that was left lying about is recognised
TOKEN_MARK = "stw_"  # noqa: S105
#: how often the last use is noted
NOTE_EVERY = timedelta(minutes=1)


def digest(secret: str) -> str:
    "Secrets are 256 random bits, so that a plain digest cannot be tried out."
    return sha256(secret.encode()).hexdigest()


# ---- sessions ----


@dataclass(frozen=True, slots=True)
class Session:
    "`key` is the digest of the secret in the cookie. `confirmed_at`: when the password was given last."

    key: str
    account_id: int
    created_at: datetime
    used_at: datetime
    confirmed_at: datetime
    address: str
    browser: str


def begin_session(connection: Connection, account_id: int, address: str, browser: str, now: datetime) -> str:
    "A new session; returns its secret."
    secret = secrets.token_urlsafe(32)
    connection.execute(
        insert(sessions).values(
            key=digest(secret),
            account_id=account_id,
            created_at=now,
            used_at=now,
            confirmed_at=now,
            address=address,
            browser=browser[:300],
        )
    )
    return secret


def session(connection: Connection, secret: str) -> Session | None:
    row = connection.execute(select(sessions).where(sessions.c.key == digest(secret))).one_or_none()
    return None if row is None else Session(**row._mapping)


def session_with_account(connection: Connection, secret: str) -> tuple[Session, Account] | None:
    "The session of a secret and whose it is, with one question."
    columns = [*(c.label(f"session_{c.name}") for c in sessions.c), *accounts.c]
    joined = sessions.join(accounts, accounts.c.id == sessions.c.account_id)
    row = connection.execute(select(*columns).select_from(joined).where(sessions.c.key == digest(secret))).one_or_none()
    if row is None:
        return None
    found = Session(**{column.name: row._mapping[f"session_{column.name}"] for column in sessions.c})
    return found, account_of(row)


def sessions_of(connection: Connection, account_id: int) -> list[Session]:
    "The one used last first."
    statement = select(sessions).where(sessions.c.account_id == account_id).order_by(sessions.c.used_at.desc())
    return [Session(**row._mapping) for row in connection.execute(statement)]


def use_session(connection: Connection, key: str, now: datetime) -> None:
    connection.execute(update(sessions).where(sessions.c.key == key).values(used_at=now))


def confirm_session(connection: Connection, key: str, now: datetime) -> None:
    "The password was given again."
    connection.execute(update(sessions).where(sessions.c.key == key).values(confirmed_at=now))


def end_session(connection: Connection, account_id: int, key: str) -> bool:
    "False: there was none of this account."
    c = sessions.c
    return connection.execute(delete(sessions).where(c.account_id == account_id, c.key == key)).rowcount == 1


def end_sessions(connection: Connection, account_id: int, but: str = "") -> int:
    "All sessions of an account but one; returns how many."
    c = sessions.c
    return connection.execute(delete(sessions).where(c.account_id == account_id, c.key != but)).rowcount


def forget_sessions(connection: Connection, before: datetime) -> int:
    "Those that were not used for long; returns how many."
    return connection.execute(delete(sessions).where(sessions.c.used_at < before)).rowcount


# ---- tokens ----


@dataclass(frozen=True, slots=True)
class Token:
    "`prefix` is the beginning of the secret, for people. `permissions` None: all that the account may."

    id: int
    account_id: int
    name: str
    prefix: str
    permissions: Sequence[str] | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    used_from: str


def make_token(
    connection: Connection,
    account_id: int,
    name: str,
    now: datetime,
    *,
    permissions: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    "The token and its secret, which is never seen again."
    secret = TOKEN_MARK + secrets.token_urlsafe(32)
    made = connection.execute(
        insert(tokens)
        .values(
            account_id=account_id,
            name=name,
            prefix=secret[: len(TOKEN_MARK) + 6],
            digest=digest(secret),
            permissions=None if permissions is None else list(permissions),
            created_at=now,
            expires_at=expires_at,
            used_from="",
        )
        .returning(tokens.c.id)
    ).scalar_one()
    token = _token_where(connection, tokens.c.id == made)
    assert token is not None  # noqa: S101 - inserted above
    return token, secret


def token(connection: Connection, secret: str, now: datetime) -> Token | None:
    "The token of a secret, unless it has expired."
    c = tokens.c
    return _token_where(connection, (c.digest == digest(secret)) & or_(c.expires_at.is_(None), c.expires_at > now))


def tokens_of(connection: Connection, account_id: int | None = None) -> list[Token]:
    "The newest first; of one account, or all."
    statement = select(*_TOKEN).order_by(tokens.c.id.desc())
    if account_id is not None:
        statement = statement.where(tokens.c.account_id == account_id)
    return [Token(**row._mapping) for row in connection.execute(statement)]


def use_token(connection: Connection, token_id: int, address: str, now: datetime) -> None:
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(used_at=now, used_from=address))


def revoke_token(connection: Connection, token_id: int, account_id: int | None = None) -> bool:
    "False: there was none (of this account)."
    statement = delete(tokens).where(tokens.c.id == token_id)
    if account_id is not None:
        statement = statement.where(tokens.c.account_id == account_id)
    return connection.execute(statement).rowcount == 1


_TOKEN = [column for column in tokens.c if column.name != "digest"]


def _token_where(connection: Connection, condition: ColumnElement[bool]) -> Token | None:
    row = connection.execute(select(*_TOKEN).where(condition)).one_or_none()
    return None if row is None else Token(**row._mapping)
