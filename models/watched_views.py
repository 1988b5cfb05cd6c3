"""Saved views that somebody wants to be told of when their list is not empty: what is asked, and what is there now.

Each is looked at with the eyes of its owner: an account that may see one folder is told of that folder, and one that
is disabled of nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs

from sqlalchemy import Connection, select, update

from models import read, roles, sight, tables
from models.read import listings
from models.read.listings import CHAINS, JOBS, ORDERS, RUNS, TASKS, Condition, Listing
from scheduler.list_filter import Filter, Token, parse
from scheduler.monitor.watched import Watched, WatchedNow

#: views of one scheduler that are watched at most
MOST = 100
#: rows of a list that are counted, and those that are named
COUNTED, NAMED = 100, 5
_PAGE = re.compile(r"/s/([^/]+)/(jobs|orders|chains|history)")
_V = tables.saved_views.c


@dataclass(frozen=True, slots=True)
class Asked:
    "What a view asks for. `fault`: why it cannot be asked, a sentence."

    scheduler_id: str
    listing: Listing
    text: str = ""
    state: str = ""
    chain: str = ""
    fault: str = ""


def asked(page: str, query: str) -> Asked | None:
    "What the view of a page with this query asks for; None: of that page no list can be watched."
    match = _PAGE.fullmatch(page)
    if match is None:
        return None
    given = {name: values[0].strip() for name, values in parse_qs(query).items()}
    history = TASKS if given.get("kind") == "tasks" else RUNS
    listing = {"jobs": JOBS, "orders": ORDERS, "chains": CHAINS, "history": history}[match[2]]
    text, state = given.get("q", ""), given.get("state", "")
    found = parse(text, listing.tokens)
    fault = found.fault
    if match[2] == "history" and not found.value("since"):
        fault = "A history that began long ago is never empty again: add since:1h or the like."
    return Asked(match[1], listing, text, state, given.get("chain", ""), fault)


def watch(connection: Connection, account_id: int, view_id: int, told_to: str | None) -> bool:
    "`told_to`: mail addresses with commas between; None ends it. False: there is no such view of this account."
    statement = update(tables.saved_views).where(_V.id == view_id, _V.account_id == account_id)
    return connection.execute(statement.values(told_to=told_to)).rowcount == 1


def watched(connection: Connection, scheduler_id: str) -> list[tuple[Watched, Asked, int]]:
    "Those of accounts that are not disabled, with what they ask for and whose they are."
    a = tables.accounts.c
    statement = (
        select(_V.id, _V.name, a.name.label("owner"), _V.told_to, _V.page, _V.query, a.id.label("account_id"))
        .join(tables.accounts, a.id == _V.account_id)
        .where(_V.told_to.is_not(None), a.disabled.is_(False))
        .where(_V.page.startswith(f"/s/{scheduler_id}/", autoescape=True))
        .order_by(_V.id)
        .limit(MOST)
    )
    found = []
    for row in connection.execute(statement):
        wanted = asked(row.page, row.query)
        if wanted is not None and not wanted.fault:
            addresses = tuple(each for each in row.told_to.split(",") if each)
            found.append((Watched(row.id, row.name, row.owner, addresses), wanted, row.account_id))
    return found


def look(connection: Connection, wanted: Asked, account_id: int, now: datetime) -> WatchedNow:
    """How many rows the account sees there now, and the first of them. Raises Unfit.

    The connection sees no more than the account from then on: take one for each view, of an engine with
    `sight.install`.
    """
    access = roles.access(connection, account_id)
    if not access.interactive or not access.may(wanted.listing.permission, wanted.scheduler_id):
        return WatchedNow(0, ())
    sight.limited_to(connection, access)
    found = parse(wanted.text, wanted.listing.tokens)
    if wanted.state in wanted.listing.tokens.get("state", ()):
        found = replace(found, tokens=(*found.tokens, Token("state", wanted.state)))
    where = listings.conditions(connection, wanted.scheduler_id, wanted.listing, found, now)
    total, names = _rows(connection, wanted, found, where)
    return WatchedNow(min(total, COUNTED), names[:NAMED])


def _rows(
    connection: Connection, wanted: Asked, found: Filter, where: list[Condition]
) -> tuple[int, tuple[str, ...]]:
    scheduler_id = wanted.scheduler_id
    if wanted.listing is ORDERS:
        ended = found.names("state", "ended")
        orders = read.orders(
            connection, scheduler_id, chain=wanted.chain, ended=ended, where=where, sort="id", limit=NAMED
        )
        return orders.total, tuple(f"{row.order.chain},{row.order.id}" for row in orders.rows)
    if wanted.listing is JOBS:
        jobs = read.jobs(connection, scheduler_id, where=where, limit=NAMED)
        return jobs.total, tuple(row.path for row in jobs.rows)
    if wanted.listing is CHAINS:
        chains = read.chains(connection, scheduler_id, where=where, limit=NAMED)
        return chains.total, tuple(row.path for row in chains.rows)
    if wanted.listing is TASKS:
        tasks = read.tasks(connection, scheduler_id, where=where, limit=COUNTED)
        return len(tasks), tuple(f"{task.job}, task {task.id}" for task in tasks)
    runs = read.runs(connection, scheduler_id, where=where, limit=COUNTED)
    return len(runs), tuple(f"{run.chain},{run.order_id}" for run in runs)
