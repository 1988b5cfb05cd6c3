"""Accounts of the control plane, and the sign-ins that were tried.

Each function works in the caller's transaction (`connect.writing`, or `connect.reading` for those that only look).
Account names ignore case. Passwords arrive here as hashes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, text, update

from models.columns import Instant
from models.tables import accounts, login_attempts


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    name: str
    role: str
    password_hash: str
    created_at: datetime
    password_changed_at: datetime
    disabled: bool


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
    return [_account(row) for row in connection.execute(select(accounts).order_by(accounts.c.name_key))]


def create(connection: Connection, name: str, role: str, password_hash: str, now: datetime) -> Account:
    "Raises NameTaken; the transaction stays usable. Of two at once the second waits and is refused."
    name = name.strip()
    values = {"name": name, "name_key": name.lower(), "role": role, "password_hash": password_hash, "now": now}
    if connection.execute(_CREATE, values).one_or_none() is None:
        raise NameTaken(name)
    account = find(connection, name)
    assert account is not None  # noqa: S101 - it was inserted above, in the same transaction
    return account


_CREATE = text(
    """INSERT INTO accounts (name_key, name, role, password_hash, created_at, password_changed_at, disabled)
    VALUES (:name_key, :name, :role, :password_hash, :now, :now, false)
    ON CONFLICT (name_key) DO NOTHING RETURNING id"""
).bindparams(bindparam("now", type_=Instant()))


def set_password(connection: Connection, account_id: int, password_hash: str, now: datetime) -> None:
    "A new password."
    connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(password_hash=password_hash, password_changed_at=now)
    )


def improve_hash(connection: Connection, account_id: int, password_hash: str) -> None:
    "The same password, hashed with newer parameters."
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(password_hash=password_hash))


def disable(connection: Connection, account_id: int, disabled: bool = True) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(disabled=disabled))


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
    return None if row is None else _account(row)


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        role=row.role,
        password_hash=row.password_hash,
        created_at=row.created_at,
        password_changed_at=row.password_changed_at,
        disabled=row.disabled,
    )
