"Jobs, chains and files by folder: how many lie in each, and which ones lie in some of them."

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Table, false, func, or_, select

from models import tables
from models.conditions import ORDER_OPEN, TASK_OPEN
from models.read.page import one_of
from scheduler.records import ChainState, TaskState

Placed = Literal["jobs", "chains", "files"]
_TABLES: dict[Placed, Table] = {"jobs": tables.jobs, "chains": tables.job_chains, "files": tables.files}


@dataclass(frozen=True, slots=True)
class Numbers:
    "How many objects lie in a folder itself, and how they count. `path` as the first of them spells it, with a slash."

    path: str
    total: int
    trouble: int = 0
    active: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """An object in a folder; `trouble`, `active` and `held` say how it counts. The path of a file ends with a dot and
    its kind; it is held while what stands in the folder is not what is in use."""

    path: str
    trouble: bool = False
    active: bool = False
    held: bool = False


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
    return [Item(path, *map(bool, flags)) for path, *flags in rows]


_NAMES = ("trouble", "active", "held")


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
