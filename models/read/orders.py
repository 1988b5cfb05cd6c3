"Orders, their rounds and the steps of the rounds."

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from models import tables
from models.conditions import ORDER_OPEN, RUN_FAILED
from models.read.page import Page, contains, one_of, page_of
from models.restore import ORDER_COLUMNS, order_of, run_of, step_of
from scheduler.records import Order, OrderOrigin, OrderState, Run, Step

#: `queue`: by chain, and as they stand in its queue; `trouble`: what failed or is held first, then the same
OrderSort = Literal["queue", "trouble", "start", "id"]


@dataclass(frozen=True, slots=True)
class OrderRow:
    "`modified_at`: when anything of the order was last stored."

    order: Order
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class StepRow:
    "A step with what its task tells: the job's path (empty when the task is unknown), and how long its log is."

    step: Step
    job: str
    #: None: no log is stored (the task runs, or had none)
    log_size: int | None


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How far a round has come. `last`: its last step; `job`, `member_id`, `host`: what that ran, and where (empty: not
    known, or the engine stands alone). `trouble`: the last step that went wrong."""

    last: Step
    member_id: str
    trouble: Step | None
    job: str = ""
    host: str = ""


def orders(
    connection: Connection,
    scheduler_id: str,
    *,
    chain: str = "",
    node: str | None = None,
    states: Collection[OrderState] = (),
    origins: Collection[OrderOrigin] = (),
    ended: bool = False,
    text: str = "",
    where: Sequence[ColumnElement[bool]] = (),
    sort: OrderSort = "queue",
    descending: bool = False,
    offset: int = 0,
    limit: int = 100,
) -> Page[OrderRow]:
    """Orders that have not ended, by chain and in the order in which a chain's orders stand in its queue.

    With `states` or `origins` only these; ENDED among the states, or `ended`, shows ended ones too, as far as they are
    still stored. `text` is looked for in id, title and chain. `where`: conditions of `models.read.narrow`.
    """
    c = tables.orders.c
    statement = (
        _orders().where(c.scheduler_id == scheduler_id, *where).order_by(*_order_by(sort, descending))
    )
    if not ended and OrderState.ENDED not in states:
        statement = statement.where(ORDER_OPEN)
    if states:
        statement = statement.where(c.state.in_(states))
    if origins:
        statement = statement.where(c.origin.in_(origins))
    if chain:
        statement = statement.where(c.chain_key == chain.lower())
    if node is not None:
        statement = statement.where(c.node == node)
    if text:
        statement = statement.where(contains(text, c.order_id, c.title, c.chain))
    return page_of(connection, statement, offset, limit, _order)


def _order_by(sort: OrderSort, descending: bool) -> list[ColumnElement[Any]]:
    c = tables.orders.c
    queue: list[ColumnElement[Any]] = [c.chain_key, c.priority.desc(), c.ordering, c.order_id]
    if sort == "queue":
        return queue
    if sort == "start":
        return [c.start_at.is_(None), c.start_at.desc() if descending else c.start_at, *queue]
    if sort == "id":
        return [c.order_id.desc() if descending else c.order_id, c.chain_key]
    rank = case(
        (c.state == OrderState.BLACKLISTED, 0),
        (c.state == OrderState.SETBACK, 1),
        (c.state.in_((OrderState.RUNNING, OrderState.SUSPENDING)), 2),
        (c.state == OrderState.SUSPENDED, 3),
        else_=4,
    )
    return [rank.desc() if descending else rank, c.state, *queue]


def order(connection: Connection, scheduler_id: str, chain: str, order_id: str) -> OrderRow | None:
    "An order, also an ended one as long as it is stored."
    c = tables.orders.c
    statement = _orders().where(
        c.scheduler_id == scheduler_id, c.chain_key == chain.lower(), c.order_id == order_id
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _order(row)


def chain_where_it_stands(connection: Connection, scheduler_id: str, chain: str, order_id: str) -> str:
    "The nested job chain in which an order of this superordinate chain stands; empty: there is none."
    c = tables.orders.c
    statement = select(c.chain).where(
        c.scheduler_id == scheduler_id, func.lower(c.outer_chain) == chain.lower(), c.order_id == order_id, ORDER_OPEN
    )
    return connection.execute(statement).scalars().first() or ""


def chain_where_it_ran(connection: Connection, scheduler_id: str, chain: str, order_id: str) -> str:
    "The chain nested in this one through which an order of that id went last; empty: through none."
    n, r = tables.job_chain_nodes.c, tables.order_runs.c
    nested = (n.scheduler_id == scheduler_id, n.chain_key == chain.lower(), n.nested_chain != "")
    inside = select(func.lower(n.nested_chain)).where(*nested)
    statement = (
        select(r.chain)
        .where(r.scheduler_id == scheduler_id, r.order_id == order_id, r.chain_key.in_(inside))
        .order_by(r.history_id.desc())
        .limit(1)
    )
    return connection.execute(statement).scalar_one_or_none() or ""


def at_chain_or_inside(chain: str, node: str | None = None) -> ColumnElement[bool]:
    "That an order stands in this chain (at this node), or in a chain that is nested in it (at this node)."
    c = tables.orders.c
    here, inside = c.chain_key == chain.lower(), func.lower(c.outer_chain) == chain.lower()
    if node is None:
        return or_(here, inside)
    return or_(and_(here, c.node == node), and_(inside, c.outer_node == node))


def _orders() -> Select[Any]:
    return select(*ORDER_COLUMNS, tables.orders.c.modified_at)


def _order(row: Row[Any]) -> OrderRow:
    return OrderRow(order_of(row), row.modified_at)


def order_runs(
    connection: Connection,
    scheduler_id: str,
    chain: str,
    order_id: str | None = None,
    *,
    limit: int = 20,
    before: int | None = None,
) -> list[Run]:
    "The rounds of an order, or of all orders of a chain, newest first; `before`: only smaller history ids."
    c = tables.order_runs.c
    statement = (
        select(tables.order_runs)
        .where(c.scheduler_id == scheduler_id, c.chain_key == chain.lower())
        .order_by(c.history_id.desc())
        .limit(limit)
    )
    if order_id is not None:
        statement = statement.where(c.order_id == order_id)
    if before is not None:
        statement = statement.where(c.history_id < before)
    return [run_of(row) for row in connection.execute(statement)]


#: rounds among which the last one of each chain is looked for first: there is hardly one that ran before them
RECENT = 2000


def last_runs(
    connection: Connection, scheduler_id: str, chains: Sequence[str], recent: int = RECENT
) -> dict[str, Run]:
    "The newest round of each of these chains, by its path in lower case; without those that never had one."
    c, keys = tables.order_runs.c, {chain.lower() for chain in chains}
    newest = (
        select(c.chain_key, c.history_id)
        .where(c.scheduler_id == scheduler_id)
        .order_by(c.history_id.desc())
        .limit(recent)
        .subquery()
    )
    among = newest.c.chain_key.in_(keys)
    latest = select(newest.c.chain_key, func.max(newest.c.history_id)).where(among).group_by(newest.c.chain_key)
    found = {row[0]: row[1] for row in connection.execute(latest)}
    if rest := keys - found.keys():
        of_chain = (c.scheduler_id == scheduler_id, c.chain_key.in_(rest))
        before = select(c.chain_key, func.max(c.history_id)).where(*of_chain).group_by(c.chain_key)
        found |= {row[0]: row[1] for row in connection.execute(before)}
    rows = select(tables.order_runs).where(c.scheduler_id == scheduler_id, c.history_id.in_(list(found.values())))
    return {row.chain_key: run_of(row) for row in connection.execute(rows)} if found else {}


def runs(
    connection: Connection,
    scheduler_id: str,
    *,
    failed: bool = False,
    open: bool = False,
    text: str = "",
    since: datetime | None = None,
    where: Sequence[ColumnElement[bool]] = (),
    before: int | None = None,
    limit: int = 100,
) -> list[Run]:
    """Rounds of all orders, newest first. `failed` and `open` narrow it down; `since` looks at the start; `where`:
    conditions of `models.read.narrow`."""
    c = tables.order_runs.c
    statement = (
        select(tables.order_runs)
        .where(c.scheduler_id == scheduler_id, *where)
        .order_by(c.history_id.desc())
        .limit(limit)
    )
    if failed:
        statement = statement.where(RUN_FAILED)
    if open:
        statement = statement.where(c.ended_at.is_(None))
    if text:
        statement = statement.where(contains(text, c.chain, c.order_id, c.title))
    if since is not None:
        statement = statement.where(c.started_at >= since)
    if before is not None:
        statement = statement.where(c.history_id < before)
    return [run_of(row) for row in connection.execute(statement)]


def order_run(connection: Connection, scheduler_id: str, history_id: int) -> Run | None:
    c = tables.order_runs.c
    row = connection.execute(
        select(tables.order_runs).where(c.scheduler_id == scheduler_id, c.history_id == history_id)
    ).one_or_none()
    return None if row is None else run_of(row)


def order_steps(connection: Connection, scheduler_id: str, history_id: int) -> list[StepRow]:
    "The steps of a round, in order."
    s, t, g = tables.order_steps.c, tables.tasks.c, tables.task_logs.c
    joined = tables.order_steps.outerjoin(
        tables.tasks, and_(t.scheduler_id == s.scheduler_id, t.id == s.task_id)
    ).outerjoin(tables.task_logs, and_(g.scheduler_id == s.scheduler_id, g.task_id == s.task_id))
    statement = (
        select(tables.order_steps, t.job, g.size)
        .select_from(joined)
        .where(s.scheduler_id == scheduler_id, s.history_id == history_id)
        .order_by(s.step)
    )
    return [StepRow(step_of(row), row.job or "", row.size) for row in connection.execute(statement)]


def run_ends(connection: Connection, scheduler_id: str, numbers: Sequence[int]) -> dict[int, RunEnd]:
    "Of rounds, by their numbers; those without a step are left out."
    s, t = tables.order_steps.c, tables.tasks.c
    mine = s.scheduler_id == scheduler_id, one_of(connection, s.history_id, numbers)
    last = (
        select(
            s.history_id,
            func.max(s.step).label("last"),
            func.max(s.step).filter(s.problem_code.is_not(None)).label("trouble"),
        )
        .where(*mine)
        .group_by(s.history_id)
        .subquery()
    )
    wanted = and_(s.history_id == last.c.history_id, or_(s.step == last.c.last, s.step == last.c.trouble))
    joined = tables.order_steps.join(last, wanted).outerjoin(
        tables.tasks, and_(t.scheduler_id == s.scheduler_id, t.id == s.task_id)
    )
    told = select(tables.order_steps, t.member_id, t.job, t.host)
    statement = told.select_from(joined).where(*mine).order_by(s.step.desc())
    found: dict[int, RunEnd] = {}
    for row in connection.execute(statement) if numbers else ():
        step = step_of(row)
        trouble = step if step.problem else None
        end = found.get(step.history_id) or RunEnd(step, row.member_id or "", None, row.job or "", row.host or "")
        found[step.history_id] = replace(end, trouble=end.trouble or trouble)
    return found
