"""Roles, who has them, and what follows: somebody's access.

The roles that ship are in `models.permissions`; those that were made here are in the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, text

from models.access import Access, Grant, folder_of
from models.permissions import SHIPPED, Role
from models.read.page import one_of
from models.tables import account_roles, accounts, roles


@dataclass(frozen=True, slots=True)
class Assignment:
    "A role of an account: within a scheduler (empty: all) and a folder."

    role: str
    scheduler_id: str = ""
    folder: str = "/"


def all_roles(connection: Connection) -> dict[str, Role]:
    "Those that ship first, then the others by name."
    made = connection.execute(select(roles).order_by(roles.c.key)).all()
    return SHIPPED | {row.key: Role(row.key, row.name, row.words, tuple(row.permissions.split())) for row in made}


def save_role(connection: Connection, role: Role, now: datetime) -> None:
    "Makes or replaces a role. ValueError for the key of one that ships."
    if role.key in SHIPPED:
        raise ValueError(f"the role {role.key} ships and cannot be changed")
    connection.execute(delete(roles).where(roles.c.key == role.key))
    values = {"key": role.key, "name": role.name, "words": role.words, "permissions": "\n".join(role.rules)}
    connection.execute(insert(roles).values(**values, changed_at=now))


def remove_role(connection: Connection, key: str) -> None:
    "Also from everybody who has it."
    connection.execute(delete(account_roles).where(account_roles.c.role == key))
    connection.execute(delete(roles).where(roles.c.key == key))


def assignments(connection: Connection, account_id: int) -> list[Assignment]:
    c = account_roles.c
    statement = select(c.role, c.scheduler_id, c.folder).where(c.account_id == account_id)
    found = connection.execute(statement.order_by(c.role, c.scheduler_id, c.folder))
    return [Assignment(*row) for row in found]


def assignments_of_all(
    connection: Connection, account_ids: Sequence[int] | None = None
) -> dict[int, list[Assignment]]:
    "By id of the account; of these, or (None) of everybody."
    c = account_roles.c
    found: dict[int, list[Assignment]] = {}
    statement = select(account_roles).order_by(c.account_id, c.role, c.scheduler_id, c.folder)
    if account_ids is not None:
        statement = statement.where(one_of(connection, c.account_id, account_ids))
    for row in connection.execute(statement):
        found.setdefault(row.account_id, []).append(Assignment(row.role, row.scheduler_id, row.folder))
    return found


def assign(connection: Connection, account_id: int, wanted: Iterable[Assignment]) -> None:
    "Replaces the roles of an account."
    connection.execute(delete(account_roles).where(account_roles.c.account_id == account_id))
    rows = {(each.role, each.scheduler_id, folder_of(each.folder)) for each in wanted}
    for role, scheduler_id, folder in sorted(rows):
        values = {"role": role, "scheduler_id": scheduler_id, "folder": folder}
        connection.execute(insert(account_roles).values(account_id=account_id, **values))


def access_of(known: dict[str, Role], given: Sequence[Assignment]) -> Access:
    "A role that does not exist any more grants nothing."
    alive = [each for each in given if each.role in known]
    return Access(tuple(Grant(known[each.role], each.scheduler_id, folder_of(each.folder)) for each in alive))


def access(connection: Connection, account_id: int) -> Access:
    "What the account may."
    given = assignments(connection, account_id)
    if all(each.role in SHIPPED for each in given):
        return access_of(SHIPPED, given)
    return access_of(all_roles(connection), given)


def administrators(connection: Connection) -> list[int]:
    "The accounts, not disabled, that may manage accounts."
    known = all_roles(connection)
    enabled = set(connection.execute(select(accounts.c.id).where(~accounts.c.disabled)).scalars())
    return [
        account_id
        for account_id, given in assignments_of_all(connection).items()
        if account_id in enabled and access_of(known, given).may("users.manage")
    ]


def lock(connection: Connection) -> None:
    "Until the end of the transaction nobody else changes who may manage accounts."
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE account_roles IN EXCLUSIVE MODE"))
