"Saved views: a page with its filter, under a name; one's own, or shared with everybody."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, or_, select, update

from models.read.page import Page, page_of
from models.tables import accounts, saved_views


@dataclass(frozen=True, slots=True)
class View:
    """`page` is the path of the page, `query` what follows the question mark. `owner` is the account's name. `told_to`:
    who is told when the list is not empty, see `models.watched_views`."""

    id: int
    account_id: int
    owner: str
    name: str
    page: str
    query: str
    shared: bool
    created_at: datetime
    told_to: str | None


def save(
    connection: Connection, account_id: int, name: str, page: str, query: str, shared: bool, now: datetime
) -> int:
    "Makes a view, or changes one's own of the same name for the same page; returns its id."
    c = saved_views.c
    same = update(saved_views).where(c.account_id == account_id, c.name == name, c.page == page)
    changed = connection.execute(same.values(query=query, shared=shared).returning(c.id)).scalar()
    if changed is not None:
        return int(changed)
    values = {"account_id": account_id, "name": name, "page": page, "query": query, "shared": shared}
    made: int = connection.execute(
        insert(saved_views).values(**values, created_at=now).returning(c.id)
    ).scalar_one()
    return made


def of_account(connection: Connection, account_id: int, page: str | None = None) -> list[View]:
    "One's own and those that others share, by name; of one page, or of all schedulers."
    return [View(**row._mapping) for row in connection.execute(_seen_by(account_id, page))]


def page_of_views(
    connection: Connection,
    account_id: int,
    offset: int,
    limit: int,
    page: str | None = None,
    schedulers: Sequence[str] | None = None,
) -> Page[View]:
    "A part of the same; of those that others share only those about one of the schedulers (None: of all)."
    seen = _seen_by(account_id, page)
    if schedulers is not None:
        c = saved_views.c
        about = (c.page.startswith(f"/s/{each}/", autoescape=True) for each in schedulers)
        seen = seen.where(or_(c.account_id == account_id, *about))
    return page_of(connection, seen, offset, limit, lambda row: View(**row._mapping))


def by_id(connection: Connection, view_id: int) -> View | None:
    row = connection.execute(_views().where(saved_views.c.id == view_id)).one_or_none()
    return None if row is None else View(**row._mapping)


def remove(connection: Connection, account_id: int, view_id: int) -> bool:
    "False: there is none of this account."
    c = saved_views.c
    return connection.execute(delete(saved_views).where(c.account_id == account_id, c.id == view_id)).rowcount == 1


def _seen_by(account_id: int, page: str | None) -> Select[Any]:
    c = saved_views.c
    statement = _views().where(or_(c.account_id == account_id, c.shared)).order_by(c.name, c.id)
    return statement if page is None else statement.where(c.page == page)


def _views() -> Select[Any]:
    joined = saved_views.join(accounts, accounts.c.id == saved_views.c.account_id)
    return select(saved_views, accounts.c.name.label("owner")).select_from(joined)
