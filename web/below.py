"""What lists show below their rows when one wants it: tasks of jobs, nodes and orders of chains. Few of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from sqlalchemy import Connection, and_, func, or_, select

from models import read, tables
from models.conditions import ORDER_OPEN
from models.read.page import one_of
from scheduler.records import NodeAction, OrderState, Task

#: rows below one row, and of a whole page
EACH, MOST = 10, 1000


def shown(*possible: str) -> str:
    "What `?show=` asks for; empty: nothing."
    asked = request.args.get("show", "")
    return asked if asked in possible else ""


def tasks(connection: Connection, scheduler_id: str, paths: Iterable[str]) -> dict[str, list[Task]]:
    "Running and queued ones by lower-case path of the job, the newest first."
    keys = [path.lower() for path in paths]
    found: dict[str, list[Task]] = {}
    where = [one_of(connection, tables.tasks.c.job_key, keys)]
    for task in read.tasks(connection, scheduler_id, view="open", where=where, limit=MOST) if keys else ():
        found.setdefault(task.job.lower(), []).append(task)
    return {path: each[:EACH] for path, each in found.items()}


@dataclass(frozen=True, slots=True)
class Node:
    """`job` is empty where a chain is nested, and no job of the configuration where files go away (`sink`, as in
    `read.NodeRow`)."""

    state: str
    job: str
    action: NodeAction
    nested_chain: str
    sink: str
    job_known: bool
    job_stopped: bool


@dataclass(frozen=True, slots=True)
class Standing:
    "An order, and how it stands at its node."

    id: str
    node: str
    state: OrderState


def nodes(connection: Connection, scheduler_id: str, paths: Iterable[str]) -> dict[str, list[Node]]:
    "All but end nodes by lower-case path of the chain, in their order."
    n, j = tables.job_chain_nodes.c, tables.jobs.c
    with_job = tables.job_chain_nodes.outerjoin(
        tables.jobs, and_(j.scheduler_id == n.scheduler_id, j.path_key == n.job_key)
    )
    statement = (
        select(n.chain_key, n.node, n.job, n.action, n.nested_chain, n.sink, j.path_key, j.stopped)
        .select_from(with_job)
        .where(n.scheduler_id == scheduler_id, or_(n.job != "", n.nested_chain != ""))
    )
    found: dict[str, list[Node]] = {}
    mine = one_of(connection, n.chain_key, [path.lower() for path in paths])
    for row in connection.execute(statement.where(mine).order_by(n.chain_key, n.position)):
        known, stopped = row.path_key is not None, bool(row.stopped)
        node = Node(row.node, row.job, row.action, row.nested_chain, row.sink, known, stopped)
        found.setdefault(row.chain_key, []).append(node)
    return found


def orders(connection: Connection, scheduler_id: str, paths: Iterable[str]) -> dict[str, list[Standing]]:
    "Those that come next, by lower-case path of the chain."
    o = tables.orders.c
    place = func.row_number().over(partition_by=o.chain_key, order_by=(o.ordering, o.order_id)).label("place")
    keys = [path.lower() for path in paths]
    mine = (o.scheduler_id == scheduler_id, ORDER_OPEN, one_of(connection, o.chain_key, keys))
    each = select(o.chain_key, o.order_id, o.node, o.state, place).where(*mine).subquery()
    found: dict[str, list[Standing]] = {}
    for row in connection.execute(select(each).where(each.c.place <= EACH).order_by(each.c.chain_key, each.c.place)):
        found.setdefault(row.chain_key, []).append(Standing(row.order_id, row.node, row.state))
    return found
