"""What lists show below their rows when one wants it: tasks of jobs, nodes and orders of chains. Few of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from sqlalchemy import Connection, func, select

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
    state: str
    job: str
    action: NodeAction


@dataclass(frozen=True, slots=True)
class Standing:
    "An order, and how it stands at its node."

    id: str
    node: str
    state: OrderState


def nodes(connection: Connection, scheduler_id: str, paths: Iterable[str]) -> dict[str, list[Node]]:
    "Those with a job by lower-case path of the chain, in their order."
    n = tables.job_chain_nodes.c
    statement = select(n.chain_key, n.node, n.job, n.action).where(n.scheduler_id == scheduler_id, n.job != "")
    found: dict[str, list[Node]] = {}
    mine = one_of(connection, n.chain_key, [path.lower() for path in paths])
    for row in connection.execute(statement.where(mine).order_by(n.chain_key, n.position)):
        found.setdefault(row.chain_key, []).append(Node(row.node, row.job, row.action))
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
