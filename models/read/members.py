"Which schedulers there are, and their members."

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import Connection, bindparam, exists, or_, select

from models import tables
from models.members import Member
from models.right import lease_name

_L, _M = tables.leases.c, tables.members.c
#: asked several times a second, so it is made once
_MEMBERS = (
    select(*(_M[field.name] for field in fields(Member)))
    .where(_M.scheduler_id == bindparam("of"))
    .order_by(_M.member_id)
)
#: the right to host the services is a lease, too, under a name that no engine writes with
_OF_ENGINES = or_(
    _L.scheduler_id.not_like(f"%{lease_name('')}"), exists().where(_M.scheduler_id == _L.scheduler_id)
)


def scheduler_ids(connection: Connection) -> list[str]:
    "The ids under which somebody ever wrote, in alphabetical order."
    return list(last_changes(connection))


def last_changes(connection: Connection) -> dict[str, int]:
    "These ids, each with the number of its last change (0: nothing was ever written)."
    statement = select(_L.scheduler_id, _L.journal_id).where(_OF_ENGINES)
    rows = connection.execute(statement.order_by(_L.scheduler_id))
    return {row[0]: row[1] or 0 for row in rows}


def members(connection: Connection, scheduler_id: str) -> list[Member]:
    "All that ever wrote a row, by member id; `beat_at` and `state` tell which ones live."
    return [Member(*row) for row in connection.execute(_MEMBERS, {"of": scheduler_id})]
