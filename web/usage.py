"""Who would miss an object: definitions that name it, and what of it is under way. As far as the reader may see."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select

from models import read, tables
from models.read.page import contains
from scheduler.records import ObjectKind, file_key
from web.references import Object, Use, uses
from web.words import ngettext

#: definitions that are looked through; more than that name it, and nobody reads such a list
MOST = 500


@dataclass(frozen=True, slots=True)
class Usage:
    "`now` says in sentences what is under way. `more`: there are further definitions that may name it."

    uses: list[Use]
    now: list[str]
    more: bool


def usage(connection: Connection, scheduler_id: str, kind: ObjectKind, path: str) -> Usage:
    key, f = file_key(kind, path), tables.files.c
    named = contains(path.rpartition("/")[2], f.source)
    if kind is ObjectKind.JOB_CHAIN:
        own = and_(f.kind == ObjectKind.ORDER.value, f.path_key.startswith(f"{key.path},", autoescape=True))
        named = or_(named, own)
    statement = select(f.kind, f.path, f.source).where(f.scheduler_id == scheduler_id, f.source != "", named)
    rows = connection.execute(statement.order_by(f.kind, f.path_key).limit(MOST + 1)).all()
    target = Object(kind, path)
    found = uses([(ObjectKind(row.kind), row.path, row.source) for row in rows[:MOST]], {target.key})
    mine = [use for use in found if use.target.key == target.key and use.source.key != target.key]
    return Usage(mine, _under_way(connection, scheduler_id, kind, key.path), len(rows) > MOST)


def _under_way(connection: Connection, scheduler_id: str, kind: ObjectKind, path_key: str) -> list[str]:
    if kind is ObjectKind.JOB:
        open_ = len(read.tasks(connection, scheduler_id, job=path_key, view="open", limit=100))
        return (
            [ngettext("%(num)s task of it queued or running.", "%(num)s tasks of it queued or running.", open_)]
            if open_
            else []
        )
    if kind is ObjectKind.JOB_CHAIN:
        orders = read.orders_by_chain(connection, scheduler_id, [path_key]).get(path_key, {})
        number = sum(orders.values())
        return [ngettext("%(num)s order in the chain.", "%(num)s orders in the chain.", number)] if orders else []
    return []
