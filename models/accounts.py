"""Accounts of the control plane, and the sign-ins that were tried.

Each function works in the caller's transaction (`connect.writing`, or `connect.reading` for those that only look).
Account names ignore case. Passwords arrive here as hashes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, text, update

from models.columns import Instant
from models.read.page import Page, contains, page_of
from models.tables import account_roles, accounts, login_attempts, sessions

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Account:
    """`source` is where the account is known: LOCAL (by its password), `ldap`, or `oidc:` and the provider's name.

    `subject` names it there. `must_change`: the password has to be changed before anything else.
    """

    id: int
    name: str
    password_hash: str
    created_at: datetime
    password_changed_at: datetime
    disabled: bool
    full_name: str = ""
    source: str = LOCAL
    subject: str = ""
    must_change: bool = False
    last_login_at: datetime | None = None
    preferences: Mapping[str, str] = field(default_factory=dict)


class NameTaken(Exception):
    "There is an account of this name already."


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(accounts)).scalar_one()


def find(connection: Connection, name: str) -> Account | None:
    return _one(connection, accounts.c.name_key == name.strip().lower())


def by_id(connection: Connection, account_id: int) -> Account | None:
    return _one(connection, accounts.c.id == account_id)


def all_accounts(connection: Connection) -> list[Account]:
    "By name."
    return [account_of(row) for row in connection.execute(select(accounts).order_by(accounts.c.name_key))]


def page_of_accounts(connection: Connection, words: str, offset: int, limit: int) -> Page[Account]:
    "By name; `words`: in one of the names, empty: all."
    statement = select(accounts).order_by(accounts.c.name_key)
    if words:
        statement = statement.where(contains(words, accounts.c.name, accounts.c.full_name))
    return page_of(connection, statement, offset, limit, account_of)


def page_of_role(connection: Connection, role: str, offset: int, limit: int) -> Page[Account]:
    "Those that have the role anywhere, by name."
    having = select(account_roles.c.account_id).where(account_roles.c.role == role)
    statement = select(accounts).where(accounts.c.id.in_(having)).order_by(accounts.c.name_key)
    return page_of(connection, statement, offset, limit, account_of)


def by_subject(connection: Connection, source: str, subject: str) -> Account | None:
    "The account of somebody known elsewhere."
    return _one(connection, (accounts.c.source == source) & (accounts.c.subject == subject))


def create(
    connection: Connection,
    name: str,
    role: str,
    password_hash: str,
    now: datetime,
    *,
    full_name: str = "",
    source: str = LOCAL,
    subject: str = "",
    must_change: bool = False,
) -> Account:
    """The account, with a role that is not limited (empty: none yet). An empty hash fits no password.

    Raises NameTaken; the transaction stays usable. Of two at once the second waits and is refused.
    """
    name = name.strip()
    values = {"name": name, "name_key": name.lower(), "password_hash": password_hash, "now": now}
    values |= {"full_name": full_name, "source": source, "subject": subject, "must_change": must_change}
    made = connection.execute(_CREATE, values).scalar_one_or_none()
    if made is None:
        raise NameTaken(name)
    if role:
        connection.execute(insert(account_roles).values(account_id=made, role=role, scheduler_id="", folder="/"))
    account = find(connection, name)
    assert account is not None  # noqa: S101 - it was inserted above, in the same transaction
    return account


_CREATE = text(
    """INSERT INTO accounts (name_key, name, password_hash, created_at, password_changed_at, disabled, full_name,
    source, subject, must_change)
    VALUES (:name_key, :name, :password_hash, :now, :now, false, :full_name, :source, :subject, :must_change)
    ON CONFLICT (name_key) DO NOTHING RETURNING id"""
).bindparams(bindparam("now", type_=Instant()))


def set_password(
    connection: Connection, account_id: int, password_hash: str, now: datetime, must_change: bool = False
) -> None:
    "A new password; it ends all sessions. `must_change`: somebody else knows it."
    values = {"password_hash": password_hash, "password_changed_at": now, "must_change": must_change}
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))
    connection.execute(delete(sessions).where(sessions.c.account_id == account_id))


def improve_hash(connection: Connection, account_id: int, password_hash: str) -> None:
    "The same password, hashed with newer parameters."
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(password_hash=password_hash))


def disable(connection: Connection, account_id: int, disabled: bool = True) -> None:
    "A disabled account is out at once; its tokens do not work."
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(disabled=disabled))
    if disabled:
        connection.execute(delete(sessions).where(sessions.c.account_id == account_id))


def rename(connection: Connection, account_id: int, full_name: str) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(full_name=full_name))


def remove(connection: Connection, account_id: int) -> None:
    "With its roles, sessions, tokens and views. What it did stays in the audit."
    connection.execute(delete(accounts).where(accounts.c.id == account_id))


def note_login(connection: Connection, account_id: int, now: datetime) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(last_login_at=now))


def prefer(connection: Connection, account_id: int, chosen: Mapping[str, str]) -> None:
    "How pages look for this account. What is not among `chosen` stays as it is kept by now, by whomever."
    mine = accounts.c.id == account_id
    kept = connection.execute(select(accounts.c.preferences).where(mine).with_for_update()).scalar_one_or_none()
    connection.execute(update(accounts).where(mine).values(preferences={**(kept or {}), **chosen}))


def note_attempt(connection: Connection, name: str, address: str, succeeded: bool, now: datetime) -> None:
    "A sign-in was tried."
    connection.execute(
        insert(login_attempts).values(
            time=now, account_key=_key(name), address=address, succeeded=succeeded
        )
    )


class Failures(NamedTuple):
    "Failed sign-ins inside a window, since the last success of the account from the address."

    account_and_address: int
    account: int
    address: int


def failures(connection: Connection, name: str, address: str, since: datetime) -> Failures:
    "What the throttle looks at. `since` is the beginning of the sliding window."
    c = login_attempts.c
    mine = (c.account_key == _key(name)) & (c.address == address)
    success = select(func.coalesce(func.max(c.id), 0)).where(c.time >= since, mine, c.succeeded).scalar_subquery()
    failed = select(func.count()).where(c.time >= since, ~c.succeeded, c.id > success)
    both, account, place = (
        connection.execute(failed.where(condition)).scalar_one()
        for condition in (mine, c.account_key == _key(name), c.address == address)
    )
    return Failures(both, account, place)


def _key(name: str) -> str:
    "Anybody may type anything as a name, so its length is limited."
    return name.strip().lower()[:200]


def forget_attempts(connection: Connection, before: datetime) -> int:
    "Deletes attempts that no window covers any more; returns how many."
    return connection.execute(delete(login_attempts).where(login_attempts.c.time < before)).rowcount


def _one(connection: Connection, condition: ColumnElement[bool]) -> Account | None:
    row = connection.execute(select(accounts).where(condition)).one_or_none()
    return None if row is None else account_of(row)


def account_of(row: Row[Any]) -> Account:
    "From a row with all columns of the table."
    known = {name: getattr(row, name) for name in _FIELDS}
    return Account(**known, preferences=row.preferences or {})


_FIELDS = tuple(each.name for each in fields(Account) if each.name != "preferences")
