"Job chains with their nodes."

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select

from models import tables
from models.conditions import ORDER_OPEN
from models.read.files import FileRow, file
from models.read.overview import orders_by_chain
from models.read.page import Page, contains, page_of
from scheduler.records import ChainState, NodeAction, ObjectKind, OrderState

Counts = Mapping[OrderState, int]

#: `trouble`: those with a faulty file first, then with orders that are set back or blacklisted, stopped, all others;
#: `orders`: by their number; both then by path
ChainSort = Literal["path", "trouble", "orders"]


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A chain in the list. `orders`: those that have not ended, by state. `problem_code` (empty: none) is about
    the newest version of its file."""

    path: str
    title: str
    state: ChainState
    distributed: bool
    max_orders: int | None
    problem_code: str
    orders: Counts

    @property
    def orders_total(self) -> int:
        return sum(self.orders.values())


@dataclass(frozen=True, slots=True)
class NodeRow:
    """`job` is empty at an end node and at one with a nested chain; `job_known` is False when there is no such job.

    `sink`: what becomes of the files of orders here, `remove` or the directory that they are moved to; empty: no sink.
    """

    state: str
    position: int
    job: str
    next_state: str
    error_state: str
    on_error: str
    suspend: bool
    delay_seconds: float
    action: NodeAction
    job_known: bool
    job_title: str
    job_stopped: bool
    orders: Counts
    nested_chain: str = ""
    sink: str = ""

    @property
    def is_end(self) -> bool:
        return not self.job and not self.nested_chain

    @property
    def orders_total(self) -> int:
        return sum(self.orders.values())


@dataclass(frozen=True, slots=True)
class ChainDetail:
    chain: ChainRow
    visible: str
    orders_recoverable: bool
    process_class: str
    nodes: tuple[NodeRow, ...]
    file: FileRow | None


def chains(
    connection: Connection,
    scheduler_id: str,
    *,
    text: str = "",
    state: ChainState | None = None,
    where: Sequence[ColumnElement[bool]] = (),
    sort: ChainSort = "path",
    descending: bool = False,
    offset: int = 0,
    limit: int = 100,
) -> Page[ChainRow]:
    "By path, or as `sort` says. `where`: conditions of `models.read.narrow`."
    c = tables.job_chains.c
    statement = _chains(scheduler_id).where(*where).order_by(*_order_by(scheduler_id, sort, descending))
    if text:
        statement = statement.where(contains(text, c.path, c.title))
    if state is not None:
        statement = statement.where(c.state == state)
    page = page_of(connection, statement, offset, limit, lambda row: row)
    counts = orders_by_chain(connection, scheduler_id, [row.path_key for row in page.rows])
    rows = tuple(_chain(row, counts.get(row.path_key, {})) for row in page.rows)
    return Page(rows, page.total, page.offset, page.limit)


def _order_by(scheduler_id: str, sort: ChainSort, descending: bool) -> list[ColumnElement[Any]]:
    c, o = tables.job_chains.c, tables.orders.c
    if sort == "path":
        return [c.path_key.desc() if descending else c.path_key]
    there = (o.scheduler_id == scheduler_id, ORDER_OPEN)
    if sort == "orders":
        number = (
            select(func.count()).where(*there, o.chain_key == c.path_key).correlate(tables.job_chains).scalar_subquery()
        )
        return [number.desc() if descending else number, c.path_key]
    troubled = select(o.chain_key).where(*there, o.state.in_((OrderState.SETBACK, OrderState.BLACKLISTED)))
    rank = case(
        (tables.files.c.problem_code.is_not(None), 0),
        (c.path_key.in_(troubled), 1),
        (c.state == ChainState.STOPPED, 2),
        else_=3,
    )
    return [rank.desc() if descending else rank, c.path_key]


def chain(connection: Connection, scheduler_id: str, path: str) -> ChainDetail | None:
    "A chain with its nodes in their order."
    row = connection.execute(
        _chains(scheduler_id).where(tables.job_chains.c.path_key == path.lower())
    ).one_or_none()
    if row is None:
        return None
    counts = orders_by_chain(connection, scheduler_id, [row.path_key])
    return ChainDetail(
        chain=_chain(row, counts.get(row.path_key, {})),
        visible=row.visible,
        orders_recoverable=row.orders_recoverable,
        process_class=row.process_class,
        nodes=_nodes(connection, scheduler_id, row.path_key),
        file=file(connection, scheduler_id, ObjectKind.JOB_CHAIN, row.path),
    )


@dataclass(frozen=True, slots=True)
class HeldNode:
    "A node that somebody stopped or skips; `chain` is the path."

    chain: str
    node: str
    action: NodeAction


def held_nodes(connection: Connection, scheduler_id: str, limit: int = 8) -> list[HeldNode]:
    "By chain, in the order of its nodes."
    n = tables.job_chain_nodes.c
    statement = (
        select(n.chain, n.node, n.action)
        .where(n.scheduler_id == scheduler_id, n.action.in_((NodeAction.STOP, NodeAction.NEXT_STATE)))
        .order_by(n.chain_key, n.position)
        .limit(limit)
    )
    return [HeldNode(*row) for row in connection.execute(statement)]


def _chains(scheduler_id: str) -> Select[Any]:
    c, f = tables.job_chains.c, tables.files.c
    of_chain = and_(
        f.scheduler_id == c.scheduler_id, f.kind == ObjectKind.JOB_CHAIN.value, f.path_key == c.path_key
    )
    return (
        select(tables.job_chains, f.problem_code)
        .select_from(tables.job_chains.outerjoin(tables.files, of_chain))
        .where(c.scheduler_id == scheduler_id)
    )


def _chain(row: Row[Any], counts: Counts) -> ChainRow:
    return ChainRow(
        path=row.path,
        title=row.title,
        state=row.state,
        distributed=row.distributed,
        max_orders=row.max_orders,
        problem_code=row.problem_code or "",
        orders=counts,
    )


def _nodes(connection: Connection, scheduler_id: str, chain_key: str) -> tuple[NodeRow, ...]:
    n, j = tables.job_chain_nodes.c, tables.jobs.c
    with_job = tables.job_chain_nodes.outerjoin(
        tables.jobs, and_(j.scheduler_id == n.scheduler_id, j.path_key == n.job_key)
    )
    statement = (
        select(tables.job_chain_nodes, j.path_key, j.title, j.stopped)
        .select_from(with_job)
        .where(n.scheduler_id == scheduler_id, n.chain_key == chain_key)
        .order_by(n.position)
    )
    rows = connection.execute(statement).all()
    counts = _orders_by_node(connection, scheduler_id, chain_key)
    if any(row.nested_chain for row in rows):
        counts |= _orders_inside(connection, scheduler_id, chain_key)
    return tuple(_node(row, counts.get(row.node, {})) for row in rows)


def _node(row: Row[Any], counts: Counts) -> NodeRow:
    return NodeRow(
        state=row.node,
        position=row.position,
        job=row.job,
        next_state=row.next_state,
        error_state=row.error_state,
        on_error=row.on_error,
        suspend=row.suspend,
        delay_seconds=row.delay_seconds,
        action=row.action,
        job_known=row.path_key is not None,
        job_title=row.title or "",
        job_stopped=bool(row.stopped),
        orders=counts,
        nested_chain=row.nested_chain,
        sink=row.sink,
    )


def _orders_by_node(connection: Connection, scheduler_id: str, chain_key: str) -> dict[str, Counts]:
    c = tables.orders.c
    return _counted(connection, c.node, c.scheduler_id == scheduler_id, c.chain_key == chain_key)


def _orders_inside(connection: Connection, scheduler_id: str, chain_key: str) -> dict[str, Counts]:
    "Of a superordinate chain the orders in the chains of its nodes; none stands at such a node itself."
    c = tables.orders.c
    return _counted(connection, c.outer_node, c.scheduler_id == scheduler_id, func.lower(c.outer_chain) == chain_key)


def _counted(
    connection: Connection, at: ColumnElement[str], *where: ColumnElement[bool]
) -> dict[str, Counts]:
    c = tables.orders.c
    statement = select(at, c.state, func.count()).where(*where, ORDER_OPEN).group_by(at, c.state)
    counts: dict[str, dict[OrderState, int]] = defaultdict(dict)
    for node, state, number in connection.execute(statement):
        counts[node][state] = number
    return dict(counts)


def chains_around(connection: Connection, scheduler_id: str, path: str) -> list[str]:
    "The superordinate chains of a nested one, and all chains that are nested in these; none without such."
    n, c = tables.job_chain_nodes.c, tables.job_chains.c
    nested = select(n.chain_key, n.nested_chain).where(n.scheduler_id == scheduler_id, n.nested_chain != "")
    inside = [(row.chain_key, row.nested_chain.lower()) for row in connection.execute(nested)]
    outer = {chain for chain, inner in inside if inner == path.lower()}
    keys = outer | {inner for chain, inner in inside if chain in outer}
    if not keys:
        return []
    known = select(c.path).where(c.scheduler_id == scheduler_id, c.path_key.in_(keys)).order_by(c.path_key)
    return list(connection.execute(known).scalars())
