"""Jobs, chains, files and orders by folder: how many lie in each, and which ones lie in some of them.

Orders lie in their job chains, and these in folders: what is read of them is read by chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Table, false, func, or_, select

from models import tables
from models.conditions import ORDER_OPEN, TASK_OPEN
from models.read.page import one_of
from scheduler.records import ChainState, OrderState, TaskState

Placed = Literal["jobs", "chains", "files"]
_TABLES: dict[Placed, Table] = {"jobs": tables.jobs, "chains": tables.job_chains, "files": tables.files}


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many objects lie in a folder itself, and how they count. `path` as the first of them spells it, with a slash
    at its end; that of a chain, in which orders lie, has none."""

    path: str
    total: int
    trouble: int = 0
    active: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """An object in a folder; `trouble`, `active` and `held` say how it counts. The path of a file ends with a dot and
    its kind; it is held while what stands in the folder is not what is in use. An order is named as the journal names
    it, `chain` and `state` are its own."""

    path: str
    trouble: bool = False
    active: bool = False
    held: bool = False
    chain: str = ""
    state: OrderState | None = None

    @property
    def place(self) -> str:
        "Where it lies, in lower case: a folder with a slash at its end, or the chain of an order."
        return (self.chain or self.path[: self.path.rindex("/") + 1]).lower()

    @property
    def name(self) -> str:
        "What it is called there."
        return self.path[len(self.chain) + 1 :] if self.chain else self.path.rpartition("/")[2]


def folder_numbers(connection: Connection, scheduler_id: str, kind: Placed) -> list[Numbers]:
    "Of each folder in which one lies, by path in lower case."
    c = _TABLES[kind].c
    folder = _folder(c.path_key)
    counts = (func.count().filter(condition) for condition in _counts(scheduler_id, kind))
    statement = select(func.min(c.path), func.count(), *counts).where(c.scheduler_id == scheduler_id)
    rows = connection.execute(statement.group_by(folder).order_by(folder))
    return [Numbers(path[: path.rindex("/") + 1], *numbers) for path, *numbers in rows]


def items_in(
    connection: Connection, scheduler_id: str, kind: Placed, folders: Sequence[str] | None, each: int, most: int
) -> list[Item]:
    "Those in these folders themselves (None: in all), by path; at most `each` of a folder, and `most` altogether."
    c = _TABLES[kind].c
    folder = _folder(c.path_key)
    place = func.row_number().over(partition_by=folder, order_by=c.path_key).label("place")
    flags = (condition.label(name) for condition, name in zip(_counts(scheduler_id, kind), _NAMES, strict=True))
    path = c.path.concat(".").concat(c.kind).label("path") if kind == "files" else c.path
    inner = select(path, c.path_key, place, *flags).where(c.scheduler_id == scheduler_id)
    if folders is not None:
        inner = inner.where(one_of(connection, folder, [path.lower() for path in folders]))
    found = inner.subquery()
    statement = select(found.c.path, *(found.c[name] for name in _NAMES)).where(found.c.place <= each)
    rows = connection.execute(statement.order_by(found.c.path_key).limit(most))
    return [Item(path, bool(trouble), bool(active), bool(held)) for path, trouble, active, held in rows]


def folders_of_orders(connection: Connection, scheduler_id: str) -> list[Numbers]:
    "Of each folder with a chain in which there is an order, by path in lower case."
    c = tables.orders.c
    folder = _folder(c.chain_key)
    counts = (func.count().filter(condition) for condition in _ORDERS)
    statement = select(func.min(c.chain), func.count(), *counts).where(c.scheduler_id == scheduler_id, ORDER_OPEN)
    rows = connection.execute(statement.group_by(folder).order_by(folder))
    return [Numbers(path[: path.rindex("/") + 1], *numbers) for path, *numbers in rows]


def chains_with_orders(
    connection: Connection, scheduler_id: str, folders: Sequence[str] | None, each: int, most: int
) -> list[Numbers]:
    "Those in these folders themselves (None: in all), by path; at most `each` of a folder, and `most` altogether."
    c = tables.orders.c
    folder = _folder(c.chain_key)
    place = func.row_number().over(partition_by=folder, order_by=c.chain_key).label("place")
    counts = (func.count().filter(condition).label(name) for condition, name in zip(_ORDERS, _NAMES, strict=True))
    inner = select(func.min(c.chain).label("path"), c.chain_key, func.count().label("total"), *counts, place)
    inner = inner.where(c.scheduler_id == scheduler_id, ORDER_OPEN).group_by(c.chain_key)
    if folders is not None:
        inner = inner.where(one_of(connection, folder, [path.lower() for path in folders]))
    found = inner.subquery()
    statement = select(found.c.path, found.c.total, *(found.c[name] for name in _NAMES)).where(found.c.place <= each)
    return [Numbers(*row) for row in connection.execute(statement.order_by(found.c.chain_key).limit(most))]


def orders_in(connection: Connection, scheduler_id: str, chains: Sequence[str], each: int, most: int) -> list[Item]:
    "Those of these chains, as they stand in their queues; at most `each` of a chain, and `most` altogether."
    c = tables.orders.c
    queue = (c.priority.desc(), c.ordering, c.order_id)
    place = func.row_number().over(partition_by=c.chain_key, order_by=queue).label("place")
    keys = one_of(connection, c.chain_key, [chain.lower() for chain in chains])
    inner = select(c.chain, c.chain_key, c.order_id, c.state, place)
    found = inner.where(c.scheduler_id == scheduler_id, ORDER_OPEN, keys).subquery()
    statement = select(found.c.chain, found.c.order_id, found.c.state).where(found.c.place <= each)
    rows = connection.execute(statement.order_by(found.c.chain_key, found.c.place).limit(most))
    return [Item(f"{chain},{order_id}", chain=chain, state=state) for chain, order_id, state in rows]


_NAMES = ("trouble", "active", "held")
#: when an order is in trouble, active, held
_ORDERS: tuple[ColumnElement[bool], ...] = (
    tables.orders.c.state.in_((OrderState.SETBACK, OrderState.BLACKLISTED)),
    tables.orders.c.state.in_((OrderState.RUNNING, OrderState.SUSPENDING)),
    tables.orders.c.state == OrderState.SUSPENDED,
)


def _folder(path_key: ColumnElement[str]) -> ColumnElement[Any]:
    "The path without what stands behind its last slash: without all that is no slash, from its end on."
    return func.rtrim(path_key, func.replace(path_key, "/", ""), type_=path_key.type)


def _counts(scheduler_id: str, kind: Placed) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    "When an object is in trouble, active, held."
    j, c, t, o = (each.c for each in (tables.jobs, tables.job_chains, tables.tasks, tables.orders))
    if kind == "jobs":
        running = select(t.job_key).where(t.scheduler_id == scheduler_id, TASK_OPEN, t.state != TaskState.QUEUED)
        return (
            or_(j.faulty.is_(True), j.problem_code.is_not(None)),
            j.path_key.in_(running),
            or_(j.stopped.is_(True), j.enabled.is_(False)),
        )
    if kind == "files":
        f = tables.files.c
        return f.problem_code.is_not(None), false(), or_(f.successor.is_(True), f.removed.is_(True))
    busy = select(o.chain_key).where(o.scheduler_id == scheduler_id, ORDER_OPEN, o.task_id.is_not(None))
    return c.path_key.is_(None), c.path_key.in_(busy), c.state == ChainState.STOPPED
